"""What a worker shows of itself at its own port, where that is set."""

from __future__ import annotations

import re
import subprocess
import sys

from batchline.worker.metrics import table
from tests import builders, monitoring
from tests.ports import free_port
from tests.waiting import until


def value(text: str, name: str, **labels: str) -> float | None:
    """The sum of a metric's samples with these labels; None: there is none."""
    found = []
    for line in text.splitlines():
        match = re.fullmatch(rf"{name}(?:{{(.*)}})? (\S+)", line)
        if match and all(f'{key}="{one}"' in (match[1] or "") for key, one in labels.items()):
            found.append(float(match[2]))
    return sum(found) if found else None


def shown(url: str, name: str, wanted: float, **labels: str) -> str:
    """What a worker shows, once this metric has that value: it counts when it has settled."""

    def found() -> str:
        text = monitoring.get(url)
        return text if value(text, name, **labels) == wanted else ""

    return str(until(found, f"{name} is {wanted}: {monitoring.get(url)}"))


def with_port(stack) -> str:
    port = free_port()
    text = stack.config.read_text()
    stack.config.write_text(f"metrics = {{port = {port}}}\n{text}")
    return f"http://127.0.0.1:{port}/metrics"


def test_a_worker_with_a_port_shows_what_it_did(stack):
    url = with_port(stack)
    stack.worker("measured")
    with stack.producer() as producer:
        producer.send_many([builders.contact(f"a{n}@shop.example") for n in range(30)])
        stack.until_at_rest()
    text = shown(url, "batchline_batch_messages_sum", 30)
    lane = {"account": "default", "operation": "contact.upsert"}
    assert value(text, "batchline_batches_total", **lane, outcome="done") >= 1
    assert value(text, "batchline_batch_messages_sum", **lane) == 30
    assert value(text, "batchline_delivery_latency_seconds_count", **lane) == 30
    assert value(text, "batchline_requests_total", **lane, status="200", verdict="taken") >= 1
    assert value(text, "batchline_claims_total", result="claimed") >= 1
    assert value(text, "batchline_worker_threads", account="default") == 4
    assert value(text, "batchline_worker_threads_busy", account="default") == 0
    assert value(text, "batchline_dispatch_last_success_timestamp_seconds") > 1.7e9


def test_a_worker_counts_failures_by_status_and_tries_again(stack):
    url = with_port(stack)
    stack.sandbox.control.fault("status", status=503, times=2)
    stack.worker("measured")
    with stack.producer() as producer:
        producer.send(builders.contact(builders.ANN))
        stack.until_at_rest()
    text = shown(url, "batchline_batches_total", 1, outcome="done")
    assert value(text, "batchline_requests_total", status="5xx", verdict="failed") == 2
    assert value(text, "batchline_retries_total", cause="operation") == 2
    assert value(text, "batchline_batches_total", outcome="failed") == 2


def test_a_worker_shows_its_own_metrics_alone(stack):
    url = with_port(stack)
    stack.worker("measured")
    with stack.producer() as producer:
        producer.send(builders.contact(builders.ANN))
        stack.until_at_rest()
    text = shown(url, "batchline_batches_total", 1, outcome="done")
    names = set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))
    assert names == {one.name for one in table.METRICS if one.source != "store"}


def test_a_worker_whose_port_is_taken_tells_it_and_delivers(stack):
    url = with_port(stack)
    stack.worker("first")
    until(lambda: monitoring.get(url), "the first worker shows its metrics")
    second = stack.worker("second")
    until(
        lambda: "BATCHLINE_METRICS__PORT" in second.log.read_text(), "the second tells of the port"
    )
    assert second.is_running()
    with stack.producer() as producer:
        producer.send(builders.contact(builders.ANN))
    stack.until_at_rest()


def test_a_worker_without_a_port_loads_nothing_to_measure_with(stack):
    code = "import sys; from batchline.worker.runtime.process import this_process as p; " + (
        "assert p().meter is None; assert 'prometheus_client' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
