"""Redis in trouble: workers go on by themselves, producers get one clear error, nothing is lost."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import threading
import time
from collections import Counter
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from batchline.producers import (
    AsyncProducer,
    EnqueueError,
    NotReplicated,
    OutcomeUnknown,
    RedisUnavailable,
)
from batchline.producers.keys import Keys
from batchline.producers.lanes import Lane
from batchline.producers.redis_client import connect
from batchline.systems.salesmanago.messages import CouponRedemption
from batchline.worker.delivery import settle
from batchline.worker.devstack.redis_server import EmbeddedRedis
from batchline.worker.runtime.process import GRACE
from batchline.worker.store import lease, scripts
from batchline.worker.store.store import Store
from tests.builders import applied, contact, event
from tests.proxy import LossyProxy
from tests.stack import Stack
from tests.waiting import until

EVENTS = '"event.add"]\nlinger = 0.1'
#: Workers notice a connection that leads nowhere after this, seconds.
QUICK = ("enqueue_timeout = 60", "redis_timeout = 1\nenqueue_timeout = 1")
SMALL = (EVENTS, f"{EVENTS}\nbatch_size = 50")


@pytest.fixture
def server(tmp_path):
    """A Redis of this test alone."""
    with EmbeddedRedis(tmp_path / "redis") as server:
        yield server


@pytest.fixture
def second(tmp_path):
    """One more: a replica, or the broker."""
    with EmbeddedRedis(tmp_path / "second") as second:
        yield second


@pytest.fixture
def proxy(server):
    with LossyProxy.before(server.url) as proxy:
        yield proxy


@contextmanager
def stack_on(folder, url, server, sandbox, monkeypatch):
    monkeypatch.chdir(folder)
    with (
        connect(server.url, timeout=10) as client,
        Stack(folder, url, Store(client, Keys("batchline")), sandbox) as stack,
    ):
        monkeypatch.setenv("BATCHLINE_CONFIG", str(stack.config))
        yield stack


@pytest.fixture
def own(tmp_path, server, sandbox, monkeypatch):
    """A stack on the server."""
    with stack_on(tmp_path, server.url, server, sandbox, monkeypatch) as stack:
        yield stack


@pytest.fixture
def proxied(tmp_path, server, proxy, sandbox, monkeypatch):
    """A stack whose workers and producers go by way of the proxy; the test itself does not."""
    with stack_on(tmp_path, proxy.url(server.url), server, sandbox, monkeypatch) as stack:
        yield stack


def introduced(stack):
    """A worker at work, and a contact that exists."""
    worker = stack.worker()
    with stack.producer() as producer:
        producer.send(contact("ann@shop.example"))
    stack.until_at_rest()
    return worker


def with_broker(stack, broker, *changes):
    """Celery's broker on another server, as in production."""
    first = "dispatch_every = 0.05"
    stack.configure((first, f'broker_url = "{broker}"\n{first}'), *changes)


def password(server):
    return urlsplit(server.url).password


def replicate(replica, master):
    """Make the one a replica of the other, and wait until it has all."""
    with connect(replica.url, 10) as there, connect(master.url, 10) as here:
        here.config_set("repl-diskless-sync-delay", 0)
        there.config_set("masterauth", password(master))
        there.replicaof("127.0.0.1", master.port)
        until(lambda: there.info("replication")["master_link_status"] == "up")
        until(lambda: here.wait(1, 1000) == 1)


class Enqueueing(threading.Thread):
    """Enqueues event after event, and remembers which were acknowledged."""

    def __init__(self, stack):
        super().__init__()
        self.acknowledged: list[str] = []
        self.errors: list[EnqueueError] = []
        self._stack = stack
        self._over = threading.Event()

    def run(self):
        number = 0
        with self._stack.producer() as producer:
            while not self._over.wait(0.02):
                number += 1
                try:
                    producer.send(event(f"live-{number}"))
                    self.acknowledged.append(f"order-live-{number}")
                except EnqueueError as error:
                    self.errors.append(error)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *error):
        self._over.set()
        self.join()


# A restart


def test_workers_go_on_when_redis_was_restarted_or_killed_and_nothing_acknowledged_is_lost(
    own, server
):
    own.configure(QUICK, SMALL)
    introduced(own)
    own.sandbox.control.fault("latency", {"path": "/api/contact/batch*"}, seconds=0.1)
    with own.producer() as producer:
        producer.send_many([event(n) for n in range(1000)])
    with Enqueueing(own) as live:
        for end in (server.stop, server.kill):
            goal = own.status().totals["delivered"] + 200
            own.until(lambda now, goal=goal: now.totals["delivered"] > goal)
            end()
            time.sleep(0.7)
            server.start()
            own.client.connection_pool.disconnect()
            count = len(live.acknowledged)
            until(lambda count=count: len(live.acknowledged) > count + 5)
    own.until_at_rest()
    received = Counter(applied(own, "event.add"))
    assert set(live.acknowledged) | {f"order-{n}" for n in range(1000)} <= set(received)
    assert max(received.values()) == 1


def test_a_script_cache_flushed_again_and_again_stops_nobody(own):
    own.configure(SMALL)
    introduced(own)
    own.sandbox.control.fault("latency", {"path": "/api/contact/batch*"}, seconds=0.05)
    with own.producer() as producer:
        for start in range(0, 1000, 50):
            producer.send_many([event(n) for n in range(start, start + 50)])
            own.client.script_flush()
    own.until(lambda now: own.client.script_flush() and now.totals["delivered"] == 1001)
    assert Counter(applied(own, "event.add")) == Counter(f"order-{n}" for n in range(1000))


# Replicas


def test_a_read_only_replica_is_one_clear_error_and_workers_go_on_when_it_is_master_again(own):
    own.configure(QUICK)
    introduced(own)
    own.sandbox.control.fault("latency", {"path": "/api/contact/batch*"}, seconds=0.5)
    with own.producer() as producer:
        producer.send_many([event(n) for n in range(20)])
        # Once the mark is written the request goes out, and Redis is not needed for it.
        state = own.keys.state(Lane("default", "event.add"))
        own.until(lambda now: own.client.hexists(state, "sending"))
        own.client.replicaof("127.0.0.1", 1)
        with pytest.raises(RedisUnavailable, match="replica, which is read-only: nothing"):
            producer.send(event(99))
        until(lambda: len(own.sandbox.control.ledger(operation="event.add")) == 20)
        own.client.replicaof("NO", "ONE")
        own.until_at_rest()
        producer.send(event(20))
        own.until_at_rest()
    assert Counter(applied(own, "event.add")) == Counter(f"order-{n}" for n in range(21))


def test_workers_and_producers_follow_a_failover_to_a_replica(proxied, proxy, server, second):
    proxied.configure(QUICK, SMALL)
    replicate(second, server)
    introduced(proxied)
    proxied.sandbox.control.fault("latency", {"path": "/api/contact/batch*"}, seconds=0.1)
    with proxied.producer() as producer, connect(second.url, 10) as promoted:
        producer.send_many([event(n) for n in range(600)])
        proxied.until(lambda now: now.totals["delivered"] > 150)
        until(lambda: proxied.client.wait(1, 1000) == 1)
        secret = password(server)
        server.kill()
        time.sleep(0.5)
        promoted.config_set("requirepass", secret)
        promoted.replicaof("NO", "ONE")
        proxy.switch(second.url)
        producer.send_many([event(n) for n in range(600, 650)])
        proxied.store = Store(promoted, proxied.keys)
        proxied.until_at_rest()
    received = Counter(applied(proxied, "event.add"))
    assert set(received) == {f"order-{n}" for n in range(650)}
    assert max(received.values()) == 1


# Memory


def fill(client):
    """From now on the server has no memory for anything."""
    client.config_set("maxmemory", 1)


def test_a_full_redis_is_one_clear_error_and_its_lanes_still_drain(own, second):
    with_broker(own, second.url, (EVENTS, '"event.add"]\nlinger = 3'))
    introduced(own)
    own.sandbox.control.script("order-7", ["reject"])
    with own.producer() as producer:
        producer.send_many([event(n) for n in range(900)])
        producer.send_many([event(f"x{n}", "never@shop.example") for n in range(20)])
        fill(own.client)
        assert own.status().totals["requests"] == 1
        with pytest.raises(RedisUnavailable, match=r"full \(maxmemory\), nothing was enqueued"):
            producer.send(event(9999))
    totals = own.until_at_rest()
    # The contact of twenty never comes, and one is refused.
    assert (totals["delivered"], totals["dead"]) == (900, 21)
    reasons = Counter(json.loads(body)["reason"] for body in own.client.hvals(own.keys.dead_body))
    assert reasons == {"contact_missing": 20, "rejected": 1}


def test_a_worker_outlives_a_full_broker_and_goes_on_when_there_is_room(own):
    worker = introduced(own)
    with own.producer() as producer:
        producer.send_many([event(n) for n in range(10)])
        fill(own.client)
        time.sleep(1)
        assert worker.is_running()
        own.client.config_set("maxmemory", 0)
        own.until_at_rest()
    assert len(applied(own, "event.add")) == 10


# Lost answers


def sha_of(client, script):
    """By this the proxy knows the script's calls."""
    return scripts.sha(script.source(client)).encode()


def test_a_batch_whose_settling_was_not_answered_counts_once_and_is_delivered_once(proxied, proxy):
    introduced(proxied)
    with proxied.producer() as producer:
        producer.send_many([event(n) for n in range(100)])
        proxy.lose_answers(3, sha_of(proxied.client, settle.SETTLE))
        until(lambda: proxy.lost == 3)
    proxied.until_at_rest()
    assert Counter(applied(proxied, "event.add")) == Counter(f"order-{n}" for n in range(100))
    totals = proxied.status().totals
    assert (totals["delivered"], totals["requests"]) == (101, 2)
    lines = [
        fields for _, fields in proxied.client.xrange(proxied.keys.journal) if b"first" in fields
    ]
    assert len(lines) == 2


def test_a_claim_or_renewal_that_was_not_answered_is_repeated_and_no_lease_waited_out(
    proxied, proxy
):
    proxied.configure(("lease = 8", "lease = 600"))
    introduced(proxied)
    with proxied.producer() as producer:
        for number, script in enumerate((lease.CLAIM, lease.RENEW)):
            proxy.lose_answers(2, sha_of(proxied.client, script))
            producer.send(event(number))
            proxied.until_at_rest()  # the lease is longer
    assert proxy.lost == 4
    assert applied(proxied, "event.add") == ["order-0", "order-1"]


# Connections that lead nowhere


def test_after_a_gap_without_any_packet_workers_go_on_and_producers_got_one_bounded_error(
    proxied, proxy
):
    proxied.configure(QUICK, SMALL)
    introduced(proxied)
    proxied.sandbox.control.fault("latency", {"path": "/api/contact/batch*"}, seconds=0.1)
    with proxied.producer() as producer:
        producer.send_many([event(n) for n in range(600)])
        proxied.until(lambda now: now.totals["delivered"] > 150)
        proxy.go_silent()
        started = time.monotonic()
        with pytest.raises(OutcomeUnknown, match="same idempotency_key is safe"):
            producer.send(event(600), idempotency_key="k")
        assert time.monotonic() - started < 20
        proxy.speak()
        producer.send(event(600), idempotency_key="k")
        proxied.until_at_rest()
    assert Counter(applied(proxied, "event.add")) == Counter(f"order-{n}" for n in range(601))


def test_a_producer_whose_idle_connection_leads_nowhere_gets_its_message_through(proxied, proxy):
    proxied.configure(QUICK)
    with proxied.producer() as producer:
        producer.send(contact("ann@shop.example"))
        proxy.go_silent()
        proxy.speak()
        producer.send(event(1))
    assert proxied.lane("event.add").backlog == 1


# A broker of its own


def test_lanes_handed_out_while_the_broker_is_away_are_delivered_as_soon_as_it_is_back(own, second):
    with_broker(own, second.url, QUICK)
    introduced(own)
    second.stop()
    with own.producer() as producer:
        producer.send_many([event(n) for n in range(100)])
    time.sleep(1)
    assert own.lane("event.add").backlog == 100
    second.start()
    own.until_at_rest(GRACE - 5)  # not only when they are handed out again
    assert len(applied(own, "event.add")) == 100


def test_after_a_gap_to_the_broker_alone_workers_go_on(own, second):
    with LossyProxy.before(second.url) as proxy:
        with_broker(own, proxy.url(second.url), QUICK)
        introduced(own)
        proxy.go_silent()
        with own.producer() as producer:
            producer.send_many([event(n) for n in range(100)])
        time.sleep(1.2)
        proxy.speak()
        own.until_at_rest()
    assert len(applied(own, "event.add")) == 100


# Replicas that must confirm


def coupon(number):
    return CouponRedemption(email="ann@shop.example", coupon=f"SB-{number}")


@pytest.fixture
def replicated(proxied, server, second):
    """A producer's settings that ask for a replica, and a server that has one."""
    asking = "wait_replicas = 1\nwait_timeout = 0.3\nenqueue_timeout = 2"
    proxied.configure(("enqueue_timeout = 60", asking))
    replicate(second, server)
    yield proxied
    os.kill(second.pid, signal.SIGCONT)


def test_with_wait_replicas_a_message_is_on_the_replica_when_the_call_returns(replicated, second):
    with replicated.producer() as producer, connect(second.url, 10) as replica:
        for number in range(20):
            producer.send(coupon(number))
            assert (
                replica.xlen(replicated.keys.stream(Lane("default", "coupon.redeem"))) == number + 1
            )
        assert len(producer.send_many([coupon(n) for n in range(2500)])) == 2500
        replicated.client.script_flush()
        producer.send(coupon(2))


def test_too_few_replicas_is_an_error_that_says_what_is_enqueued_all_the_same(replicated, second):
    with replicated.producer() as producer:
        known = producer.send(coupon(0))
        os.kill(second.pid, signal.SIGSTOP)
        with pytest.raises(NotReplicated, match="enqueued on the master, and 0 of 1") as told:
            producer.send(coupon(1), idempotency_key="k")
        (message_id,) = told.value.ids
        assert told.value.accepted == [message_id] != [known]
        assert replicated.lane("coupon.redeem").backlog == 2
        with pytest.raises(NotReplicated) as many:
            producer.send_many([coupon(n) for n in range(1500)])
        assert sum(one is not None for one in many.value.accepted) == len(many.value.ids) == 1000
        os.kill(second.pid, signal.SIGCONT)
        assert producer.send(coupon(1), idempotency_key="k") == message_id


def test_a_repeated_call_does_not_take_another_connections_replicas_for_its_own(
    replicated, second, proxy
):
    with replicated.producer() as producer:
        producer.send(coupon(0))
        os.kill(second.pid, signal.SIGSTOP)
        proxy.lose_answers(1)
        with pytest.raises(NotReplicated):
            producer.send(coupon(1))
    assert proxy.lost == 1
    assert replicated.lane("coupon.redeem").backlog == 2


def test_the_async_producer_waits_for_replicas_too(replicated, second):
    async def send():
        async with AsyncProducer(replicated.settings) as producer:
            await producer.send(coupon(0))
            os.kill(second.pid, signal.SIGSTOP)
            with pytest.raises(NotReplicated) as told:
                await producer.send(coupon(1), idempotency_key="k")
            os.kill(second.pid, signal.SIGCONT)
            assert [await producer.send(coupon(1), idempotency_key="k")] == told.value.ids

    asyncio.run(send())
