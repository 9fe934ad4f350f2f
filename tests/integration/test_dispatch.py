"""Dispatching: what a task carries, and how many of them may wait."""

from __future__ import annotations

import json

import pytest
from celery import Celery

from batchline.producers import Producer, Settings
from batchline.producers.lanes import Lane
from batchline.systems.salesmanago.messages import CouponRedemption
from batchline.worker.runtime import dispatcher
from batchline.worker.runtime.process import Process
from batchline.worker.runtime.tasks import send, send_job
from tests.fake_api import SMALL_LANES, configure

LANE = Lane("default", "coupon.redeem")
QUEUE = "queue of a worker"


@pytest.fixture
def app(redis_url):
    app = Celery(broker=redis_url, set_as_current=False)
    yield app
    app.close()


@pytest.fixture
def due(store, redis_url, tmp_path, monkeypatch):
    """A lane that is due."""
    loaded = configure(tmp_path, monkeypatch, f'redis_url = "{redis_url}"\n{SMALL_LANES}')
    with Producer(loaded) as producer:
        producer.send(CouponRedemption(email="leo@shop.example", coupon="D1"))
    return store


def test_no_task_holds_a_time_that_a_worker_would_compare_with_its_own_clock(app, client):
    send(app, str(LANE), 3, QUEUE)
    send_job(app, f"{LANE}@17", QUEUE)
    for task in client.lrange(QUEUE, 0, -1):
        headers = json.loads(task)["headers"]
        assert (headers["eta"], headers["expires"]) == (None, None)


def test_the_tasks_that_wait_are_counted(app, client):
    assert dispatcher.waiting_tasks(app, QUEUE) == 0
    for _ in range(3):
        send(app, str(LANE), 1, QUEUE)
    assert dispatcher.waiting_tasks(app, QUEUE) == 3


def test_while_many_tasks_wait_for_a_worker_no_lane_is_dispatched_again(app, due, monkeypatch):
    monkeypatch.setattr(dispatcher, "MOST_TASKS", 2)
    process, busy = Process(Settings.load(), due), False
    for _ in range(5):
        busy = dispatcher._tick(app, QUEUE, process, busy)
        due.client.zadd(due.keys.due, {str(LANE): 0})  # as if its grace were over
    assert dispatcher.waiting_tasks(app, QUEUE) == 2
    due.client.delete(QUEUE)
    dispatcher._tick(app, QUEUE, process, busy)
    assert dispatcher.waiting_tasks(app, QUEUE) == 1
