"""A sorted set that is lost beside its bodies: what is in them is found again, and told."""

from __future__ import annotations

import json

import pytest

from batchline.producers import Producer
from batchline.producers.lanes import Lane
from batchline.producers.outgoing import Outgoing
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.delivery import confirmations
from batchline.worker.delivery.lane import deliver
from batchline.worker.inspection import status
from batchline.worker.store.message_ids import parked_member
from batchline.worker.store.parking import unpark
from batchline.worker.troubles import lost_times, watch
from tests.builders import contact
from tests.fake_api import ACCOUNT, Upserts, configure, context_of, work

LANE = Lane("default", "contact.upsert")
STALL_AFTER = 600.0


class Shop:
    def __init__(self, store, settings, producer):
        self.store, self.keys, self.producer = store, store.keys, producer
        self.api = Upserts([], bad=[1])
        self.context = context_of(store, settings, self.api)

    def send(self, *names, delay=0):
        values = [(name, str(int(name == "bad"))) for name in names]
        messages = [contact(f"{name}@shop.example", properties={"n": n}) for name, n in values]
        outgoing = [Outgoing(one, "default", delay=delay * 1000) for one in messages]
        return self.producer.send_all(outgoing)

    def look(self):
        assert watch.look(self.store, STALL_AFTER, every=0.001)

    def told(self):
        standing = watch.standing(self.store, STALL_AFTER)
        return [(one.scope, one.messages) for one in standing if one.kind == "times_lost"]


@pytest.fixture
def shop(store, redis_url, tmp_path, monkeypatch):
    loaded = configure(tmp_path, monkeypatch, f'redis_url = "{redis_url}"\n{ACCOUNT}')
    with Producer(loaded) as producer:
        shop = Shop(store, loaded, producer)
        yield shop
        shop.context.pool.shutdown()


def test_delayed_messages_have_the_time_again_that_the_application_set(shop):
    ids = shop.send("ann", "bob", delay=3600) + shop.send("cid", delay=7200)
    before = shop.store.client.zrange(shop.keys.parked, 0, -1, withscores=True)
    shop.store.client.delete(shop.keys.parked)
    assert shop.told() == [("parked", 3)], "no worker has looked"
    shop.look()
    assert shop.store.client.zrange(shop.keys.parked, 0, -1, withscores=True) == before
    assert shop.told() == [("parked", 3)], "it was so"
    shop.store.client.zadd(shop.keys.parked, {parked_member(ids[0]): 1})
    unpark(shop.store)
    deliver(LANE, shop.context)
    assert shop.api.arrived == {"ann@shop.example": [0]}


def test_a_message_that_was_set_aside_comes_back_at_once(shop):
    (message_id,) = shop.send("ann", delay=3600)
    text = shop.store.client.hget(shop.keys.parked_body, message_id)
    body = {name: value for name, value in json.loads(text).items() if name != "at"}
    shop.store.client.hset(shop.keys.parked_body, message_id, json.dumps(body))
    shop.store.client.delete(shop.keys.parked)
    shop.look()
    work(shop.context, LANE)
    assert shop.api.arrived == {"ann@shop.example": [0]}
    assert status.read(shop.store).totals["parked"] == 0


def test_a_job_is_asked_about_again(shop):
    shop.send("ann")
    deliver(LANE, shop.context)
    (job,) = shop.store.client.zrange(shop.keys.jobs, 0, -1)
    shop.store.client.delete(shop.keys.jobs)
    assert confirmations.dispatch(shop.store) == []
    shop.look()
    assert confirmations.dispatch(shop.store) == [job.decode()]


def test_a_job_whose_messages_are_lost_is_told_and_asked_about_no_more(shop):
    shop.send("ann")
    deliver(LANE, shop.context)
    (job,) = shop.store.client.zrange(shop.keys.jobs, 0, -1)
    shop.store.client.delete(shop.keys.jobs_body)
    assert confirmations.confirm(job.decode(), shop.context).failed
    assert not shop.store.client.exists(shop.keys.jobs, shop.keys.jobs_dispatched)
    (trouble,) = watch.standing(shop.store, STALL_AFTER)
    assert (trouble.kind, trouble.detail.partition(": ")[2]) == (
        "job_failed",
        "its messages are lost in Redis",
    )
    assert str(confirmations.confirm(job.decode(), shop.context)) == "ended before"


def test_a_dead_letter_is_listed_again(shop):
    (message_id,) = shop.send("bad")
    deliver(LANE, shop.context)
    shop.store.client.delete(shop.keys.dead)
    assert list(dead_letters.find(shop.store)) == []
    shop.look()
    assert [one.id for one in dead_letters.find(shop.store)] == [message_id]


def test_some_of_many_are_found_look_after_look_wherever_they_are(shop, monkeypatch):
    monkeypatch.setattr(lost_times, "MOST_CALLS", 1)
    ids = shop.send(*(f"c{number}" for number in range(6000)), delay=3600)
    lost = {parked_member(ids[number]) for number in (0, 17, 3000, 5999)}
    shop.store.client.zrem(shop.keys.parked, *lost)
    looks = 0
    while shop.store.client.zcard(shop.keys.parked) < len(ids):
        shop.look()
        looks += 1
    assert 1 < looks <= 5
    assert shop.told() == [("parked", 4)]


def test_nothing_is_looked_through_while_nothing_is_missing(shop, monkeypatch):
    shop.send("ann", delay=3600)
    shop.send("bob", "bad")
    work(shop.context, LANE)
    monkeypatch.setattr(lost_times, "FIND", None)
    shop.look()
    assert shop.told() == []
