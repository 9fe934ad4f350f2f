"""A page of accounts: filtered, sorted, and read for no account that it does not show."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from batchline.worker.inspection import accounts_list
from batchline.worker.inspection.accounts_filter import LANGUAGE
from batchline.worker.store import history, pause, redis_clock
from batchline.worker.store.history import MINUTE_MS, Sample
from batchline.worker.troubles import trouble
from tests.builders import contact, event
from tests.waiting import until

MANY = 10_000


@pytest.fixture
def put(store):
    """Puts accounts with a lane each into Redis."""

    def put(*names):
        store.client.sadd(store.keys.lanes, *(f"{name}:event.add:0" for name in names))

    return put


@pytest.fixture
def page(stack, store):
    def page(text="", **more):
        return accounts_list.read(store, stack.settings, LANGUAGE.parse(text), **more)

    return page


def names(found):
    return [row.name for row in found.rows]


def sampled(store, **backlogs):
    """A worker has sampled these backlogs, by account."""
    now = redis_clock.now(store)
    rows = {(name, "event.add"): (9, 9 - count, 0, count) for name, count in backlogs.items()}
    minute = now // MINUTE_MS
    store.client.set(store.keys.history_sampled, minute)
    store.client.hset(store.keys.history_minutes, minute - 1, Sample(now, rows).to_bytes())


@pytest.fixture
def shops(stack, put, store):
    """Accounts in each of the states."""
    stack.add_account("es", "esputnik")
    put("broken", "former", "held", "paused", "wrong")
    pause.pause(store, "paused", "stocktaking", "ann")
    pause.pause(store, "held:event.add", "stocktaking", "ann")
    pause.pause(store, "wrong", "credentials refused: HTTP 401")
    trouble.begin(store, "credentials_refused", "wrong", "HTTP 401")
    trouble.begin(store, "breaker_open", "broken:event.add", "HTTP 503", "broken:event.add:0", 1)
    trouble.begin(store, "destination_failed", "former:event.add:0", "HTTP 503")
    trouble.begin(store, "malformed", "lanes", messages=1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["broken", "default", "es", "former", "held", "paused", "wrong"]),
        ("state=paused", ["held", "paused", "wrong"]),
        ("state=refused", ["wrong"]),
        ("state=breaker", ["broken"]),
        ("state=trouble", ["former"]),
        ("state=ok", ["default", "es"]),
        ("state=refused,breaker", ["broken", "wrong"]),
        ("system=esputnik", ["es"]),
        ("system=nobody", []),
        ("text=E", ["broken", "default", "es", "former", "held", "paused"]),
        ("text=AUL", ["default"]),
        ("system=salesmanago state=paused", []),
    ],
)
def test_a_filter_narrows_the_accounts(shops, page, text, expected):
    found = page(text)
    assert names(found) == expected
    assert (found.matching, found.of) == (len(expected), 7)
    assert found.systems == ("esputnik", "salesmanago")


def test_an_account_whose_credentials_the_api_refuses_is_found_as_refused(stack, page):
    secret = stack.sandbox.client.api_secret
    stack.configure((f'api_secret = "{secret}"', 'api_secret = "SECRET-wrong"'))
    stack.worker()
    with stack.producer() as producer:
        producer.send(event(1))
    until(lambda: names(page("state=refused")) == ["default"], "the account is refused")
    assert names(page("state=paused")) == ["default"]
    assert names(page("state=ok,trouble,breaker")) == []


def test_an_account_has_a_breaker_while_its_api_fails_and_none_when_it_answers(stack, page):
    stack.sandbox.control.fault("status", status=503)
    stack.worker()
    with stack.producer() as producer:
        producer.send(contact("ann@shop.example"))
    until(lambda: names(page("state=breaker")) == ["default"], "the breaker is open")
    stack.sandbox.control.clear_faults()
    until(lambda: names(page("state=ok")) == ["default"], "all is well again")
    assert names(page("state=breaker")) == []


def test_every_account_of_a_host_that_is_not_reached_has_a_breaker(stack, page, put, store):
    put("former")
    host = urlsplit(stack.settings.account("default").url).netloc
    trouble.begin(store, "host_unreachable", host, "refused", "former:event.add:0", 1)
    assert names(page("state=breaker")) == ["default", "former"]
    assert names(page("state=ok")) == []


def test_accounts_are_sorted_by_their_state_the_gravest_first(shops, page):
    assert names(page(sort="state")) == [
        *("wrong", "held", "paused", "broken", "former", "default", "es"),
    ]
    assert names(page(sort="-account"))[0] == "wrong"
    assert names(page(sort="system"))[:2] == ["es", "default"]
    assert names(page(sort="no such column"))[0] == "broken"


def test_the_order_of_backlogs_is_that_of_the_last_sample_which_is_told(page, put, store):
    put("a", "b", "c")
    assert (names(page(sort="-backlog")), page(sort="-backlog").sampled) == (
        ["a", "b", "c", "default"],
        0,
    )
    sampled(store, a=1, b=5, gone=9)
    found = page(sort="-backlog")
    assert names(found)[:2] == ["b", "a"]
    assert found.sampled == history.newest(store).at > 0
    assert names(page(sort="-delivered"))[:2] == ["a", "b"]
    assert page().sampled is None


def test_of_two_with_the_same_value_the_name_decides_either_way(page, put):
    put("a", "b")
    assert names(page(sort="state")) == names(page(sort="-state")) == ["a", "b", "default"]


def test_pages_hold_every_account_once(page, put):
    put(*(f"a{number}" for number in range(6)))
    pages = [page(page=number, size=3) for number in (1, 2, 3)]
    assert [name for one in pages for name in names(one)] == [
        *(f"a{number}" for number in range(6)),
        "default",
    ]
    assert {(one.pages, one.matching) for one in pages} == {(3, 7)}
    assert page(page=99, size=3).page == 3


@pytest.mark.parametrize("text", ["", "state=paused", "text=a99"])
@pytest.mark.parametrize("sort", ["account", "-backlog", "state"])
def test_a_page_of_ten_thousand_accounts_reads_only_the_accounts_that_it_shows(
    stack, put, store, text, sort
):
    """Half of them are in the settings, each has a lane, and some are paused."""
    every = [f"a{number}" for number in range(MANY)]
    put(*every)
    store.client.hset(store.keys.paused, mapping=dict.fromkeys(every[::50], "stocktaking"))
    store.client.zadd(store.keys.accounts, dict.fromkeys(every, 1))
    sampled(store, **{name: number % 9 for number, name in enumerate(every)})
    known = stack.settings
    accounts = dict.fromkeys(every[::2], known.account("default"))
    settings = known.model_copy(update={"accounts": accounts})
    accounts_list.read(store, settings)
    store.client.config_resetstat()
    found = accounts_list.read(store, settings, LANGUAGE.parse(text), sort)
    calls = store.client.info("commandstats")
    made = {name: row["calls"] for name, row in calls.items() if "config" not in name}
    assert (len(found.rows), found.of) == (50, MANY)
    # `lanes.lua` reads each lane that is shown; limits take four reads of an account.
    assert made["cmdstat_xlen"] == 50
    assert made["cmdstat_smembers"] == 1
    assert sum(made.values()) < 50 * 8 + 30
