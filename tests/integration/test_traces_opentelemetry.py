"""The same three spans for OpenTelemetry's SDK, where a process has set one up."""

from __future__ import annotations

import subprocess
import sys

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from batchline.producers import Producer
from batchline.producers.lanes import Lane
from batchline.worker.delivery.lane import deliver
from batchline.worker.delivery.tracing import Tracer
from batchline.worker.runtime.spans import ToOpenTelemetry
from tests.builders import contact
from tests.fake_api import ACCOUNT, FakeApi, configure, context_of

LANE = Lane("default", "contact.upsert")
LINGER = '\n[accounts.default.operations."contact.upsert"]\nlinger = 0\n'


@pytest.fixture(scope="module")
def exporter():
    """An exporter in memory: a process has one provider for good."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return exporter


class Taking(FakeApi):
    """Takes every upsert."""

    def work(self, url, body):
        return {"success": True, "message": [], "requestId": 1}


@pytest.fixture
def context(tmp_path, monkeypatch, store, redis_url, exporter):
    exporter.clear()
    text = f'redis_url = "{redis_url}"\n{ACCOUNT}{LINGER}'
    settings = configure(tmp_path, monkeypatch, text)
    return context_of(store, settings, Taking())


def traced(context, rate=0.0):
    object.__setattr__(context, "tracer", Tracer((ToOpenTelemetry(rate),), rate))
    return context


def by_kind(exporter):
    return {span.kind.name: span for span in exporter.get_finished_spans()}


def test_publish_process_and_http_call_are_of_one_trace(context, exporter):
    with Producer() as producer, trace.get_tracer("shop").start_as_current_span("request"):
        producer.send_many([contact("ann@shop.example"), contact("ben@shop.example")])
    deliver(LANE, traced(context))
    spans = by_kind(exporter)
    publish, process, http = (spans[kind] for kind in ("PRODUCER", "CONSUMER", "CLIENT"))
    assert len({one.context.trace_id for one in spans.values()}) == 1
    assert process.parent.span_id == publish.context.span_id
    assert [link.context.span_id for link in process.links] == [publish.context.span_id]
    assert http.parent.span_id == process.context.span_id
    assert publish.name == "publish default:contact.upsert"
    assert process.attributes["messaging.batch.message_count"] == 2
    assert http.attributes["http.response.status_code"] == 200


def test_a_batch_is_linked_with_every_traced_message_that_it_holds(context, exporter):
    with Producer() as producer:
        for name in ("ann", "ben"):
            with trace.get_tracer("shop").start_as_current_span("request"):
                producer.send(contact(f"{name}@shop.example"))
    deliver(LANE, traced(context))
    process = by_kind(exporter)["CONSUMER"]
    published = [one for one in exporter.get_finished_spans() if one.kind.name == "PRODUCER"]
    linked = [link.context.trace_id for link in process.links]
    assert linked == [one.context.trace_id for one in published]
    assert len(set(linked)) == 2
    assert process.context.trace_id == linked[0]


def test_a_failure_is_the_status_of_its_spans_without_any_text(context, exporter):
    with Producer() as producer, trace.get_tracer("shop").start_as_current_span("request"):
        producer.send(contact("ann@shop.example"))
    context.http.plan = ["lost before"]
    deliver(LANE, traced(context))
    spans = by_kind(exporter)
    assert {spans[kind].status.status_code.name for kind in ("CONSUMER", "CLIENT")} == {"ERROR"}
    assert spans["CLIENT"].attributes["error.type"] == "timeout"
    assert [one.events for one in spans.values() if one.events] == []


def test_outside_a_trace_nothing_is_told(context, exporter):
    with Producer() as producer:
        producer.send(contact("ann@shop.example"))
    deliver(LANE, traced(context))
    assert exporter.get_finished_spans() == ()


def test_a_batch_begins_a_trace_where_the_setting_says_so(context, exporter):
    with Producer() as producer:
        producer.send(contact("ann@shop.example"))
    deliver(LANE, traced(context, rate=1.0))
    assert by_kind(exporter)["CONSUMER"].parent is None


def test_without_the_package_there_is_no_span_and_no_error():
    code = (
        "import sys\n"
        "sys.modules['opentelemetry'] = None\n"
        "import batchline.app\n"
        "from batchline.producers import otel_spans\n"
        "print(otel_spans.is_traced(), otel_spans.begin('CLIENT', 'a', {}, None))"
    )
    environment = {"BATCHLINE_REDIS_URL": "redis://127.0.0.1:9/0", "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path), **environment},
    )
    assert done.stdout == "False None\n"
