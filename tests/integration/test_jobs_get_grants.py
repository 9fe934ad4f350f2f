"""Open jobs under rate limits: lanes with a backlog leave them a grant, and none ends unasked."""

from __future__ import annotations

import json

import pytest

from batchline.producers import Producer
from batchline.producers.lanes import Lane
from batchline.systems.requests import HttpAnswer
from batchline.worker.delivery import confirmations, rate_limits
from batchline.worker.delivery.http import NoAnswer
from batchline.worker.delivery.lane import deliver
from batchline.worker.inspection import status
from tests.builders import contact
from tests.fake_api import ACCOUNT, FakeApi, configure, context_of

LANE = Lane("default", "contact.upsert")
LIMITED = "limits = {concurrent = 2}\njobs = {poll = 0.001, until = 0.001}\n"
DONE = {"success": True, "message": [], "fileUrl": "http://127.0.0.1:9/result.json"}


class Api(FakeApi):
    """Accepts each batch as a job; `answers` is what it says of jobs, in turn."""

    def __init__(self):
        super().__init__()
        self.asked, self.answers = 0, []

    def send(self, call):
        if call.method == "GET":
            return HttpAnswer(
                200, {}, json.dumps({"success": True, "invalidContacts": []}).encode()
            )
        return super().send(call)

    def work(self, url, body):
        if not url.endswith("job/status"):
            return {"success": True, "message": [], "requestId": 77}
        self.asked += 1
        answer = self.answers.pop(0) if self.answers else DONE
        if isinstance(answer, Exception):
            raise answer
        return answer


class Shop:
    """An account with an open job, and lanes that ask for grants."""

    def __init__(self, store, context):
        self.store, self.context, self.api = store, context, context.http

    def take(self, wanted=1, **given):
        return rate_limits.take(self.store, "default", self.context.account, wanted, 30, **given)

    def release(self, *grants):
        for one in grants:
            rate_limits.release(self.store, "default", self.context.account, one, ())

    def ask(self):
        (name,) = self.store.client.zrange(self.store.keys.jobs, 0, -1)
        return confirmations.confirm(name.decode(), self.context)

    @property
    def figures(self):
        (lane,) = status.read(self.store).lanes
        return lane.confirming, lane.confirmed, lane.unconfirmed


@pytest.fixture
def shop(store, redis_url, tmp_path, monkeypatch):
    loaded = configure(tmp_path, monkeypatch, f'redis_url = "{redis_url}"\n{ACCOUNT}{LIMITED}')
    with Producer(loaded) as producer:
        producer.send_many([contact(f"c{n}@shop.example") for n in range(3)])
    context = context_of(store, loaded, Api())
    deliver(LANE, context)
    yield Shop(store, context)
    context.pool.shutdown()


def test_a_job_is_not_given_up_on_for_tries_that_got_no_grant(shop):
    lanes = [shop.take(), shop.take()]
    for _ in range(5):
        assert str(shop.ask()) == "not yet: waits for the rate limit"
    assert (shop.api.asked, shop.figures) == (0, (3, 0, 0))
    shop.release(*lanes)
    shop.ask()
    assert (shop.api.asked, shop.figures) == (1, (0, 3, 0))


def test_a_job_is_asked_about_after_a_night_without_workers_though_the_first_answer_is_lost(shop):
    (name,) = shop.store.client.zrange(shop.store.keys.jobs, 0, -1)
    line, _, packed = shop.store.client.hget(shop.store.keys.jobs_body, name).partition(b"\n")
    job = json.loads(line)
    old = json.dumps(job | {"accepted_at": job["accepted_at"] - 12 * 3_600_000}).encode()
    shop.store.client.hset(shop.store.keys.jobs_body, name, old + b"\n" + packed)
    shop.api.answers = [NoAnswer("the connection was reset")]
    assert str(shop.ask()) == "not yet: the connection was reset"
    shop.ask()
    assert shop.figures == (0, 3, 0)


def test_a_job_is_given_up_on_once_it_was_asked_about_for_so_long(shop):
    shop.api.answers = [{"success": True, "message": []}] * 100
    asked = shop.ask()
    while shop.figures[0]:
        asked = shop.ask()
    assert (asked.unconfirmed, shop.figures) == (True, (0, 0, 3))
    assert shop.api.asked > 1
    assert not shop.store.client.exists(shop.store.keys.jobs_asked)


def test_the_next_free_grant_is_kept_for_a_job_that_got_none(shop):
    first, second = shop.take(), shop.take()
    shop.ask()
    shop.release(first)
    assert shop.take().requests == 0, "a lane"
    shop.ask()
    assert shop.figures == (0, 3, 0)
    shop.release(second)
    assert shop.take(2).requests == 2


def test_jobs_without_end_leave_lanes_their_turn(shop):
    first, second = shop.take(), shop.take()
    assert shop.take(reserves=True).requests == 0
    shop.release(first)
    job = shop.take(reserves=True)
    assert (job.requests, shop.take(reserves=True).requests) == (1, 0)
    shop.release(second)
    lane = shop.take()
    assert lane.requests == 1, "it is the lane's turn, though another job waits"
    shop.release(job)
    assert shop.take().requests == 0, "it is the job's turn"


def test_a_grant_that_nobody_comes_for_is_free_again(shop):
    grants = [shop.take(), shop.take()]
    shop.take(reserves=True)
    shop.release(*grants)
    assert shop.take(2).requests == 1
    _, _, adaptation = shop.store.keys.limits("default")
    shop.store.client.hincrbyfloat(adaptation, "reserved_at", -60_000)
    assert shop.take().requests == 1
