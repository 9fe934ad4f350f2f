"""What hurts users of other queues of this kind, each held off by a test of its name."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections import Counter
from contextlib import suppress

import pytest

from batchline.producers.keys import Keys
from batchline.producers.redis_client import connect
from batchline.systems.salesmanago.messages import CouponRedemption
from batchline.worker.devstack.redis_server import EmbeddedRedis
from batchline.worker.store.store import Store
from tests.builders import applied, contact, event
from tests.stack import Stack

#: A lease that is over soon, and just covers the timeouts.
SHORT_LEASE = (
    ("lease = 8", "lease = 4"),
    ("timeout = {connect = 1, read = 6}", "timeout = {connect = 0.5, read = 2.5}"),
)
EVENTS = {"path": "/api/contact/batch*"}


def introduced(stack, *workers):
    started = [stack.worker(name) for name in workers or ["first"]]
    with stack.producer() as producer:
        producer.send(contact("ann@shop.example"))
    stack.until_at_rest()
    return started[0]


@pytest.fixture
def own(tmp_path, sandbox, monkeypatch):
    """A stack on a Redis of its own, which can be restarted."""
    monkeypatch.chdir(tmp_path)
    with (
        EmbeddedRedis(tmp_path / "redis") as server,
        connect(server.url, timeout=10) as client,
        Stack(tmp_path, server.url, Store(client, Keys("batchline")), sandbox) as stack,
    ):
        monkeypatch.setenv("BATCHLINE_CONFIG", str(stack.config))
        yield stack, server


def test_a_worker_is_not_silent_after_its_connections_to_redis_broke(stack):
    introduced(stack)
    with stack.producer() as producer:
        for number in range(3):
            stack.client.client_kill_filter(_type="normal", skipme=True)
            time.sleep(0.3)
            producer.send(event(number))
            stack.until_at_rest()
    assert applied(stack, "event.add") == ["order-0", "order-1", "order-2"]


def test_a_lease_shorter_than_the_http_timeout_is_refused_at_the_start(stack):
    stack.configure(("lease = 8", "lease = 3"))
    done = stack.run("worker")
    assert done.returncode == 78
    assert b"lease = 3 is shorter than the timeouts it must cover: at least 8" in done.stderr
    assert b"Traceback" not in done.stderr


def test_slow_answers_do_not_bring_a_second_delivery_by_another_worker(stack):
    stack.configure(*SHORT_LEASE)
    introduced(stack, "one", "two")
    match = {"path": "/api/contact/useContactCoupon"}
    stack.sandbox.control.fault("latency", match, seconds=0.5)
    with stack.producer() as producer:
        # One after the other, in one batch: together longer than the lease.
        coupons = [CouponRedemption(email="ann@shop.example", coupon=f"SB-{n}") for n in range(9)]
        producer.send_many(coupons)
    stack.until_at_rest()
    redeemed = [row["id"] for row in stack.sandbox.control.ledger(operation="coupon.redeem")]
    assert redeemed == [f"SB-{n}" for n in range(9)]


def test_the_count_of_tries_outlives_the_worker(stack):
    stack.configure(("breaker = {streak = 5, open = 0.5}", "breaker = {streak = 99, open = 0.5}"))
    worker = introduced(stack)
    stack.sandbox.control.fault("status", EVENTS, status=503)
    with stack.producer() as producer:
        producer.send(event(1))
    stack.until(lambda now: now.lanes[-1].attempts >= 2)
    worker.kill()
    before = stack.lane("event.add").attempts
    stack.worker("second")
    stack.until(lambda now: now.lanes[-1].attempts > before)
    stack.sandbox.control.clear_faults()
    stack.until_at_rest()
    tries = [
        int(fields[b"attempt"])
        for _, fields in stack.client.xrange(stack.keys.journal)
        if fields.get(b"lane") == b"default:event.add:0" and b"attempt" in fields
    ]
    assert tries == list(range(1, len(tries) + 1))
    assert len(tries) >= 4


def test_a_batch_is_not_stuck_for_ever_with_a_worker_that_hangs(stack):
    stack.configure(*SHORT_LEASE)
    worker = introduced(stack)
    stack.sandbox.control.fault("latency", EVENTS, seconds=0.5)
    with stack.producer() as producer:
        producer.send_many([event(n) for n in range(50)])
    stack.until(lambda now: "latency" in stack.sandbox.control.faults()["injected"])
    worker.send_signal(signal.SIGSTOP)
    stack.sandbox.control.clear_faults()
    stack.worker("second")
    stack.until_at_rest()
    worker.send_signal(signal.SIGCONT)
    time.sleep(1)  # it wakes up, and what it had in hand is another's by now
    assert Counter(applied(stack, "event.add")) == Counter(f"order-{n}" for n in range(50))
    assert stack.until_at_rest()["delivered"] == 51


def test_an_update_that_comes_while_its_contacts_batch_is_in_flight_is_not_lost(stack):
    introduced(stack, "one", "two")
    stack.sandbox.control.fault("latency", EVENTS, seconds=0.3)
    with stack.producer() as producer:
        number = 0
        while number < 7 or stack.status().totals["requests"] <= 2:
            number += 1
            producer.send(contact("ann@shop.example", properties={"n": str(number)}))
            time.sleep(0.12)  # some of them fall into the time of a request
    stack.until_at_rest()
    stack.until(
        lambda _: (
            stack.sandbox.control.contact("ann@shop.example")["properties"] == {"n": str(number)}
        )
    )


def test_delayed_messages_do_not_count_as_ready(stack):
    stack.configure(('"event.add"]\nlinger = 0.1', '"event.add"]\nlinger = 3\nbatch_size = 10'))
    introduced(stack)
    before = stack.status().totals["requests"]
    with stack.producer() as producer:
        for number in range(20):  # twice what makes a batch full
            producer.send(event(f"late-{number}"), delay=60)
        lane = stack.lane("event.add")
        assert (lane.backlog, lane.parked, lane.due_seconds) == (0, 20, None)
        producer.send(event(1))
        assert 0 < stack.lane("event.add").due_seconds <= 3  # it lingers, the batch is not full
        stack.until(lambda now: now.totals["backlog"] == 0)
    assert applied(stack, "event.add") == ["order-1"]
    assert stack.status().totals["requests"] == before + 1


@pytest.fixture
def black_hole():
    """An address that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        taken = []

        def accept():
            with suppress(OSError):
                while True:
                    taken.append(listener.accept()[0])

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        for connection in taken:
            connection.close()


def test_one_destination_that_is_down_does_not_slow_another(stack, black_hole):
    text = stack.config.read_text()
    block = text[text.index("[accounts.default]") :]
    dead = block.replace("accounts.default", "accounts.dead").replace(stack.sandbox.url, black_hole)
    dead = dead.replace("read = 6", "read = 60").replace("lease = 8", "lease = 70")
    stack.config.write_text(f"{text}\n{dead}")
    introduced(stack)
    with stack.producer() as producer:
        producer.send_many([event(n) for n in range(500)], account="dead")
        producer.send_many([contact(f"c{n}@shop.example") for n in range(50)], account="dead")
        waits = []
        for number in range(12):
            sent = time.monotonic()
            producer.send(event(number))
            stack.until(lambda _, n=number: len(applied(stack, "event.add")) == n + 1)
            waits.append(time.monotonic() - sent)
    assert max(waits) < 30, "less than one request to the other takes"
    stack.until(lambda now: now.totals["backlog"] == 550)


def test_events_to_a_paused_account_do_not_vanish(own):
    stack, server = own
    introduced(stack)
    assert stack.run("pause", "default").returncode == 0
    with stack.producer() as producer:
        producer.send_many([event(n) for n in range(100)])
        server.restart()
        stack.client.connection_pool.disconnect()
        producer.send(event(100))
        time.sleep(1)
    assert stack.status().totals["backlog"] == 101
    assert applied(stack, "event.add") == []
    assert stack.run("resume", "default").returncode == 0
    stack.until_at_rest()
    assert Counter(applied(stack, "event.add")) == Counter(f"order-{n}" for n in range(101))


def test_no_script_and_no_group_is_missing_after_redis_restarted_or_was_emptied(own):
    stack, server = own
    introduced(stack)
    with stack.producer() as producer:
        for number, empty in enumerate((False, True)):
            if empty:
                stack.client.flushall()
                stack.client.script_flush()
            else:
                server.restart()
                stack.client.connection_pool.disconnect()
            producer.send(event(number))
            stack.until_at_rest()
    assert applied(stack, "event.add") == ["order-0", "order-1"]
