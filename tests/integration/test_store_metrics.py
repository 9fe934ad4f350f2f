"""What the exporter shows of what stands in Redis."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from batchline.producers.lanes import Lane
from batchline.producers.redis_client import connect
from batchline.producers.settings import Settings
from batchline.worker.devstack.redis_server import EmbeddedRedis
from batchline.worker.metrics import exporter, reading, samples, table
from batchline.worker.metrics.source import Source
from batchline.worker.store import lane_states, pause, redis_clock
from tests import builders, monitoring
from tests.flower import running_flower
from tests.ports import free_port
from tests.stack import CONFIG
from tests.waiting import PATIENCE, until

UPSERTS = ("default", "contact.upsert")


def read(stack, by_partition=False):
    """The samples now."""
    with connect(stack.settings.celery_url(), 5) as broker:
        found = reading.read(stack.store, broker, {"default": 3600.0})
    return samples.of(found, by_partition)


def of(found, metric, *labels):
    return found.get(metric.name, {}).get(labels or UPSERTS)


def test_a_message_is_accepted_waits_and_is_delivered(stack):
    with stack.producer() as producer:
        producer.send_many([builders.contact(f"a{n}@shop.example") for n in range(3)])
    found = read(stack)
    assert of(found, table.ACCEPTED) == of(found, table.BACKLOG) == 3
    assert of(found, table.OLDEST_AGE) >= 0
    assert of(found, table.DELIVERED) == 0
    assert found[table.WORKERS.name] == {(): 0}
    stack.worker("first")
    stack.until_at_rest()
    found = read(stack)
    assert (of(found, table.ACCEPTED), of(found, table.DELIVERED)) == (3, 3)
    assert of(found, table.BACKLOG) == of(found, table.IN_FLIGHT) == 0
    assert of(found, table.OLDEST_AGE) is None
    assert of(found, table.BOOKS, "default") == 0
    assert found[table.WORKERS.name] == {(): 1}
    assert of(found, table.LANE_REQUESTS) >= 1
    assert of(found, table.LANE_FAILED) == of(found, table.LATE) == 0


def test_dead_letters_count_by_reason_until_they_are_replayed_or_purged(stack):
    stack.sandbox.control.fault("reject", times=2)
    stack.worker("first")
    with stack.producer() as producer:
        for name in ("ann", "bob"):
            producer.send(builders.contact(f"{name}@shop.example"))
            stack.until(lambda now: now.totals["backlog"] == 0)
    found = read(stack)
    assert of(found, table.DEAD, *UPSERTS, "rejected") == 2
    assert of(found, table.DIED, *UPSERTS, "rejected") == 2
    assert of(found, table.DIED, *UPSERTS, "poison") == 0
    assert of(found, table.DEAD, *UPSERTS, "poison") is None
    first, second = (
        line["id"]
        for line in map(json.loads, stack.run("dead", "list", "--json").stdout.splitlines())
    )
    stack.run("dead", "purge", first, "--yes")
    stack.run("dead", "replay", second)
    stack.until_at_rest()
    found = read(stack)
    assert of(found, table.DEAD, *UPSERTS, "rejected") == 0
    assert of(found, table.DIED, *UPSERTS, "rejected") == 2
    assert of(found, table.PURGED) == 1


def test_counters_never_go_back_when_a_job_calls_contacts_invalid_or_a_person_acts(stack):
    stack.worker("first")
    with stack.producer() as producer:
        before = None
        producer.send_many(
            [builders.contact(e) for e in ("ann@shop.example", "bob@invalid.example")]
        )

        def dead(now):
            nonlocal before
            found = read(stack)
            counters = {
                (one.name, labels): value
                for one in table.METRICS
                if one.kind == "counter" and one.source == "store"
                for labels, value in found.get(one.name, {}).items()
            }
            for key, value in (before or {}).items():
                assert counters.get(key, 0) >= value, key
            before = counters
            return now.totals["dead"] == 1 and now.totals["backlog"] == 0

        stack.until(dead)
        stack.run("dead", "export", "letters.jsonl")
        stack.run("dead", "purge", "--all", "--yes")
        stack.until(lambda now: dead(now) or now.totals["purged"] == 1)
        assert stack.run("dead", "import", "letters.jsonl").returncode == 0
        stack.until(dead)
    assert of(read(stack), table.BOOKS, "default") == 0


def test_parked_messages_count_by_why_and_the_oldest_has_an_age(stack):
    with stack.producer() as producer:
        producer.send(builders.contact(builders.ANN), delay=60)
    found = read(stack)
    assert of(found, table.PARKED, *UPSERTS, "delayed") == 1
    assert of(found, table.PARKED, *UPSERTS, "contact") == 0
    assert of(found, table.PARKED_AGE, *UPSERTS, "delayed") >= 0
    assert of(found, table.BACKLOG) == 0
    stack.worker("first")
    with stack.producer() as producer:
        producer.send(builders.event(1, "nobody@shop.example"))
    events = ("default", "event.add", "contact")
    until(lambda: of(read(stack), table.PARKED, *events) == 1, "the event is parked")
    assert of(read(stack), table.PARKED_AGE, *events) >= 0


def test_partitions_are_one_unless_they_are_asked_for(stack):
    stack.configure(("linger = 0.1\n[acc", "linger = 0.1\npartitions = 4\n[acc"))
    with stack.producer() as producer:
        producer.send_many([builders.contact(f"a{n}@shop.example") for n in range(40)])
    assert of(read(stack), table.BACKLOG) == 40
    apart = read(stack, by_partition=True)[table.BACKLOG.name]
    assert {labels[:2] for labels in apart} == {UPSERTS}
    assert (len(apart), sum(apart.values())) == (4, 40)


@pytest.mark.parametrize(
    ("reason", "why"),
    [
        ("stocktaking", "command"),
        ("credentials refused: HTTP 401", "credentials"),
        ("flood guard: 90 of the last 100 messages were rejected", "flood"),
    ],
)
def test_a_pause_shows_by_whom_it_is(stack, reason, why):
    with stack.producer() as producer:
        producer.send(builders.contact(builders.ANN))
    pause.pause(stack.store, "default", reason)
    shown = {
        one: value
        for one in ("command", "credentials", "flood")
        if (value := of(read(stack), table.PAUSED, *UPSERTS, one))
    }
    assert shown == {why: 1}


def test_a_lane_that_nobody_serves_stands_still_and_one_that_waits_for_a_reason_does_not(stack):
    stack.configure(("linger = 0.1\n[acc", "linger = 600\n[acc"))
    with stack.producer() as producer:
        producer.send(builders.contact(builders.ANN))  # it lingers
        producer.send(builders.event(1))
        producer.send(builders.event(2))
    stack.client.hincrby(stack.keys.clock, "shift", 400_000)
    stack.store.reading = None
    found = read(stack)
    assert of(found, table.STANDSTILL, "default", "event.add") > 300
    assert of(found, table.DUE_LAG, "default", "event.add") > 300
    assert of(found, table.STANDSTILL) is None
    pause.pause(stack.store, "default:event.add", "stocktaking")
    assert of(read(stack), table.STANDSTILL, "default", "event.add") is None


def test_a_worker_that_was_killed_has_nothing_in_flight_once_its_lease_is_over(stack):
    with stack.producer() as producer:
        producer.send(builders.contact(builders.ANN))
    state, now = stack.keys.state(Lane(*UPSERTS)), redis_clock.now(stack.store)
    stack.client.hset(state, mapping={"in_flight": 1, "until": now + 10_000})
    assert of(read(stack), table.IN_FLIGHT) == 1
    stack.client.hset(state, "until", now - 1)
    assert of(read(stack), table.IN_FLIGHT) == 0


def test_a_redis_that_is_away_is_shown_as_down_and_the_scrape_ends(tmp_path, monkeypatch):
    with EmbeddedRedis(tmp_path) as server:
        text = CONFIG.format(
            redis_url=server.url,
            sandbox_url="http://127.0.0.1:9",
            client_id="c",
            api_secret="s",
            owner="o@vendor.example",
        )
        (tmp_path / "batchline.toml").write_text(text)
        monkeypatch.setenv("BATCHLINE_CONFIG", str(tmp_path / "batchline.toml"))
        source = Source.open(Settings.load())
        assert source.samples()[table.REDIS_UP.name] == {("lanes",): 1, ("broker",): 1}
        server.kill()
        source._read_at = float("-inf")
        found = source.samples()
        source.close()
    assert found[table.REDIS_UP.name] == {("lanes",): 0, ("broker",): 0}
    assert set(found) == {table.REDIS_UP.name, table.BUILD_INFO.name}


def test_flowers_registry_shows_the_store_and_never_waits_for_it(stack):
    """As the dashboard does it: `exporter.register(Settings.load())`."""
    registry = CollectorRegistry()
    with stack.producer() as producer:
        producer.send(builders.contact(builders.ANN))
    background = exporter.register(stack.settings, registry, every=0.05)
    try:
        shown = until(
            lambda: registry.get_sample_value(
                table.BACKLOG.name, {"account": "default", "operation": "contact.upsert"}
            ),
            "the background has read the store",
        )
        assert shown == 1
    finally:
        background.stop()


def test_a_real_flower_shows_them_beside_its_own(stack):
    environment = {"BATCHLINE_CONFIG": str(stack.config)}
    with stack.producer() as producer:
        producer.send(builders.contact(builders.ANN))
    line = 'batchline_lane_backlog_messages{account="default",operation="contact.upsert"} 1.0'
    with running_flower(environment, stack.folder / "flower.log") as url:
        text = until(lambda: line in (found := monitoring.get(f"{url}/metrics")) and found, line)
    assert "flower_" in text


def test_the_command_prints_each_metric_once_with_its_type_and_no_personal_data(stack):
    with stack.producer() as producer:
        producer.send(builders.contact(builders.ANN))
    done = stack.run("metrics", "--once")
    assert done.returncode == 0, done.stderr
    text = done.stdout.decode()
    families = {one.name: one.type for one in text_string_to_metric_families(text)}
    for name, kind in families.items():
        known = table.BY_NAME.get(name) or table.BY_NAME[f"{name}_total"]
        assert (known.kind, known.source) in {(kind, "store"), (kind, "both")}
    assert "ann" not in text
    assert stack.sandbox.url not in text
    assert stack.run("metrics").returncode == 2


def test_the_command_serves_them(stack):
    port = free_port()
    with monitoring.exporter(stack.folder, stack.config, port) as child:
        assert "batchline_redis_up" in monitoring.get(f"http://127.0.0.1:{port}/metrics")
        child.send_signal(15)
        assert child.wait(PATIENCE) == 0


def test_applications_and_workers_without_metrics_load_no_prometheus(tmp_path):
    code = "import sys, batchline, batchline.producers, batchline.worker.runtime.process;" + (
        "assert not [m for m in sys.modules if m.startswith('prometheus')]"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=Path(tmp_path), capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


def test_thousands_of_lanes_are_read_by_the_page(store):
    names = [f"a{n % 10}:event.add:{n // 10}" for n in range(2560)]
    store.client.sadd(store.keys.lanes, *names)
    pipeline = store.client.pipeline(transaction=False)
    for name in names:
        pipeline.hset(store.keys.state(name), mapping={"accepted": 1})
        pipeline.xadd(store.keys.stream(name), {"1": "{}"})
    pipeline.execute()
    store.client.config_resetstat()
    found = samples.of(reading.read(store, store.client, {}))
    calls = {name: row["calls"] for name, row in store.client.info("commandstats").items()}
    assert sum(found[table.BACKLOG.name].values()) == 2560
    assert len(found[table.BACKLOG.name]) == 10
    assert calls["cmdstat_eval"] <= 2560 / lane_states.PAGE + 2
    assert calls["cmdstat_hget"] <= 40  # one for each breaker
