"""HTTP 200, `success: false` and words of throttling: the lane waits, and no message dies."""

from __future__ import annotations

from dataclasses import replace

import pytest

from batchline.producers import Producer
from batchline.producers.lanes import Lane
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.delivery import met
from batchline.worker.delivery.lane import deliver
from batchline.worker.inspection import status
from batchline.worker.troubles import watch
from tests.builders import contact
from tests.fake_api import ACCOUNT, FakeApi, configure, context_of, work
from tests.waiting import until

LANE = Lane("default", "contact.upsert")
LONG = 600.0


class Busy(FakeApi):
    """Refuses its first calls in these words, then takes every upsert."""

    def __init__(self, words, times):
        super().__init__()
        self.words, self.times = words, times
        self.arrived = []

    def work(self, url, body):
        if self.times:
            self.times -= 1
            return {"success": False, "message": [self.words]}
        self.arrived += [item["contact"]["email"] for item in body["upsertDetails"]]
        return {"success": True, "message": [], "requestId": 1}


@pytest.mark.parametrize("policy", ["resend", "hold"])
def test_every_message_waits_until_the_api_takes_requests_again(
    store, redis_url, tmp_path, monkeypatch, policy
):
    operation = f'[accounts.default.operations."contact.upsert"]\nambiguous = "{policy}"\n'
    loaded = configure(tmp_path, monkeypatch, f'redis_url = "{redis_url}"\n{ACCOUNT}{operation}')
    emails = [f"guest{n}@shop.example" for n in range(8)]
    with Producer(loaded) as producer:
        producer.send_many([contact(email) for email in emails])
    api = Busy("Rate limit exceeded", times=3)
    work(context_of(store, loaded, api), LANE)
    assert api.arrived == emails
    assert list(dead_letters.find(store)) == []
    (lane,) = status.read(store).lanes
    assert (lane.delivered, lane.dead) == (8, 0)


class Touchy(FakeApi):
    """Says that there are too many requests whenever one holds this contact."""

    def __init__(self, touchy):
        super().__init__()
        self.touchy = touchy
        self.arrived = []

    def work(self, url, body):
        emails = [item["contact"]["email"] for item in body["upsertDetails"]]
        if self.touchy in emails:
            return {"success": False, "message": ["Code 'request' limit exceeded, try again later"]}
        self.arrived += emails
        return {"success": True, "message": [], "requestId": 1}


def test_a_message_that_alone_is_answered_so_stands_in_nobodys_way(
    store, redis_url, tmp_path, monkeypatch
):
    loaded = configure(tmp_path, monkeypatch, f'redis_url = "{redis_url}"\n{ACCOUNT}')
    emails = [f"guest{n}@shop.example" for n in range(12)]
    with Producer(loaded) as producer:
        producer.send_many([contact(email) for email in emails])
    api = Touchy("guest5@shop.example")
    work(context_of(store, loaded, api), LANE)
    assert sorted(api.arrived) == sorted(set(emails) - {api.touchy})
    (lane,) = status.read(store).lanes
    assert (lane.delivered, lane.dead) == (11, 1)


def test_a_message_alone_in_its_lane_that_is_answered_so_is_told_and_ends_by_max_age(
    store, redis_url, tmp_path, monkeypatch
):
    """No other message can say whose fault it is: for the lane it is a rate limit that lasts."""
    monkeypatch.setattr(met, "LONG_WAIT", 0.05)
    loaded = configure(tmp_path, monkeypatch, f'redis_url = "{redis_url}"\n{ACCOUNT}')
    context = context_of(store, loaded, Touchy("guest5@shop.example"))
    with Producer(loaded) as producer:
        sent = producer.send(contact("guest5@shop.example"))
    deliver_once(store, context)
    assert watch.standing(store, LONG) == [], "it may be over in a moment"
    until(lambda: deliver_once(store, context) or watch.standing(store, LONG))
    (told,) = watch.standing(store, LONG)
    assert (told.kind, told.scope, told.messages) == ("rate_limited", str(LANE), 1)
    assert "limit exceeded" in told.detail
    assert list(dead_letters.find(store)) == []

    old = replace(context, account=context.account.model_copy(update={"max_age": 0.05}))
    until(lambda: deliver_once(store, old) or list(dead_letters.find(store)))
    (letter,) = dead_letters.find(store)
    assert (letter.id, letter.reason) == (sent, "expired")
    assert "limit exceeded" in letter.detail
    deliver_once(store, context)
    watch.look(store, LONG)
    assert [one.kind for one in watch.standing(store, LONG)] == ["expired"]


def deliver_once(store, context):
    """Carry out the lane's task at once, whatever it was told to wait for."""
    store.client.hdel(store.keys.state(LANE), "retry_at")
    deliver(LANE, context)
