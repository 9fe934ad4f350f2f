"""A trace goes on from an application's request to the HTTP call; of others there is nothing."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from batchline.producers.lanes import Lane
from tests.envelopes import receiving
from tests.stack import PATIENCE

#: An application: it traces a share of its requests, and sends contacts in one of them.
APPLICATION = """
import sys
import sentry_sdk
from batchline.producers import Producer
from batchline.systems.salesmanago.messages import ContactUpsert

dsn, lifecycle, rate, emails, options = sys.argv[1:6]
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
    arguments = [envelopes.dsn, lifecycle, str(rate), ",".join(emails), ""]
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
    envelopes.until(lambda: ops(envelopes) >= wanted, PATIENCE)
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
    envelopes.until(lambda: "http.client" in ops(envelopes), PATIENCE)
    ours = ("queue.process", "http.client")
    sent = json.dumps([span for span in spans(envelopes) if span["op"] in ours])
    secrets = [traced.sandbox.client.api_secret, "shop.example", "command_args"]
    assert [one for one in secrets if one in sent] == []
    origins = {span["attributes"].get("sentry.origin") for span in spans(envelopes)}
    assert not [one for one in origins if one and one.startswith("auto.queue.celery")]
