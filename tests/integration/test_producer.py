"""Enqueueing: what is accepted, what is refused, and what happens when Redis fails."""

from __future__ import annotations

import asyncio
import os
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from pydantic import ValidationError

from batchline.producers import (
    AsyncProducer,
    LaneFull,
    OutcomeUnknown,
    Outgoing,
    Producer,
    RedisUnavailable,
    UnknownAccount,
)
from batchline.producers.lanes import Lane
from batchline.systems.salesmanago.messages import CouponRedemption, ExternalEvent
from tests.builders import contact, event
from tests.proxy import LossyProxy

COUPONS = Lane("default", "coupon.redeem")


def coupon(number, email="ann@shop.example"):
    return CouponRedemption(email=email, coupon=f"C{number}")


def waiting(stack, lane=COUPONS):
    return stack.entries(lane)


@pytest.fixture
def proxied(stack, redis_url):
    """A producer behind a proxy that loses answers on demand."""
    url = urlsplit(redis_url)
    with LossyProxy(url.hostname, url.port) as proxy:
        producer = Producer(stack.settings, redis_url.replace(f":{url.port}", f":{proxy.port}"))
        yield producer, proxy
        producer.close()


def test_ids_name_their_messages_in_the_order_given(stack):
    messages = [coupon(0), contact("a@b.pl"), coupon(1), event(1), coupon(2)]
    with stack.producer() as producer:
        ids = producer.send_many(messages)
    operations = [message_id.split(":")[1] for message_id in ids]
    assert operations == [message.operation for message in messages]
    assert [entry.id(COUPONS) for entry in waiting(stack)] == [ids[0], ids[2], ids[4]]


def test_a_second_send_with_the_same_key_returns_the_first_id_and_enqueues_nothing(stack):
    with stack.producer() as producer:
        first = producer.send(coupon(1), idempotency_key="order-1")
        again = producer.send(coupon(2), idempotency_key="order-1")
        other = producer.send(event(1), idempotency_key="order-1")
    assert first == again != other
    assert len(waiting(stack)) == 1


def test_a_key_is_forgotten_after_its_window(stack):
    stack.configure(("dispatch_every = 0.05", "dispatch_every = 0.05\nidempotency_window = 1"))
    with stack.producer() as producer:
        first = producer.send(coupon(1), idempotency_key="k")
        time.sleep(1.2)
        assert producer.send(coupon(1), idempotency_key="k") != first


def test_a_key_does_not_stand_in_redis_as_it_was_given(stack):
    with stack.producer() as producer:
        producer.send(coupon(1), idempotency_key="ann@shop.example")
    assert not [key for key in stack.client.scan_iter() if b"ann@" in key]


def test_contacts_are_spread_over_partitions_and_each_keeps_to_its_own(stack):
    partitioned = '"contact.upsert"]\nlinger = 0.1\npartitions = 4'
    stack.configure(('"contact.upsert"]\nlinger = 0.1', partitioned))
    with stack.producer() as producer:
        for _ in range(2):
            producer.send_many([contact(f"C{n}@shop.example") for n in range(200)])
    homes: dict[str, set[int]] = {}
    for partition in range(4):
        found = waiting(stack, Lane("default", "contact.upsert", partition))
        assert len(found) > 60
        for entry in found:
            homes.setdefault(entry.contact, set()).add(partition)
    assert all(len(indexes) == 1 for indexes in homes.values())


def test_a_full_lane_refuses_and_says_what_to_do(stack):
    limited = '"event.add"]\nlinger = 0.1\nbacklog_limit = 5'
    stack.configure(('"event.add"]\nlinger = 0.1', limited))
    with stack.producer() as producer:
        producer.send_many([event(n) for n in range(5)])
        with pytest.raises(LaneFull, match=r"takes 5 at most.*backlog_limit") as refused:
            producer.send(event(6))
    assert (refused.value.backlog, refused.value.limit) == (5, 5)
    assert stack.lane("event.add").backlog == 5


def test_what_send_many_had_enqueued_before_it_failed_is_told(stack):
    limited = '"event.add"]\nlinger = 0.1\nbacklog_limit = 1500'
    stack.configure(('"event.add"]\nlinger = 0.1', limited))
    with stack.producer() as producer, pytest.raises(LaneFull) as refused:
        producer.send_many([event(n) for n in range(2500)])
    accepted = [message_id is not None for message_id in refused.value.accepted]
    assert accepted == [True] * 1000 + [False] * 1500
    assert stack.lane("event.add").backlog == 1000


def test_a_delayed_message_enters_its_lane_when_its_time_has_come(stack):
    stack.worker()
    with stack.producer() as producer:
        producer.send(contact("ann@shop.example"))
        stack.until_at_rest()
        producer.send(event(1), delay=timedelta(seconds=1.5))
        producer.send(event(2), at=datetime.now(UTC) - timedelta(hours=1))
        stack.until(lambda now: now.totals["delivered"] == 2)
        assert stack.lane("event.add").parked == 1
        stack.until_at_rest()
    rows = stack.sandbox.control.ledger(operation="event.add")
    assert [row["id"] for row in rows] == ["order-2", "order-1"]
    assert rows[1]["at"] - rows[0]["at"] > 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"delay": -1}, "delay"),
        ({"delay": float("nan")}, "delay"),
        ({"at": datetime(2026, 1, 1)}, "time zone"),
        ({"delay": 1, "at": datetime.now(UTC)}, "one of the two"),
        ({"idempotency_key": ""}, "idempotency_key"),
        ({"idempotency_key": "x" * 513}, "512"),
    ],
)
def test_bad_arguments_are_refused_by_name_and_change_nothing(stack, arguments, told):
    with stack.producer() as producer, pytest.raises(ValueError, match=told):
        producer.send(coupon(1), **arguments)
    assert stack.status().lanes == []


def test_an_unknown_account_is_refused(stack):
    with stack.producer() as producer, pytest.raises(UnknownAccount, match=r"\[accounts.shop\]"):
        producer.send(coupon(1), account="shop")


def test_an_error_in_a_message_never_repeats_its_data():
    with pytest.raises(ValidationError) as refused:
        ExternalEvent.model_validate({"email": "ann.secret@shop.example@", "contactEvent": {}})
    assert "ann.secret" not in str(refused.value)


def test_redis_down_is_one_clear_error_after_a_bounded_wait(stack):
    stack.configure(("enqueue_timeout = 60", "enqueue_timeout = 0.5"))
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    started = time.monotonic()
    with (
        Producer(stack.settings, f"redis://127.0.0.1:{port}/0") as producer,
        pytest.raises(RedisUnavailable, match="nothing was enqueued"),
    ):
        producer.send(coupon(1))
    assert time.monotonic() - started < 20


def test_a_redis_that_does_not_answer_is_one_clear_error_after_a_bounded_wait(stack):
    stack.configure(("enqueue_timeout = 60", "enqueue_timeout = 0.5"))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        started = time.monotonic()
        with (
            Producer(stack.settings, f"redis://127.0.0.1:{port}/0") as producer,
            pytest.raises(OutcomeUnknown, match="same idempotency_key is safe"),
        ):
            producer.send(coupon(1))
    assert time.monotonic() - started < 20


def test_a_wrong_password_is_told_at_once(stack, redis_url):
    wrong = redis_url.replace("redis://:", "redis://:not")
    with (
        Producer(stack.settings, wrong) as producer,
        pytest.raises(RedisUnavailable, match="refused"),
    ):
        producer.send(coupon(1))


def test_a_call_whose_answer_is_lost_enqueues_once(stack, proxied):
    producer, proxy = proxied
    producer.send(coupon(0))
    for number in range(1, 6):
        proxy.lose_answers(2)
        message_id = producer.send(coupon(number))
        assert waiting(stack)[-1].id(COUPONS) == message_id
    assert proxy.lost == 10
    assert [entry.payload for entry in waiting(stack)] == [coupon(n).payload() for n in range(6)]


def test_a_batch_whose_answer_is_lost_enqueues_once(stack, proxied):
    producer, proxy = proxied
    proxy.lose_answers(3)
    ids = producer.send_many([coupon(n) for n in range(2500)])
    assert [entry.id(COUPONS) for entry in waiting(stack)] == ids


def test_when_the_outcome_stays_unknown_the_same_key_makes_the_repeat_safe(stack, proxied):
    producer, proxy = proxied
    stack.configure(("enqueue_timeout = 60", "enqueue_timeout = 0.4"))
    with Producer(stack.settings, producer._url) as impatient:
        proxy.lose_answers(1000)
        with pytest.raises(OutcomeUnknown):
            impatient.send(coupon(1), idempotency_key="order-1")
        proxy.lose_answers(0)
        impatient.send(coupon(1), idempotency_key="order-1")
    assert len(waiting(stack)) == 1


def test_threads_share_a_producer(stack):
    with stack.producer() as producer:
        given: list[str] = []

        def send(name):
            given.extend(producer.send(coupon(f"{name}-{n}")) for n in range(100))

        threads = [threading.Thread(target=send, args=(name,)) for name in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(set(given)) == 800
    assert {entry.id(COUPONS) for entry in waiting(stack)} == set(given)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_and_its_parent_both_get_their_messages_through(stack):
    with stack.producer() as producer:
        producer.send(coupon(0))
        child = os.fork()
        if child == 0:
            for number in range(50):
                producer.send(coupon(f"child-{number}"))
            os._exit(0)
        for number in range(50):
            producer.send(coupon(f"parent-{number}"))
        assert os.waitpid(child, 0)[1] == 0
    assert len({entry.payload for entry in waiting(stack)}) == 101


def test_a_flushed_script_cache_is_filled_again(stack):
    with stack.producer() as producer:
        producer.send(coupon(1))
        stack.client.script_flush()
        producer.send(coupon(2))
    assert len(waiting(stack)) == 2


def test_the_async_producer_does_the_same(stack):
    async def send():
        async with AsyncProducer(stack.settings) as producer:
            one = await producer.send(coupon(1), idempotency_key="k")
            assert await producer.send(coupon(1), idempotency_key="k") == one
            many = await producer.send_many([coupon(n) for n in range(1500)])
            rest = await asyncio.gather(*(producer.send(coupon(f"g{n}")) for n in range(50)))
            return [one, *many, *rest]

    ids = asyncio.run(send())
    assert {entry.id(COUPONS) for entry in waiting(stack)} == set(ids)
    assert len(set(ids)) == 1551


def test_the_async_producer_repeats_a_call_whose_answer_is_lost(stack, proxied):
    producer, proxy = proxied

    async def send():
        async with AsyncProducer(stack.settings, producer._url) as asynchronous:
            proxy.lose_answers(2)
            await asynchronous.send(coupon(1))

    asyncio.run(send())
    assert len(waiting(stack)) == 1


def test_messages_of_any_accounts_and_keys_go_in_one_call(stack):
    with stack.producer() as producer:
        ids = producer.send_all(
            [Outgoing(coupon(1), idempotency_key="a"), Outgoing(coupon(2), idempotency_key="a")]
        )
    assert ids[0] == ids[1]
    assert stack.status().totals["accepted"] == 1


def test_an_application_that_imports_producers_loads_neither_celery_nor_requests(stack):
    check = (
        "import producers, sys; loaded = set(sys.modules) & "
        "{'celery', 'kombu', 'requests', 'worker', 'rich', 'click', 'sentry_sdk'}; "
        "sys.exit(str(loaded) if loaded else 0)"
    )
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


def test_every_key_of_a_shard_carries_its_hash_tag(stack):
    with stack.producer() as producer:
        producer.send_all([Outgoing(coupon(1), idempotency_key="a"), Outgoing(coupon(2))])
        producer.send(coupon(3), delay=60)
    keys = list(stack.client.scan_iter())
    assert keys
    assert all(key.startswith(stack.keys.start.encode()) for key in keys)


def test_a_message_that_is_built_in_a_transaction_and_sent_after_it_tells_of_no_order_rolled_back(
    stack,
):
    shop = sqlite3.connect(":memory:")
    shop.execute("create table orders(number)")

    def pay(number, fails):
        with shop:
            shop.execute("insert into orders values (?)", (number,))
            message = coupon(number)
            if fails:
                raise RuntimeError("the payment failed after all")
        producer.send(message, idempotency_key=f"paid-{number}")

    with stack.producer() as producer:
        with pytest.raises(RuntimeError):
            pay(1, fails=True)
        with pytest.raises(ValidationError):
            pay("x" * 1000, fails=False)
        pay(2, fails=False)
    assert shop.execute("select number from orders").fetchall() == [(2,)]
    assert [entry.payload for entry in waiting(stack)] == [coupon(2).payload()]
