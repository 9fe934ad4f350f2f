"""An account is checked by one at a time, whichever dashboard or process asks for it."""

from __future__ import annotations

import threading

import pytest

from batchline.worker.doctor import one_account
from batchline.worker.doctor.one_account import UnderWay
from batchline.worker.inspection import checked
from batchline.worker.store import acts, redis_clock
from batchline.worker.store.store import Store
from tests.dashboard import Browser, running_dashboard
from tests.held_api import HeldApi
from tests.waiting import PATIENCE, until

#: `KEPT` of `clock.lua`, ms.
KEPT = 90_000_000


@pytest.fixture
def held(stack):
    """An API that keeps its answers back, in the settings."""
    with HeldApi() as api:
        stack.configure((stack.sandbox.url, api.url), ("read = 6", "read = 60"), ("= 8", "= 70"))
        yield api


@pytest.fixture
def check(stack):
    def check(who="ann"):
        return one_account.check(stack.store, stack.settings, "default", who)

    return check


def whom(store):
    return [line.who for line in acts.read(store, account="default")]


def test_while_another_process_checks_it_a_dashboard_refuses_and_asks_nothing(stack, held):
    settings = stack.settings
    done = []

    def elsewhere():
        store = Store.open(settings, 10)
        done.append(one_account.check(store, settings, "default", "bob"))
        store.connections.close()
        store.client.close()

    other = threading.Thread(target=elsewhere)
    other.start()
    until(lambda: held.held, "the API is asked")
    assert whom(stack.store) == ["bob"], "the act is written before the API answers"
    assert checked.last(stack.store, "default") is None
    with running_dashboard(settings) as url:
        browser = Browser(url)
        browser.get("/accounts/default")
        refused = browser.post("/accounts/default/check")
        assert refused.status_code == 409
        assert "default is being checked just now." in refused.text
        assert (held.held, held.answered, whom(stack.store)) == (1, 0, ["bob"])
        held.let_go()
        other.join(PATIENCE)
        assert browser.post("/accounts/default/check").status_code == 303
    assert [one.who for one in done] == ["bob"]
    assert len(whom(stack.store)) == 2
    assert stack.client.exists(stack.keys.checking("default")) == 0


def test_the_check_of_a_process_that_died_is_over_by_its_time(stack, check):
    longest = one_account.longest(stack.settings.account("default"))
    lock, now = stack.keys.checking("default"), redis_clock.now(stack.store)
    stack.client.hset(lock, mapping={"token": "dead", "until": now + 2_000 + round(longest * 500)})
    with pytest.raises(UnderWay, match="default is being checked just now"):
        check()
    assert whom(stack.store) == []
    stack.client.hset(lock, "until", now - 1)
    check()
    # A clock that went back: nobody checks for so long.
    stack.client.hset(lock, mapping={"token": "dead", "until": now + round(longest * 1000) * 9})
    check()
    assert len(whom(stack.store)) == 2


def test_redis_keeps_it_longer_than_it_lasts_but_not_for_ever(stack, check, monkeypatch):
    lives = []

    def keep(*arguments):
        lives.append(stack.client.pttl(stack.keys.checking("default")))
        raise ConnectionError

    monkeypatch.setattr(checked, "keep", keep)
    with pytest.raises(ConnectionError):
        check()
    longest = 1000 * one_account.longest(stack.settings.account("default"))
    assert KEPT < lives[0] <= KEPT + longest
    assert stack.client.exists(stack.keys.checking("default")) == 0, "one that fails is over too"


def test_a_check_that_is_late_does_not_end_that_of_another(stack, check, monkeypatch):
    lock = stack.keys.checking("default")
    monkeypatch.setattr(checked, "keep", lambda *_: stack.client.hset(lock, "token", "another"))
    check()
    assert stack.client.hget(lock, "token") == b"another"
