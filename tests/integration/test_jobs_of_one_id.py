"""An API that gives its jobs the same id: each of them is asked about, and none is forgotten."""

from __future__ import annotations

import json

import pytest

from batchline.producers import Producer
from batchline.producers.lanes import Lane
from batchline.systems.requests import HttpAnswer
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.dead_letters.filter import Filter
from batchline.worker.delivery import confirmations
from batchline.worker.delivery.lane import deliver
from batchline.worker.delivery.open_job import Job
from batchline.worker.inspection import locate, status
from tests.builders import contact
from tests.fake_api import ACCOUNT, OF_FIVE, Upserts, configure, context_of

LANE = Lane("default", "contact.upsert")


class Api(Upserts):
    """Every job is number 1; the status of each names the file of its contacts."""

    def __init__(self):
        super().__init__(())
        self.asked = 0
        self.invalid = []

    def send(self, call):
        if call.method == "GET":
            return HttpAnswer(200, {}, json.dumps({"invalidContacts": self.invalid}).encode())
        if "job/status" in call.url:
            self.asked += 1
            body = {"success": True, "message": [], "fileUrl": "http://127.0.0.1:9/file"}
            return HttpAnswer(200, {}, json.dumps(body).encode())
        return super().send(call)


@pytest.fixture
def shop(store, redis_url, tmp_path, monkeypatch):
    settings = configure(
        tmp_path, monkeypatch, f'redis_url = "{redis_url}"\n{ACCOUNT}{OF_FIVE}linger = 0'
    )
    context = context_of(store, settings, Api())
    with Producer(settings) as producer:
        yield producer, context
    context.pool.shutdown()


def delivered(shop, count):
    """So many upserts in batches of five, each a job; their ids."""
    producer, context = shop
    ids = producer.send_many(
        [contact(f"c{n}@shop.example", properties={"n": str(n)}) for n in range(count)]
    )
    deliver(LANE, context)
    return ids


def open_jobs(context):
    return [name.decode() for name in context.store.client.zrange(context.store.keys.jobs, 0, -1)]


def test_each_of_several_jobs_with_one_id_keeps_its_messages_and_is_confirmed(shop):
    _, context = shop
    ids = delivered(shop, 13)
    names = open_jobs(context)
    assert len(names) == 3
    assert {name.partition("@")[0] for name in names} == {str(LANE)}
    assert {locate.find(context.store, one).state for one in ids} == {"confirming"}
    for name in names:
        body = context.store.client.hget(context.store.keys.jobs_body, name)
        held = Job.read(name, body).messages.contacts
        context.http.invalid = [one for one in held if one == "c7@shop.example"]
        confirmations.confirm(name, context)
    (lane,) = status.read(context.store).lanes
    assert (lane.confirming, lane.confirmed, lane.delivered, lane.dead) == (0, 12, 12, 1)
    assert [one.id for one in dead_letters.find(context.store, Filter())] == [ids[7]]
    assert (context.http.asked, open_jobs(context)) == (3, [])


def test_no_name_of_a_job_stands_for_another_one_later(shop):
    _, context = shop
    names = []
    for _ in range(3):
        delivered(shop, 3)
        names += open_jobs(context)
        confirmations.confirm(names[-1], context)
    assert len(set(names)) == 3
    assert {name[: len(f"{LANE}@1@")] for name in names} == {f"{LANE}@1@"}
