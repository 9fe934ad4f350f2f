"""One AsyncProducer and many event loops; and calls that are cancelled."""

from __future__ import annotations

import asyncio
import gc
import itertools
import threading

import pytest

from batchline.producers import AsyncProducer, OutcomeUnknown, RedisUnavailable
from batchline.producers.lanes import Lane
from batchline.systems.salesmanago.messages import CouponRedemption
from tests.proxy import LossyProxy
from tests.waiting import PATIENCE, until

COUPONS = Lane("default", "coupon.redeem")


def coupon(number):
    return CouponRedemption(email="ann@shop.example", coupon=f"C{number}")


def connections(client):
    """The ids of the server's connections, which it gives once each."""
    return {int(one["id"]) for one in client.client_list()}


@pytest.fixture
def proxy(redis_url):
    with LossyProxy.before(redis_url) as proxy:
        yield proxy


@pytest.fixture
def silent(proxy, redis_url, stack):
    """A producer whose calls are written and never answered, and the lane's proxy."""
    return AsyncProducer(stack.settings, proxy.url(redis_url))


def test_one_producer_serves_loop_after_loop_and_leaves_no_connection(stack):
    producer = AsyncProducer(stack.settings)
    before = connections(stack.client)

    async def send(number):
        await asyncio.gather(*(producer.send(coupon(f"{number}-{n}")) for n in range(5)))
        return await producer.api_id("default:coupon.redeem:0@1-0")

    for number in range(4):
        assert asyncio.run(send(number)) is None
        until(lambda: connections(stack.client) <= before)
    assert len(stack.entries(COUPONS)) == 20


def test_loops_in_several_threads_share_a_producer(stack):
    producer = AsyncProducer(stack.settings)

    async def send(name):
        for number in range(20):
            await producer.send(coupon(f"{name}-{number}"))

    threads = [threading.Thread(target=lambda n=n: asyncio.run(send(n))) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({entry.payload for entry in stack.entries(COUPONS)}) == 120


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_loop_that_is_closed_without_a_word_stops_no_later_one(stack):
    producer = AsyncProducer(stack.settings)
    before = connections(stack.client)
    for number in range(3):
        loop = asyncio.new_event_loop()
        loop.run_until_complete(producer.send(coupon(number)))
        loop.close()

    async def last():
        await producer.send(coupon(3))
        await producer.close()

    asyncio.run(last())
    gc.collect()
    until(lambda: connections(stack.client) <= before)
    assert len(stack.entries(COUPONS)) == 4


def test_closing_a_producer_closes_the_connections_of_a_loop_in_another_thread_too(stack):
    producer = AsyncProducer(stack.settings)
    before = connections(stack.client)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(producer.send(coupon(0)), loop).result()

        async def send_and_close():
            await producer.send(coupon(1))
            await producer.close()

        asyncio.run(send_and_close())
        until(lambda: connections(stack.client) <= before)
        asyncio.run_coroutine_threadsafe(producer.send(coupon(2)), loop).result()
        asyncio.run_coroutine_threadsafe(producer.close(), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
    assert len(stack.entries(COUPONS)) == 3


def test_more_calls_at_once_than_a_loop_has_connections_all_get_through(stack):
    async def send():
        async with AsyncProducer(stack.settings) as producer:
            await asyncio.gather(*(producer.send(coupon(n)) for n in range(400)))

    asyncio.run(send())
    assert len({entry.payload for entry in stack.entries(COUPONS)}) == 400


def test_a_send_that_is_cancelled_while_it_is_under_way_is_an_unknown_outcome(stack, silent, proxy):
    async def send():
        await silent.send(coupon(0))
        proxy.go_silent()
        task = asyncio.create_task(silent.send(coupon(1), idempotency_key="k"))
        done, _ = await asyncio.wait([task], timeout=0.2)
        assert not done
        task.cancel()
        with pytest.raises(OutcomeUnknown, match=r"cancelled .* same idempotency_key is safe"):
            await task
        proxy.speak()
        await silent.send(coupon(1), idempotency_key="k")
        await silent.close()

    asyncio.run(send())
    assert len(stack.entries(COUPONS)) == 2


def test_a_time_limit_around_a_send_is_an_unknown_outcome_too(silent, proxy):
    async def send():
        await silent.send(coupon(0))
        proxy.go_silent()
        with pytest.raises(OutcomeUnknown):
            async with asyncio.timeout(0.2):
                await silent.send_many([coupon(1), coupon(2)])
        await silent.close()

    asyncio.run(send())


def test_a_send_that_is_cancelled_before_it_is_written_is_cancelled_and_enqueues_nothing(stack):
    async def send():
        async with AsyncProducer(stack.settings) as producer:
            task = asyncio.create_task(producer.send(coupon(1)))
            await asyncio.sleep(0)  # it has begun to connect
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(send())
    assert stack.status().lanes == []


def test_a_redis_that_speaks_no_redis_is_an_error_of_the_tree(stack, sandbox):
    address = sandbox.url.replace("http://", "redis://") + "/0"

    async def send():
        async with AsyncProducer(stack.settings, address) as producer:
            with pytest.raises((RedisUnavailable, OutcomeUnknown)):
                await producer.send(coupon(1))

    asyncio.run(send())


def test_a_task_that_sends_for_ever_ends_when_it_is_cancelled_whatever_the_moment(stack):
    """Python 3.11's `wait_for` drops a cancellation that comes together with the answer."""

    async def send_for_ever(producer):
        for number in itertools.count():
            await producer.send(coupon(number))

    async def cancelled():
        async with AsyncProducer(stack.settings) as producer:
            await producer.send(coupon("first"))
            for steps in range(150):
                task = asyncio.create_task(send_for_ever(producer))
                for _ in range(steps % 50):
                    await asyncio.sleep(0)
                task.cancel()
                done, _ = await asyncio.wait([task], timeout=PATIENCE)
                assert done, f"it goes on, cancelled after {steps % 50} steps of the loop"
                assert task.cancelled() or isinstance(task.exception(), OutcomeUnknown)

    asyncio.run(cancelled())
