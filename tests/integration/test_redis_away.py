"""Redis away: a call of the shop costs little, the next ones nothing, and all go on afterwards."""

from __future__ import annotations

import asyncio
import threading
import time
from itertools import count

import pytest

from batchline.producers import (
    AsyncProducer,
    NotTried,
    OutcomeUnknown,
    Outgoing,
    Producer,
    RedisUnavailable,
    aio_connections,
)
from batchline.producers.settings import Settings
from batchline.systems.salesmanago.messages import CouponRedemption
from tests.proxy import LossyProxy
from tests.stack import CONFIG
from tests.waiting import PATIENCE

NO_PAUSE = "enqueue_pause = {{first = 0}}"
#: Longer than any test; a test that waited for it would end by its time limit.
LONG = 250
PAUSE = "enqueue_pause = {first = 50, max = 50}"


def coupon(number):
    return CouponRedemption(email="ann@shop.example", coupon=f"C{number}")


@pytest.fixture
def proxy(redis_url):
    with LossyProxy.before(redis_url) as proxy:
        yield proxy


@pytest.fixture
def configured(stack, redis_url, proxy):
    """Write settings by way of the proxy, with these lines; returns them loaded."""

    def write(lines):
        assert NO_PAUSE in CONFIG
        timed = f"enqueue_timeout = 60\n{NO_PAUSE.format()}"
        stack.configure((timed, lines), (redis_url, proxy.url(redis_url)))
        return Settings.load()

    return write


def test_a_refused_connection_is_not_waited_for(configured, proxy):
    proxy.refuse()
    settings = configured(f"enqueue_timeout = {LONG}")
    with (
        Producer(settings) as producer,
        pytest.raises(RedisUnavailable, match="cannot be reached, nothing was enqueued"),
    ):
        producer.send(coupon(1))


def test_a_host_that_does_not_exist_is_not_waited_for(configured):
    settings = configured(f"enqueue_timeout = {LONG}")
    with (
        Producer(settings, "redis://nobody.invalid:6379/0") as producer,
        pytest.raises(RedisUnavailable, match=r"cannot be reached.*nobody\.invalid"),
    ):
        producer.send(coupon(1))


def test_an_async_call_does_not_wait_for_a_refused_connection_either(configured, proxy):
    proxy.refuse()
    settings = configured(f"enqueue_timeout = {LONG}")

    async def send():
        async with AsyncProducer(settings) as producer:
            with pytest.raises(RedisUnavailable, match="cannot be reached"):
                await producer.send(coupon(1))

    asyncio.run(send())


def test_a_call_whose_answer_is_lost_is_repeated_though_the_connection_is_refused_meanwhile(
    stack, configured, proxy
):
    settings = configured("enqueue_timeout = 20")
    with Producer(settings) as producer:
        producer.send(coupon(0))
        proxy.lose_answers(1)
        sent = threading.Thread(target=producer.send, args=(coupon(1),))
        with_listener_gone = threading.Event()

        def serve():
            while not proxy.lost:
                time.sleep(0.001)
            proxy.refuse()
            with_listener_gone.set()
            time.sleep(0.3)
            proxy.serve_again()

        helper = threading.Thread(target=serve)
        helper.start()
        sent.start()
        sent.join()
        helper.join()
    assert with_listener_gone.is_set()
    assert stack.lane("coupon.redeem").backlog == 2


def test_after_one_call_without_an_answer_threads_and_loops_of_the_process_fail_at_once(
    configured, proxy
):
    settings = configured(f"enqueue_timeout = 0.2\n{PAUSE}")
    proxy.go_silent()
    with Producer(settings) as producer, pytest.raises(OutcomeUnknown):
        producer.send(coupon(0))
    errors = []

    def send():
        with Producer(settings) as another:
            for call in (
                lambda: another.send(coupon(1)),
                lambda: another.send_many([coupon(2)]),
                lambda: another.send_all([Outgoing(coupon(3))]),
                lambda: another.api_id("default:coupon.redeem:0@1-0"),
            ):
                with pytest.raises(NotTried) as told:
                    call()
                errors.append(told.value)

    async def send_async():
        async with AsyncProducer(settings) as another:
            with pytest.raises(NotTried) as told:
                await another.send(coupon(4))
            errors.append(told.value)

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    asyncio.run(send_async())
    assert len(errors) == 17
    assert all(error.retry_after > 30 for error in errors)


def test_the_first_call_after_the_pause_goes_through_and_ends_it(stack, configured, proxy):
    settings = configured("enqueue_timeout = 20\nenqueue_pause = {first = 0.1}")
    proxy.refuse()
    with Producer(settings) as producer:
        with pytest.raises(RedisUnavailable, match="cannot be reached"):
            producer.send(coupon(0))
        proxy.serve_again()
        for number in count():
            try:
                producer.send(coupon(number))
                break
            except NotTried:
                time.sleep(0.01)
        producer.send_many([coupon(n) for n in range(100)])
    assert stack.lane("coupon.redeem").backlog == 101


def test_a_refusal_of_redis_itself_begins_no_pause(stack, configured, redis_url):
    settings = configured(f"enqueue_timeout = 20\n{PAUSE}")
    wrong = redis_url.replace("redis://:", "redis://:not")
    with Producer(settings, wrong) as producer:
        for _ in range(2):
            with pytest.raises(RedisUnavailable, match="password"):
                producer.send(coupon(1))


def test_a_producer_with_patience_waits_for_a_redis_that_is_started_and_knows_no_pause(
    stack, configured, proxy
):
    settings = configured(f"enqueue_timeout = 0.2\n{PAUSE}")
    proxy.refuse()
    with Producer(settings) as hasty, pytest.raises(RedisUnavailable):
        hasty.send(coupon(0))
    again = threading.Timer(0.5, proxy.serve_again)
    again.start()
    with Producer(settings, patience=60) as patient:
        patient.send_many([coupon(n) for n in range(1500)])
    again.join()
    assert stack.lane("coupon.redeem").backlog == 1500


def test_a_file_goes_on_where_redis_was_away_for_a_moment(stack, configured, proxy):
    configured(f"enqueue_timeout = 0.2\n{PAUSE}")
    line = b'{"op": "coupon.redeem", "data": {"email": "ann@shop.example", "coupon": "C1"}}\n'
    proxy.refuse()
    again = threading.Timer(0.7, proxy.serve_again)
    again.start()
    done = stack.run("enqueue", "-", stdin=line * 100)
    again.join()
    assert done.returncode == 0, done.stderr.decode()
    assert stack.lane("coupon.redeem").backlog == 100


@pytest.mark.parametrize("patience", [0, -1, True, "long", float("inf")])
def test_a_patience_that_is_no_number_of_seconds_is_refused(stack, patience):
    for producer in (Producer, AsyncProducer):
        with pytest.raises(ValueError, match="patience must be a number of seconds above 0"):
            producer(stack.settings, patience=patience)


def test_the_wait_for_a_connection_is_a_part_of_the_time_of_a_call(configured, proxy, monkeypatch):
    """One after the other, the calls would take ten minutes, each of them in its own time."""
    monkeypatch.setattr(aio_connections, "MOST", 1)
    settings = configured("enqueue_timeout = 2\nenqueue_pause = {first = 0}")

    async def send():
        async with AsyncProducer(settings) as producer:
            await producer.send(coupon(0))
            proxy.go_silent()
            tasks = [asyncio.create_task(producer.send(coupon(n))) for n in range(300)]
            tasks.append(asyncio.create_task(producer.api_id("default:coupon.redeem:0@1-0")))
            done, waiting = await asyncio.wait(tasks, timeout=PATIENCE)
            assert not waiting
            return [task.exception() for task in done]

    errors = asyncio.run(send())
    assert {type(error) for error in errors} <= {OutcomeUnknown, RedisUnavailable}
    assert sum("connections of this event loop were in use" in str(error) for error in errors) > 200


def test_calls_whose_time_ended_in_a_try_leave_a_producer_that_goes_on(
    stack, configured, proxy, monkeypatch
):
    monkeypatch.setattr(aio_connections, "MOST", 1)
    settings = configured("enqueue_timeout = 2\nenqueue_pause = {first = 0}")

    async def one(producer, number):
        with pytest.raises((OutcomeUnknown, RedisUnavailable)):
            await producer.send(coupon(number))

    async def send():
        async with AsyncProducer(settings) as producer:
            await producer.send(coupon(0))
            proxy.go_silent()
            await asyncio.gather(*(one(producer, n) for n in range(4)))
            proxy.speak()
            await producer.send(coupon(9))

    asyncio.run(send())
    assert stack.lane("coupon.redeem").backlog == 2
