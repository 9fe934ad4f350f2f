"""HTTP 200, `success: false` and words of throttling: the lane waits, and no message dies."""

from __future__ import annotations

import pytest

from batchline.producers import Producer
from batchline.producers.lanes import Lane
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.inspection import status
from tests.builders import contact
from tests.fake_api import ACCOUNT, FakeApi, configure, context_of, work

LANE = Lane("default", "contact.upsert")


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
