"""A trace goes on from an application's request to the HTTP call; of others there is nothing."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import urllib.request
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest
import sentry_sdk
from sentry_sdk.transport import Transport

from batchline.producers.lanes import Lane
from batchline.producers.traceparent import TraceParent
from batchline.worker.store.parking import DELAYED
from tests.builders import contact, event
from tests.envelopes import receiving
from tests.monitoring import free_port
from tests.stack import PATIENCE

#: An application: it traces a share of its requests, and sends contacts in one of them.
APPLICATION = """
import sys
import sentry_sdk
from batchline.producers import Producer
from batchline.systems.salesmanago.messages import ContactUpsert

dsn, lifecycle, rate, emails = sys.argv[1:5]
sentry_sdk.init(dsn, traces_sample_rate=float(rate), trace_lifecycle=lifecycle)
messages = [ContactUpsert.model_validate({"contact": {"email": one}}) for one in emails.split(",")]
if lifecycle == "stream":
    request = sentry_sdk.traces.start_span(name="checkout")
else:
    request = sentry_sdk.start_transaction(name="checkout")
with request, Producer() as producer:
    producer.send_many(messages)
    print(request.trace_id)
sentry_sdk.flush()
"""
EMAILS = ["ann@shop.example", "ben@shop.example"]
LANE = Lane("default", "contact.upsert")


@pytest.fixture
def envelopes():
    with receiving() as received:
        yield received


@pytest.fixture
def traced(stack, envelopes):
    """The stack, whose workers report to the receiver too."""
    text = stack.config.read_text()
    stack.config.write_text(f'sentry_dsn = "{envelopes.dsn}"\nsentry_monitor = ""\n{text}')
    return stack


def request(envelopes, rate, lifecycle="stream", emails=EMAILS):
    """A request of an application of its own; its trace."""
    arguments = [envelopes.dsn, lifecycle, str(rate), ",".join(emails)]
    done = subprocess.run(
        [sys.executable, "-c", APPLICATION, *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def spans(envelopes):
    """Every span that has arrived, with its attributes as plain values."""
    found = []
    for one in envelopes.of_type("span"):
        for span in one["items"]:
            values = {name: each["value"] for name, each in span["attributes"].items()}
            found.append({**span, "attributes": values, "op": values.get("sentry.op")})
    for one in envelopes.of_type("transaction"):
        found += [{**span, "attributes": span["data"]} for span in one["spans"]]
    return found


def ops(envelopes):
    return {span["op"] for span in spans(envelopes)}


@pytest.mark.parametrize("lifecycle", ["stream", "static"])
def test_publish_process_and_http_call_are_of_one_trace(traced, envelopes, lifecycle):
    trace_id = request(envelopes, 1.0, lifecycle)
    traced.worker()
    wanted = {"queue.publish", "queue.process", "http.client"}
    envelopes.until(lambda: ops(envelopes) >= wanted)
    by_op = {span["op"]: span for span in spans(envelopes)}
    publish, process, http = (by_op[op] for op in ("queue.publish", "queue.process", "http.client"))
    assert {publish["trace_id"], process["trace_id"], http["trace_id"]} == {trace_id}
    assert process["parent_span_id"] == publish["span_id"]
    assert http["parent_span_id"] == process["span_id"]
    for span in (publish, process):
        assert span["attributes"]["messaging.destination.name"] == "default:contact.upsert"
        assert span["attributes"]["messaging.batch.message_count"] == 2
    attributes = process["attributes"]
    assert 0 <= attributes["messaging.message.receive.latency"] < PATIENCE * 1000
    assert attributes["messaging.message.retry.count"] == 0
    assert attributes["batchline.trace_ids"] == [trace_id]
    assert process["status"] == "ok"
    assert http["attributes"]["http.response.status_code"] == 200
    assert http["attributes"]["server.address"] == "127.0.0.1"


def test_what_a_traced_message_holds_is_sent_with_no_span(traced, envelopes):
    request(envelopes, 1.0)
    traced.worker()
    envelopes.until(lambda: "http.client" in ops(envelopes))
    ours = ("queue.process", "http.client")
    sent = json.dumps([span for span in spans(envelopes) if span["op"] in ours])
    secrets = [traced.sandbox.client.api_secret, "shop.example", "command_args"]
    assert [one for one in secrets if one in sent] == []
    origins = {span["attributes"].get("sentry.origin") for span in spans(envelopes)}
    assert not [one for one in origins if one and one.startswith("auto.queue.celery")]


class Nowhere(Transport):
    """Sends nothing."""

    def capture_envelope(self, envelope):
        pass


@contextmanager
def application(rate):
    """A request of an application in this process, traced or not by the rate."""
    client = sentry_sdk.Client(
        dsn="http://key@127.0.0.1:9/7",
        transport=Nowhere,
        traces_sample_rate=rate,
        trace_lifecycle="stream",
        default_integrations=False,
    )
    scopes = sentry_sdk.scope
    with (
        scopes.use_isolation_scope(sentry_sdk.Scope()),
        scopes.use_scope(sentry_sdk.Scope(client=client)),
        sentry_sdk.traces.start_span(name="request", parent_span=None) as span,
    ):
        yield span
    client.close()


def stored(stack, lane=LANE):
    """The entries of a lane as Redis holds them: each a list of fields and values."""
    return [fields for _, fields in stack.client.xrange(stack.keys.stream(lane))]


def commands(stack, act):
    """How often each command of Redis was called by that."""
    stack.client.config_resetstat()
    act()
    calls = stack.client.info("commandstats")
    return {name: one["calls"] for name, one in calls.items() if name != "cmdstat_config|resetstat"}


def test_a_message_of_no_sampled_trace_is_stored_by_the_same_commands_and_bytes(stack):
    with stack.producer() as producer:
        producer.send(contact("first@shop.example"))  # the script is loaded
        plain = commands(stack, lambda: producer.send(contact("a@shop.example")))
        with application(0.0):
            unsampled = commands(stack, lambda: producer.send(contact("b@shop.example")))
        with application(1.0):
            sampled = commands(stack, lambda: producer.send(contact("c@shop.example")))
    assert unsampled == plain != sampled
    _, first, second, third = stored(stack)
    assert (len(first), len(second), len(third)) == (1, 1, 2)
    assert first == {b"1a@shop.example": b'{"contact":{"email":"a@shop.example"}}'}
    assert second == {b"1b@shop.example": b'{"contact":{"email":"b@shop.example"}}'}


def test_older_workers_can_read_what_a_traced_message_carries(stack):
    """They refuse a field that they do not know: so the trace is a line of the history."""
    many = [contact(f"a{n}@shop.example") for n in range(300)]
    with stack.producer() as producer, application(1.0) as request:
        ids = producer.send_many(many)
    metas = [json.loads(fields[b"meta"]) for fields in stored(stack)]
    assert [meta["id"] for meta in metas] == ids
    assert all(meta.keys() == {"id", "history"} for meta in metas)
    ((at, line),) = metas[0]["history"]
    assert ids[0] == f"{LANE}@{at}-0"
    assert TraceParent.parse(line).trace_id == request.trace_id
    assert all(entry.is_new for entry in stack.entries(LANE))


def test_a_message_without_a_sampled_trace_makes_no_span_in_a_worker(traced, envelopes):
    request(envelopes, 0.0)
    worker = traced.worker("worker", "--loglevel", "info")
    traced.until(lambda now: now.totals["delivered"] == 2)
    traced.until_at_rest()
    worker.stop()
    assert spans(envelopes) == []
    assert '"trace"' not in worker.log.read_text()


def test_a_batch_begins_a_trace_of_its_own_where_the_setting_says_so(traced, envelopes):
    traced.config.write_text(f"traces_sample_rate = 1.0\n{traced.config.read_text()}")
    with traced.producer() as producer:
        producer.send(contact("ann@shop.example"))
    traced.worker()
    envelopes.until(lambda: ops(envelopes) >= {"queue.process", "http.client"})
    by_op = {span["op"]: span for span in spans(envelopes)}
    assert by_op["http.client"]["trace_id"] == by_op["queue.process"]["trace_id"]
    assert "parent_span_id" not in by_op["queue.process"]


def test_the_trace_stays_with_a_message_that_is_delayed_and_parked_and_dies(traced, envelopes):
    lane = Lane("default", "event.add")
    with traced.producer() as producer, application(1.0) as request_:
        producer.send(event(1, email="nobody@shop.example"), delay=0.2)
    traced.worker()
    traced.until(lambda now: now.totals["dead"] == 1)
    processed = lambda: [  # noqa: E731
        span for span in spans(envelopes) if span["op"] == "queue.process"
    ]
    envelopes.until(lambda: len(processed()) >= 3)
    assert {span["trace_id"] for span in processed()} == {request_.trace_id}
    (body,) = traced.client.hvals(traced.keys.dead_body)
    history = json.loads(json.loads(body)["meta"])["history"]
    assert TraceParent.parse(history[0][1]).trace_id == request_.trace_id
    assert history[1][1] == DELAYED
    # A person replays it: the trace goes on.
    before = len(processed())
    assert traced.run("dead", "replay", "--all", "--yes").returncode in (0, 3)
    envelopes.until(lambda: len(processed()) > before)
    assert {span["trace_id"] for span in processed()} == {request_.trace_id}
    assert traced.lane(lane.operation).lane == str(lane)


def test_a_batch_of_several_traces_goes_on_with_one_and_names_all(traced, envelopes):
    trace_ids = []
    with traced.producer() as producer:
        producer.send(contact("untraced@shop.example"))
        for number in range(3):
            with application(1.0) as request_:
                trace_ids.append(request_.trace_id)
                # Equal contacts: they are merged into one item.
                producer.send_many([contact("ann@shop.example", tags=[f"t{number}"])] * 2)
    traced.worker()
    envelopes.until(lambda: ops(envelopes) >= {"queue.process"})
    (process,) = [span for span in spans(envelopes) if span["op"] == "queue.process"]
    assert process["trace_id"] == trace_ids[0]
    assert process["attributes"]["batchline.trace_ids"] == trace_ids
    assert process["attributes"]["messaging.batch.message_count"] == 7


class Refusing(BaseHTTPRequestHandler):
    """An API that fails, and notes the headers that it gets."""

    headers_seen: ClassVar[list[dict[str, str]]] = []

    def do_POST(self):
        self.headers_seen.append({name.lower(): one for name, one in self.headers.items()})
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(503)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def failing(traced):
    """The traced stack, whose API fails; the headers that it got."""
    Refusing.headers_seen.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        ours = f"http://127.0.0.1:{server.server_port}"
        text = traced.config.read_text().replace(traced.sandbox.url, ours)
        port = free_port()
        traced.config.write_text(f"metrics = {{port = {port}}}\n{text}")
        yield Refusing.headers_seen, f"http://127.0.0.1:{port}/metrics"
        server.shutdown()
        thread.join()


def test_a_trouble_names_the_trace_and_the_api_gets_no_header_of_it(traced, envelopes, failing):
    seen, metrics = failing
    with traced.producer() as producer, application(1.0) as request_:
        producer.send(contact("ann@shop.example"))
    trace_id = request_.trace_id
    worker = traced.worker("worker", "--loglevel", "info")
    envelopes.until(lambda: "breaker_open" in envelopes.reasons())
    (opened,) = [e for e in envelopes.of_type("event") if e["tags"]["reason"] == "breaker_open"]
    assert opened["contexts"]["trace"]["trace_id"] == trace_id

    def failed():
        found = [span for span in spans(envelopes) if span["op"] == "queue.process"]
        return [one for one in found if one["status"] == "error"]

    envelopes.until(lambda: len(failed()) > 2)
    assert {one["attributes"]["error.type"] for one in failed()} == {"DestinationFailed"}
    retries = [one["attributes"]["messaging.message.retry.count"] for one in failed()]
    assert retries[:3] == [0, 1, 2]
    names = {name for headers in seen for name in headers}
    assert seen
    assert not names & {"sentry-trace", "baggage", "traceparent", "tracestate"}
    # Metrics and log name the trace too.
    wanted = {"Accept": "application/openmetrics-text; version=1.0.0"}
    with urllib.request.urlopen(urllib.request.Request(metrics, headers=wanted)) as answer:
        text = answer.read().decode()
    exemplars = set(re.findall(r'request_duration_seconds_bucket\{.*# \{trace_id="(\w+)"\}', text))
    assert exemplars == {trace_id}
    assert text.endswith("# EOF\n")
    worker.stop()
    lines = [json.loads(one) for one in worker.log.read_text().splitlines() if one[:1] == "{"]
    assert {one["trace"] for one in lines if one.get("event") == "batch"} == {trace_id}
