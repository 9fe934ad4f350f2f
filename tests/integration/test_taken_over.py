"""A lease that is over, of an owner that may have sent messages: what the next owner waits for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from batchline.producers import Producer
from batchline.producers.lanes import Lane
from batchline.systems.salesmanago.messages import CouponRedemption
from batchline.worker.delivery.lane import deliver
from batchline.worker.store import lease, redis_clock
from batchline.worker.store.lease import NotClaimed
from tests.fake_api import ACCOUNT, FakeApi, Killed, configure, context_of

LANE = Lane("default", "coupon.redeem")
HOST = "api:443"
#: Seconds of a request, and after it until the API may be asked.
QUIET = 40.0
MARK = '[["1-1", "1-1", 0]]'


@pytest.fixture
def loaded(store, redis_url, tmp_path, monkeypatch):
    return configure(tmp_path, monkeypatch, f'redis_url = "{redis_url}"\n{ACCOUNT}')


@pytest.fixture
def owned(store, loaded):
    """A lane that somebody owns; the owner's lease."""
    with Producer(loaded) as producer:
        producer.send(CouponRedemption(email="ian@shop.example", coupon="T1"))
    owner, _ = lease.claim(store, LANE, 60, 10, HOST)
    return owner


def end_lease(store):
    """The time of the lease, or of the wait behind it, is over."""
    state = store.keys.state(LANE)
    fields = {"until": 1}
    if store.client.hexists(state, "overdue"):
        fields["overdue"] = 1
    store.client.hset(state, mapping=fields)


def claim(store):
    return lease.claim(store, LANE, 60, 10, HOST, QUIET)


def test_an_owner_that_may_have_sent_is_waited_for_once(store, owned):
    lease.renew(store, owned, 60, MARK)
    end_lease(store)
    assert claim(store).code == "busy"
    due = store.client.zscore(store.keys.due, str(LANE))
    assert due == float(store.client.hget(store.keys.state(LANE), "until"))
    assert claim(store).code == "busy"
    end_lease(store)
    next_owner, _ = claim(store)
    assert next_owner.mark == MARK


def test_an_owner_that_has_sent_nothing_is_not_waited_for(store, owned):
    end_lease(store)
    assert not isinstance(claim(store), NotClaimed)


def test_meanwhile_the_owner_goes_on_if_it_lives_and_is_waited_for_anew(store, owned):
    lease.renew(store, owned, 60, MARK)
    end_lease(store)
    assert claim(store).code == "busy"
    assert lease.renew(store, owned, 60, MARK)
    store.client.hset(store.keys.state(LANE), "until", 2)
    assert claim(store).code == "busy"
    end_lease(store)
    assert not isinstance(claim(store), NotClaimed)
    assert not lease.renew(store, owned, 60, MARK)


def test_the_api_is_asked_only_after_timeouts_and_verify_after(store, loaded):
    class Asked(FakeApi):
        urls: list[str] = []

        def work(self, url, body):
            self.urls.append(url)
            return {"success": True, "contacts": [], "result": None}

    api = Asked(["killed before"])
    context = context_of(store, loaded, api)
    timeout = context.account.timeout
    account = context.account.model_copy(update={"verify_after": 7.0})
    context = replace(context, account=account)
    with Producer(loaded) as producer:
        producer.send(CouponRedemption(email="ian@shop.example", coupon="T2"))
    with pytest.raises(Killed):
        deliver(LANE, context)
    end_lease(store)
    assert deliver(LANE, context).note.startswith("another worker delivers it")
    waits = float(store.client.hget(store.keys.state(LANE), "until")) / 1000
    left = waits - redis_clock.now(store) / 1000
    assert 0 <= left - (timeout.connect + timeout.read) <= 7.0
    assert api.urls == []
    end_lease(store)
    deliver(LANE, context)
    assert [url.rpartition("/")[2] for url in api.urls[:1]] == ["list"]
