"""A breaker stays open for a day where nobody tries. What no message waits for is no trouble."""

from __future__ import annotations

import pytest

from batchline.producers import Producer
from batchline.producers.lanes import Lane
from batchline.worker.delivery.http import NoAnswer
from batchline.worker.delivery.lane import deliver
from batchline.worker.store import lease
from batchline.worker.store.message_ids import parked_member
from batchline.worker.troubles import trouble as troubles
from batchline.worker.troubles import watch
from tests.builders import contact, event
from tests.fake_api import ACCOUNT, FakeApi, configure, context_of

UPSERTS, EVENTS = Lane("default", "contact.upsert"), Lane("default", "event.add")
#: Longer than a test: nothing is told as standing still.
LONG = 600.0


class Api(FakeApi):
    """One of two hosts is down; the other one answers with the status of the plan."""

    def send(self, call):
        if "down.example" in call.url:
            raise NoAnswer("no address for the name", unreachable=True)
        return super().send(call)

    def work(self, url, body):
        return {"success": True, "message": []}


class Worker:
    def __init__(self, store, redis_url, folder, monkeypatch):
        self.store, self.api = store, Api()
        self._configure = lambda text: configure(folder, monkeypatch, text)
        self._redis_url = redis_url
        self.starts("down.example")

    def starts(self, host):
        """It starts with the settings of now: the account's host."""
        text = ACCOUNT.replace("127.0.0.1:9", host).replace("streak = 1000", "streak = 2")
        self.settings = self._configure(f'redis_url = "{self._redis_url}"\n{text}')
        self.context = context_of(self.store, self.settings, self.api)

    def enqueue(self, *messages):
        with Producer(self.settings) as producer:
            return producer.send_many(messages)

    def tries(self, *lanes, times=1):
        for lane in lanes * times:
            self.may_try(lane)
            deliver(lane, self.context)

    def may_try(self, lane):
        """Nothing that the lane was told to wait for counts, an open breaker neither."""
        client, keys = self.store.client, self.store.keys
        client.hdel(keys.state(lane), "retry_at")
        for key in client.scan_iter(f"{keys.start}breaker*"):
            client.hset(key, "until", 0)

    def troubles(self):
        """The kinds that last; a look agrees with `status`."""
        found = [one.kind for one in watch.standing(self.store, LONG)]
        self.store.client.delete(self.store.keys.looked)
        assert watch.look(self.store, LONG)
        assert [one.kind for one in troubles.read(self.store)] == found
        return found


@pytest.fixture
def worker(store, redis_url, tmp_path, monkeypatch):
    return Worker(store, redis_url, tmp_path, monkeypatch)


def upsert(number=1):
    return contact(f"c{number}@shop.example")


def test_a_host_that_the_account_has_left_is_over_when_its_lanes_go_on_elsewhere(worker):
    worker.enqueue(upsert(), event(1))
    worker.tries(EVENTS, UPSERTS, times=3)
    assert worker.troubles() == ["host_unreachable"]
    worker.starts("up.example")
    worker.tries(UPSERTS)
    assert worker.troubles() == ["host_unreachable"], "the other lane still waits for it"
    worker.tries(EVENTS)
    assert worker.troubles() == []


def test_a_host_is_not_over_while_a_lane_tries_to_reach_it(worker):
    worker.enqueue(upsert())
    worker.tries(UPSERTS)
    assert worker.troubles() == ["host_unreachable"], "its breaker is closed still"
    worker.tries(UPSERTS, times=3)
    worker.may_try(UPSERTS)
    claimed = lease.claim(worker.store, UPSERTS, 60, 100, "down.example")
    assert isinstance(claimed, tuple)
    assert worker.troubles() == ["host_unreachable"]


def test_a_host_is_over_when_the_messages_that_waited_for_it_are_gone(worker):
    worker.enqueue(upsert())
    worker.tries(UPSERTS, times=3)
    worker.store.client.xtrim(worker.store.keys.stream(UPSERTS), maxlen=0)
    assert worker.troubles() == []


def test_a_host_is_over_when_nobody_knows_the_account_that_waited_for_it(worker):
    worker.enqueue(upsert())
    worker.tries(UPSERTS, times=3)
    troubles.begin_of_lane(worker.store, UPSERTS, "unknown_account", "not in the settings")
    assert worker.troubles() == ["unknown_account"]


def test_an_operation_without_messages_has_no_breaker_that_anybody_waits_for(worker):
    worker.starts("up.example")
    worker.enqueue(upsert())
    worker.api.plan = ["503", "503"]
    worker.tries(UPSERTS, times=2)
    client, keys = worker.store.client, worker.store.keys
    assert "breaker_open" in worker.troubles()
    (entry,) = client.xrange(keys.stream(UPSERTS))
    client.xdel(keys.stream(UPSERTS), entry[0])
    client.hset(keys.state(UPSERTS), "parked", 1)
    client.zadd(keys.parked, {parked_member(f"{UPSERTS}@{entry[0].decode()}"): 2**42})
    assert "breaker_open" in worker.troubles(), "a parked message will come back"
    client.hset(keys.state(UPSERTS), "parked", 0)
    assert worker.troubles() == []


def test_a_breaker_that_is_closed_is_over_however_many_wait(worker):
    worker.starts("up.example")
    worker.enqueue(upsert())
    worker.api.plan = ["503", "503"]
    worker.tries(UPSERTS, times=2)
    breaker = worker.store.keys.breaker("default", "contact.upsert")
    worker.store.client.hdel(breaker, "state", "until")
    assert "breaker_open" not in worker.troubles()
