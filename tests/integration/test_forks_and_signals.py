"""Producers in forked children that have their parent's process id, and in signal handlers."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from contextlib import suppress

import pytest

from batchline.producers import AsyncProducer, EnqueueError, Producer
from batchline.producers.lanes import Lane
from batchline.systems.salesmanago.messages import CouponRedemption
from tests.fake_api import ACCOUNT, configure
from tests.proxy import LossyProxy
from tests.waiting import PATIENCE

COUPONS = Lane("default", "coupon.redeem")
FORKS = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


def coupon(number):
    return CouponRedemption(email="joe@shop.example", coupon=f"F{number}")


@pytest.fixture
def as_pid_1(monkeypatch):
    """Every process has the id 1, as the parent and the child of a new namespace have."""
    monkeypatch.setattr(os, "getpid", lambda: 1)


def in_child(work):
    """Do that in a forked child, and wait for its end; whether it came to it."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(sys.exc_info()[0] is not None)
    return os.waitpid(child, 0)[1] == 0


@FORKS
def test_parent_and_child_of_one_process_id_enqueue_each_their_own(stack, as_pid_1):
    with stack.producer() as producer:
        ids = [producer.send(coupon(0))]
        for number in range(1, 4):
            assert in_child(lambda n=number: producer.send(coupon(f"child {n}")))
            ids.append(producer.send(coupon(number)))
    entries = stack.entries(COUPONS)
    assert len(entries) == 7
    assert set(ids) < {entry.id(COUPONS) for entry in entries}


@FORKS
def test_a_child_of_one_process_id_leaves_its_parents_connections_open(stack, as_pid_1, redis_url):
    def of_child():
        producer.send(coupon(1))
        producer.close()

    with LossyProxy.before(redis_url) as proxy:
        producer = Producer(stack.settings, proxy.url(redis_url))
        producer.send(coupon(0))
        opened = len(proxy._pairs)
        assert in_child(of_child)
        assert len(proxy._pairs) == opened + 1
        producer.send(coupon(2))
        assert len(proxy._pairs) == opened + 1
        producer.close()
    assert len(stack.entries(COUPONS)) == 3


@FORKS
def test_an_async_producer_of_one_process_id_goes_on_in_both(stack, as_pid_1):
    producer = AsyncProducer(stack.settings)

    async def send(number):
        return await producer.send(coupon(number))

    async def parent():
        await send(0)
        assert in_child(lambda: threads_do(lambda: asyncio.run(send(1))))
        await send(2)
        await producer.close()

    asyncio.run(parent())
    assert len(stack.entries(COUPONS)) == 3


def threads_do(work):
    """Do that in a thread, where no event loop runs yet; raises unless it comes to its end."""
    done = threading.Event()
    threading.Thread(target=lambda: (work(), done.set()), daemon=True).start()
    assert done.wait(PATIENCE)


def interrupted(work, handler):
    """Do that, and call the handler once before each line of the producers' code that it comes to.

    Python runs a signal handler so, between two instructions of the main thread.
    """
    seen = set()

    def trace(frame, event, _):
        if "/producers/" not in frame.f_code.co_filename:
            return None
        line = frame.f_code.co_filename, frame.f_lineno
        if event == "line" and line not in seen:
            seen.add(line)
            sys.settrace(None)
            handler()
            sys.settrace(trace)
        return trace

    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(None)
    return len(seen)


def sends(producer, number):
    with suppress(EnqueueError):
        producer.send(coupon(number))


def test_a_call_in_a_signal_handler_enqueues_wherever_it_interrupts_one(stack):
    handled = []

    def handler():
        handled.append(producer.send(coupon(f"handler {len(handled)}")))

    with stack.producer() as producer:
        threads_do(lambda: interrupted(lambda: producer.send(coupon(0)), handler))
    assert len(handled) > 50
    assert len(stack.entries(COUPONS)) == len(handled) + 1


def test_a_call_in_a_signal_handler_ends_though_redis_is_away(tmp_path, monkeypatch):
    text = f'redis_url = "redis://127.0.0.1:9/0"\nenqueue_timeout = 0.2\n{ACCOUNT}'
    settings = configure(tmp_path, monkeypatch, text)
    producer, handled = Producer(settings), []

    def handler():
        handled.append(sends(producer, "handler"))

    def work():
        for number in range(3):
            sends(producer, number)

    threads_do(lambda: interrupted(work, handler))
    assert len(handled) > 50
