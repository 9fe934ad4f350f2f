"""Leaving, whatever the signal: lanes are given back at once, and nothing is lost or sent twice."""

from __future__ import annotations

import signal
import time
from collections import Counter

import pytest
from celery import Celery

from batchline.producers.lanes import Lane
from batchline.systems.salesmanago.messages import CouponRedemption
from tests.builders import applied, contact, event

#: Requests and leases so long that nobody waits for their end.
LONG = (("read = 6", "read = 25"), ("lease = 8", "lease = 60"))
#: Seconds; a loaded machine has its time, and a lease or a request is far longer.
AT_ONCE = 20
EVENTS = {"path": "/api/contact/batch*"}
COLD = [[signal.SIGQUIT], [signal.SIGINT, signal.SIGINT]]


@pytest.fixture
def busy(stack):
    """A worker inside its first request with events, and more of them waiting."""

    def start(seconds, *options, kind="latency", settings=LONG):
        stack.configure(*settings)
        stack.sandbox.control.settings(create_delay=0)  # else events may find no contact, and park
        worker = stack.worker("first", *options)
        with stack.producer() as producer:
            producer.send(contact("ann@shop.example"))
            stack.until_at_rest()
            stack.sandbox.control.fault(kind, EVENTS, seconds=seconds)
            producer.send_many([event(n) for n in range(3000)])
        stack.until(lambda now: any(lane.in_flight for lane in now.lanes))
        time.sleep(0.2)
        return worker

    return start


def left(worker, within=AT_ONCE):
    """The exit status of a worker that was told to leave."""
    return worker.wait(within)


def token(stack, operation="event.add"):
    return stack.client.hget(stack.keys.state(Lane("default", operation)), "token")


def assert_given_back(stack):
    assert token(stack) is None
    assert stack.lane("event.add").due_seconds < 1


def goes_on(stack):
    """Another worker takes the lane at once and delivers what is left, each message once."""
    assert_given_back(stack)
    stack.sandbox.control.clear_faults()
    stack.worker("second")
    stack.until_at_rest(AT_ONCE)
    assert Counter(applied(stack, "event.add")) == Counter(f"order-{n}" for n in range(3000))


@pytest.mark.parametrize("signals", COLD, ids=["SIGQUIT", "SIGINT twice"])
def test_a_worker_told_to_leave_at_once_breaks_off_its_request_and_gives_the_lane_back(
    stack, busy, signals
):
    worker = busy(30)
    for number in signals:
        worker.send_signal(number)
        time.sleep(0.1)
    left(worker)
    lane = stack.lane("event.add")
    assert (lane.in_flight, lane.delivered, lane.backlog) == (0, 0, 3000)
    assert lane.last_error == "broken off: the worker was told to shut down at once"
    assert_given_back(stack)


def test_what_a_broken_off_request_brought_about_is_found_out_and_not_sent_again(stack):
    stack.configure(*LONG)
    worker = stack.worker("first")
    with stack.producer() as producer:
        producer.send(contact("ann@shop.example"))
        stack.until_at_rest()
        stack.sandbox.control.fault("latency", EVENTS, seconds=1.5, after_apply=True, times=1)
        producer.send_many([event(n) for n in range(3000)])
    stack.until(lambda _: len(applied(stack, "event.add")) == 1000)
    worker.send_signal(signal.SIGQUIT)
    left(worker)
    goes_on(stack)


def test_a_soft_shutdown_settles_the_batch_in_flight_and_begins_no_other(stack, busy):
    worker = busy(0.5, "worker_soft_shutdown_timeout=1")
    worker.send_signal(signal.SIGQUIT)
    left(worker)
    lane = stack.lane("event.add")
    assert (lane.delivered, lane.in_flight, lane.last_error) == (1000, 0, None)
    assert_given_back(stack)


def test_a_soft_shutdown_that_is_over_breaks_the_request_off(stack, busy):
    worker = busy(20, "worker_soft_shutdown_timeout=0.5")
    worker.send_signal(signal.SIGQUIT)
    left(worker)
    assert stack.lane("event.add").delivered == 0
    assert_given_back(stack)


def test_a_container_is_stopped_within_its_grace_period_though_the_api_hangs(stack, busy):
    worker = busy(30, kind="hang", settings=[("read = 6", "read = 1"), LONG[1]])
    told = time.monotonic()
    worker.send_signal(signal.SIGTERM)
    # One request at most: timeout.connect + timeout.read, and settling.
    assert left(worker) == 0
    assert time.monotonic() - told > 0.5
    assert_given_back(stack)


def test_a_container_is_stopped_within_its_grace_period_though_calls_go_one_by_one(stack):
    worker = stack.worker("first")
    with stack.producer() as producer:
        producer.send(contact("ann@shop.example"))
        stack.until_at_rest()
        match = {"path": "/api/contact/useContactCoupon"}
        stack.sandbox.control.fault("latency", match, seconds=0.4)
        coupons = [CouponRedemption(email="ann@shop.example", coupon=f"SB-{n}") for n in range(20)]
        producer.send_many(coupons)
    stack.until(lambda _: len(applied(stack, "coupon.redeem")) > 1)
    worker.send_signal(signal.SIGTERM)
    assert left(worker) == 0
    assert len(applied(stack, "coupon.redeem")) < 20
    assert token(stack, "coupon.redeem") is None
    stack.sandbox.control.clear_faults()
    stack.worker("second")
    stack.until_at_rest(AT_ONCE)
    assert Counter(applied(stack, "coupon.redeem")) == Counter(f"SB-{n}" for n in range(20))


def test_lanes_that_were_handed_to_a_leaving_worker_go_to_another_at_once(stack):
    partitioned = '"event.add"]\nlinger = 0.1\npartitions = 12\nbatch_size = 50'
    stack.configure(('"event.add"]\nlinger = 0.1', partitioned))
    worker = stack.worker("first", "-c", "2")
    with stack.producer() as producer:
        producer.send_many([contact(f"c{n}@shop.example") for n in range(300)])
        stack.until_at_rest()
        stack.sandbox.control.fault("latency", EVENTS, seconds=0.5)
        producer.send_many([event(n, f"c{n}@shop.example") for n in range(300)])
    stack.until(lambda now: sum(lane.in_flight > 0 for lane in now.lanes) == 2)
    worker.send_signal(signal.SIGTERM)
    assert left(worker) == 0
    assert len(applied(stack, "event.add")) < 300
    stack.sandbox.control.clear_faults()
    stack.worker("second")
    stack.until_at_rest(AT_ONCE)
    assert Counter(applied(stack, "event.add")) == Counter(f"order-{n}" for n in range(300))


def test_a_worker_that_is_shut_down_from_flower_settles_its_batch_and_begins_no_other(stack, busy):
    worker = busy(0.4)
    prefix = {"global_keyprefix": f"{stack.settings.key_prefix}:"}
    with Celery(broker=stack.settings.celery_url(), set_as_current=False) as app:
        app.conf.broker_transport_options = prefix
        app.control.shutdown()
    assert left(worker) == 0
    assert stack.lane("event.add").backlog >= 1000
    assert_given_back(stack)


def test_a_worker_told_to_leave_while_it_starts_leaves(stack):
    for delay in (0.2, 0.7, 1.1):
        worker = stack.worker()
        time.sleep(delay)
        worker.send_signal(signal.SIGTERM)
        left(worker)
