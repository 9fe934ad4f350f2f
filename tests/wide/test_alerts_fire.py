"""Alerts that fire for real: worker, API, exporter, Prometheus, Alertmanager, webhook."""

from __future__ import annotations

import time

import pytest

from batchline.producers.lanes import Lane
from batchline.producers.letter_body import letter_body
from batchline.worker.alerts import rules
from batchline.worker.alerts.table import BY_NAME
from batchline.worker.store import pause
from batchline.worker.store.message_ids import parked_member
from tests import builders, grafana, monitoring
from tests.ports import free_port
from tests.waiting import until

pytestmark = pytest.mark.skipif(
    not monitoring.are_installed(), reason="make test-wide installs prometheus"
)
HOUR = 3600
UPSERTS, EVENTS = Lane("default", "contact.upsert"), Lane("default", "event.add")


@pytest.fixture
def webhook():
    webhook = monitoring.Webhook()
    yield webhook
    webhook.close()


class Dashboard:
    """Which queries of the dashboard have shown data by now."""

    def __init__(self, prometheus):
        self._prometheus = prometheus
        self.silent = set(grafana.queries())

    def look(self):
        """Ask what has been silent; whether nothing is."""
        answered = {one for one in self.silent if self._prometheus.query(one[1])}
        self.silent -= answered
        return not self.silent


def test_an_api_that_fails_is_told_to_the_webhook_and_so_is_its_recovery(stack, webhook):
    store, worker = free_port(), free_port()
    stack.config.write_text(f"metrics = {{port = {worker}}}\n{stack.config.read_text()}")
    short = monitoring.impatient(rules.text())
    with (
        monitoring.exporter(stack.folder, stack.config, store),
        monitoring.prometheus(stack.folder, short, webhook.url, store, (worker,)) as prometheus,
    ):
        dashboard = Dashboard(prometheus)
        stack.worker("first")
        with stack.producer() as producer:
            producer.send(builders.contact(builders.ANN))
            stack.until_at_rest()
            until(
                lambda: prometheus.query("batchline_delivered_messages_total == 1"),
                "the delivery is seen",
            )
            stack.sandbox.control.fault("status", status=500)
            producer.send_many([builders.contact(f"a{n}@shop.example") for n in range(20)])
        fired = webhook.wait_for("firing", "BatchlineBreakerOpen")
        assert fired["labels"]["account"] == "default"
        assert fired["labels"]["operation"] == "contact.upsert"
        assert fired["labels"]["severity"] == "ticket"
        assert "the API has failed so often" in fired["annotations"]["summary"]
        assert fired["annotations"]["runbook_url"].endswith("docs/alerts.md#batchlinebreakeropen")
        webhook.wait_for("firing", "BatchlineDestinationFailing")
        dashboard.look()
        stack.sandbox.control.clear_faults()
        stack.until_at_rest()
        webhook.wait_for("resolved", "BatchlineBreakerOpen")
        until(dashboard.look, f"every query shows data: {dashboard.silent}")


def test_every_alert_fires_when_what_it_is_about_stands_in_redis(stack, webhook):
    port, client, keys = free_port(), stack.client, stack.keys
    short = monitoring.impatient(rules.text())
    with monitoring.prometheus(stack.folder, short, webhook.url, port) as prometheus:
        with monitoring.exporter(stack.folder, stack.config, port):
            put(stack, UPSERTS, 40 * HOUR)  # more than half of max_age
            put(stack, EVENTS, 700)
            seen = 'batchline_lane_backlog_messages{operation="event.add"} > 0'
            until(lambda: prometheus.query(seen), "the lanes are seen")
            webhook.wait_for("firing", "BatchlineNoWorker")
            webhook.wait_for("firing", "BatchlineExpiryNear")
            client.zadd(keys.workers, {"somebody": (time.time() + HOUR) * 1000})
            for name, counts in COUNTS.items():
                for counter, by in counts.items():
                    client.hincrby(keys.state(UPSERTS), counter, by)
                webhook.wait_for("firing", name)
            client.hset(keys.breaker("default", "contact.upsert"), "state", "open")
            put(stack, EVENTS, 0)  # one more than before
            put(stack, Lane("es", "order.upsert"), 400, due=350)
            put(stack, Lane("es", "event.add"), 0)
            put(stack, Lane("sender", "event.fire"), 0)
            pause.pause(stack.store, "es:event.add", "stocktaking")
            pause.pause(stack.store, "sender", "credentials refused: HTTP 401")
            park(stack, 3 * HOUR)
            for name in STANDING:
                webhook.wait_for("firing", name)
            fill(client)
            for name in ("BatchlineRedisMemory", "BatchlineRedisEvicts"):
                webhook.wait_for("firing", name)
        webhook.wait_for("firing", "BatchlineStoreDown")
    assert webhook.names("firing") == set(BY_NAME)


#: Alert -> by how much counters of a lane grow for it.
COUNTS = {
    "BatchlineDeadLetters": {"accepted": 20, "dead": 20, "dead_rejected": 20, "died_rejected": 20},
    "BatchlineDeadLetterShare": {},
    "BatchlineJobsUnconfirmed": {"unconfirmed": 3},
    "BatchlineSlow": {"accepted": 10, "delivered": 10, "late": 10},
    "BatchlineDestinationFailing": {"requests": 10, "failed_requests": 10},
    "BatchlineBooksOpen": {"accepted": 1},
}
STANDING = (
    *("BatchlineBreakerOpen", "BatchlineFallingBehind", "BatchlineNotServed", "BatchlinePaused"),
    *("BatchlineSaturated", "BatchlineCredentialsRefused", "BatchlineParkedStuck"),
)


def put(stack, lane, age, due=None):
    """A message in the lane, `age` seconds old; due since `due` seconds, or never."""
    now, client, keys = time.time(), stack.client, stack.keys
    client.sadd(keys.lanes, str(lane))
    client.hincrby(keys.state(lane), "accepted", 1)
    client.xadd(keys.stream(lane), {"1": "{}"}, id=f"{round((now - age) * 1000)}-*")
    if due is not None:
        client.zadd(keys.due, {str(lane): round((now - due) * 1000)})


def park(stack, age):
    """A message that waits for its contact."""
    message = f"{EVENTS}@{round((time.time() - age) * 1000)}-0"
    body = letter_body(str(EVENTS), "ann@shop.example", "", "{}", "", "contact_missing", "none yet")
    stack.client.zadd(stack.keys.parked, {parked_member(message): (time.time() + HOUR) * 1000})
    stack.client.hset(stack.keys.parked_body, message, body)


@pytest.fixture(autouse=True)
def with_room(client):
    """What `fill` does to the server is over after the test."""
    yield
    client.config_set("maxmemory", 0)
    client.config_set("maxmemory-policy", "noeviction")


def fill(client):
    """A server that is nearly full, and throws away what has an expiry to make room."""
    for number in range(40):
        client.set(f"junk:{number}", b"x" * 100_000, ex=HOUR)
    client.config_set("maxmemory-policy", "volatile-ttl")
    evicted = client.info("stats")["evicted_keys"]

    def throws_away():
        # The memory in use counts what is not on the disk yet, and what is thrown away for does
        # not: on a slow disk a limit that looks low is met once the disk has followed.
        client.config_set("maxmemory", client.info("memory")["used_memory"] - 1_000_000)
        client.set("junk:last", b"x", ex=HOUR)
        return client.info("stats")["evicted_keys"] > evicted

    until(throws_away, "a key is thrown away")
