"""Workers whose own clocks are days off: Redis' clock alone decides."""

from __future__ import annotations

import time

import pytest

from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.dead_letters.filter import Filter
from tests.builders import contact, event
from tests.moved_clock import MovedClock

DAYS = 5 * 86_400
OFF = pytest.mark.parametrize("seconds", [DAYS, -DAYS])
UNKNOWN = "nobody@shop.example"


@pytest.fixture(scope="module")
def clock(tmp_path_factory):
    return MovedClock(tmp_path_factory.mktemp("clock"))


@pytest.fixture
def start(clock, stack):
    """Starts a worker whose clock is off by so many seconds."""

    def started(seconds):
        clock.move(seconds)
        with clock.given():
            return stack.worker("off")

    return started


@OFF
def test_a_message_without_its_contact_is_tried_when_redis_says_so(stack, start, seconds):
    stack.configure(("replay = {every = 0.5, until = 1.5}", "replay = {every = 900, until = 3600}"))
    start(seconds)
    with stack.producer() as producer:
        message_id = producer.send(event(1, UNKNOWN))
    stack.until(lambda now: now.totals["parked"] == 1)
    location = stack.run_json("trace", message_id, "--json")["location"]
    assert 800 < location["at"] / 1000 - time.time() <= 900
    assert stack.lane("event.add").requests == 1


@OFF
def test_nothing_expires_and_no_job_is_given_up_on_by_a_workers_clock(stack, start, seconds):
    stack.configure(("jobs = {poll = 0.3, until = 3}", "jobs = {poll = 0.2, until = 60}"))
    stack.sandbox.control.fault("status", {"path": "*batchupsertv2*"}, times=2, status=503)
    start(seconds)
    with stack.producer() as producer:
        producer.send_many([contact(f"c{n}@shop.example") for n in range(20)])
    totals = stack.until_at_rest()
    stack.until(lambda now: stack.lane("contact.upsert").confirmed == 20)
    assert (totals["delivered"], totals["dead"]) == (20, 0)


@OFF
def test_a_dead_letter_is_dated_by_redis(stack, start, seconds):
    stack.sandbox.control.fault("reject", {"path": "*batchupsertv2*"}, times=1)
    start(seconds)
    with stack.producer() as producer:
        producer.send(contact("refused@shop.example"))
    stack.until(lambda now: now.totals["dead"] == 1)
    (letter,) = dead_letters.find(stack.store)
    times = [letter.died_at, *(at for at, _ in letter.meta.history)]
    assert all(abs(at / 1000 - time.time()) < 60 for at in times)
    assert len(list(dead_letters.find(stack.store, Filter(since=3600)))) == 1
    assert list(dead_letters.find(stack.store, Filter(until=3600))) == []
