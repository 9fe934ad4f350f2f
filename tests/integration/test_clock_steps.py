"""Redis' clock steps by a day: nothing becomes due early or late for it, nothing expires early."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace

import pytest

from batchline.producers.lanes import enqueued_at
from batchline.worker.inspection import status
from batchline.worker.runtime.dispatcher import dispatch
from batchline.worker.store import lease, redis_clock
from batchline.worker.store.lease import NotClaimed
from batchline.worker.store.parking import unpark
from tests.fake_api import FakeApi, context_of
from tests.stepping import (
    DAY,
    HOST,
    LANE,
    SOON,
    STEPS,
    clock,
    coupon,
    own_ms,
    producer,
    server,
    settings,
    step,
    store,
    work_once,
)
from tests.waiting import PATIENCE

__all__ = ["clock", "producer", "server", "settings", "store"]


@STEPS
def test_batchlines_clock_goes_on_without_a_step_of_redis_and_says_so(
    clock, store, seconds, caplog
):
    before = redis_clock.now(store)
    step(clock, store, seconds)
    with caplog.at_level(logging.WARNING):
        redis_clock.look(store)
    assert 0 <= redis_clock.now(store) - before < SOON
    (told,) = caplog.messages
    assert ("forward" if seconds > 0 else "back") in told
    assert abs(redis_clock.now(store) + seconds * 1000 - own_ms(store)) < SOON


def test_a_clock_that_steps_and_is_set_right_leaves_next_to_nothing_behind(clock, store):
    for seconds in (DAY, 0, -600, 0):
        step(clock, store, seconds)
        redis_clock.look(store)
    assert abs(redis_clock.now(store) - own_ms(store)) < redis_clock.FINEST


def test_time_in_which_no_worker_looked_has_passed(store):
    """A worker that has just started cannot know of a step; and there was none."""
    store.client.hincrby(store.keys.clock, "last", -DAY * 1000)
    store.reading = None
    redis_clock.look(store)
    assert abs(redis_clock.now(store) - own_ms(store)) < SOON


def test_a_worker_whose_own_clock_stood_still_moves_no_time_that_another_has_seen_pass(store):
    """Its machine was suspended for an hour, and no clock of it went on; another worker looked."""
    assert store.reading is not None
    an_hour_ago = store.reading._replace(ms=store.reading.ms - 3_600_000)
    redis_clock.look(store)
    store.reading = an_hour_ago
    redis_clock.look(store)
    assert abs(redis_clock.now(store) - own_ms(store)) < SOON


@STEPS
@pytest.mark.parametrize("looked", [True, False])
def test_what_is_delayed_comes_when_it_should(clock, store, producer, seconds, looked):
    producer.send(coupon(1), delay=3600)
    step(clock, store, seconds)
    if looked:
        redis_clock.look(store)
    assert unpark(store) == 0
    redis_clock.look(store)
    store.client.hincrby(store.keys.clock, "shift", 3_600_000)
    store.client.hdel(store.keys.clock, "last")
    assert unpark(store) == 1


@STEPS
def test_a_lane_that_backs_off_is_due_when_it_should_be(clock, store, producer, settings, seconds):
    context = with_account(context_of(store, settings, FakeApi(["500"])), verify_after=1800.0)
    producer.send(coupon(1))
    work_once(context)
    step(clock, store, seconds)
    redis_clock.look(store)
    (lane,) = status.read(store).lanes
    assert 1700 < lane.due_seconds <= 1800
    assert dispatch(store) == []


@STEPS
def test_nothing_expires_early(clock, store, producer, settings, seconds):
    """It is younger than `max_age`, whatever Redis' clock showed when it came."""
    api = FakeApi(["503", "503"])
    context = with_account(context_of(store, settings, api), max_age=300.0)
    producer.send(coupon(1))
    work_once(context)
    step(clock, store, seconds)
    redis_clock.look(store)
    producer.send(coupon(2))
    store.client.hdel(store.keys.state(LANE), "retry_at")
    work_once(context)
    assert api.plan == []
    assert status.read(store).totals["dead"] == 0
    assert status.read(store).totals["backlog"] == 2


@STEPS
def test_ids_and_the_journal_go_on_in_their_order(clock, store, producer, settings, seconds):
    first = producer.send(coupon(1))
    step(clock, store, seconds)
    redis_clock.look(store)
    second, third = producer.send_many([coupon(2), coupon(3)])
    context = context_of(store, settings, FakeApi())
    context.http.work = lambda url, body: {"success": True, "result": None}
    work_once(context)
    times = [enqueued_at(one) for one in (first, second, third)]
    assert times == sorted(times)
    journalled = int(store.client.xrange(store.keys.journal)[-1][0].partition(b"-")[0])
    assert all(abs(journalled - one) < SOON for one in times)


@pytest.mark.parametrize("looked", [True, False])
def test_no_lease_is_over_for_a_step_forward(clock, store, producer, looked):
    producer.send(coupon(1))
    assert not isinstance(lease.claim(store, LANE, 60, 10, HOST), NotClaimed)
    step(clock, store, DAY)
    if looked:
        redis_clock.look(store)
    assert lease.claim(store, LANE, 60, 10, HOST).code == "busy"


def test_a_request_under_way_is_not_repeated_by_another_owner(clock, store, producer, settings):
    """Its lease is over by a step that nobody could see; the next owner has to wait for it."""
    arrived, go_on = threading.Event(), threading.Event()

    class Slow(FakeApi):
        taken: list[str] = []

        def work(self, url, body):
            if "coupon" in body:
                arrived.set()
                assert go_on.wait(PATIENCE)
                self.taken.append(body["coupon"])
            return {"success": True, "result": None, "contacts": []}

    api = Slow()
    producer.send(coupon(7))
    first = threading.Thread(target=work_once, args=(context_of(store, settings, api),))
    first.start()
    assert arrived.wait(PATIENCE)
    store.client.hdel(store.keys.clock, "last")
    step(clock, store, DAY)
    assert work_once(context_of(store, settings, api)).startswith("another worker delivers it")
    go_on.set()
    first.join()
    assert api.taken == ["S7"]
    assert status.read(store).totals["delivered"] == 1


def test_an_idempotency_key_outlives_a_day_by_which_redis_steps_forward(clock, store, producer):
    first = producer.send(coupon(1), idempotency_key="order-9")
    step(clock, store, DAY)
    redis_clock.look(store)
    assert producer.send(coupon(1), idempotency_key="order-9") == first


def with_account(context, **changes):
    return replace(context, account=context.account.model_copy(update=changes))
