"""What a real worker sends to Sentry, as it arrives there: told by reason, and nothing personal."""

from __future__ import annotations

import re
import time

import pytest

from batchline.producers.lanes import Lane
from tests.builders import contact, event
from tests.envelopes import receiving

EMAIL, PHONE, NAME = "planted.person@shop.example", "+48 600 700 800", "Zosia Planted-Nowak"
SHA = "da39a3ee5e6b4b0d3255bfef95601890afd80709"
PASSWORD = "pa55word-of-another-account"
PLANTED = f"{NAME}, {EMAIL}, {PHONE}, {SHA}, {PASSWORD}"
#: Whatever of it may be seen in part, in any spelling.
SEEN = re.compile(r"planted|zosia|600\W?700|da39a3ee|pa55word", re.IGNORECASE)
#: The kinds of trouble that the worker is led into.
REASONS = {
    "rejected",
    "breaker_open",
    "credentials_refused",
    "paused",
    "malformed",
    "unreadable",
    "unknown_account",
    "fault",
}
ANOTHER = """
[accounts.refused]
system = "salesmanago"
url = "{url}"
client_id = "nobody"
api_key = "test-key"
api_secret = "{secret}"
owner = "{owner}"
backoff = {{first = 0.1, max = 0.5}}
[accounts.refused.operations."contact.upsert"]
linger = 0
"""


@pytest.fixture
def envelopes():
    with receiving() as received:
        yield received


@pytest.fixture
def reported(stack, envelopes):
    """The stack, whose workers report to the receiver."""
    sandbox = stack.sandbox
    another = ANOTHER.format(url=sandbox.url, secret=PASSWORD, owner=min(sandbox.client.owners))
    text = stack.config.read_text()
    stack.config.write_text(f'sentry_dsn = "{envelopes.dsn}"\n{text}{another}')
    return stack


def put(stack, lane, fields):
    """Write an entry into a lane as no producer would."""
    client, keys = stack.client, stack.keys
    client.xadd(keys.stream(lane), fields)
    client.sadd(keys.lanes, str(lane))
    client.zadd(keys.due, {str(lane): 0})


def person(email):
    return contact(email, contact={"email": email, "name": NAME, "phone": PHONE})


def lead_into_trouble(stack):
    """Every kind of trouble, each with planted values where values may be."""
    faults, client, keys = stack.sandbox.control, stack.client, stack.keys
    of_one = {"operation": "contact.upsert", "client_id": stack.sandbox.client.client_id}
    faults.fault("words", of_one, body=PLANTED)
    faults.fault("status", {"operation": "event.add"}, status=503, body=PLANTED)
    contacts = [person(f"planted.{n}@shop.example") for n in range(20)]
    with stack.producer() as producer:
        producer.send_many(contacts)
        producer.send_many([event(n, email=EMAIL) for n in range(20)])
        producer.send_many([person(EMAIL)], account="refused")
    put(stack, Lane("gone", "contact.upsert"), {f"1{EMAIL}": PLANTED})
    put(stack, Lane("default", "push.send"), {f"1{EMAIL}": PLANTED})
    put(stack, Lane("default", "note.add"), {f"1{EMAIL}": "{}", "meta": PLANTED})
    client.zadd(keys.due, {PLANTED: 0})
    assert stack.run("pause", "default:coupon.redeem", "--reason", PLANTED).returncode == 0


def test_no_value_of_a_message_a_person_or_a_setting_is_in_any_envelope(reported, envelopes):
    lead_into_trouble(reported)
    worker = reported.worker("worker", "--loglevel", "debug")
    envelopes.until(lambda: envelopes.reasons() >= REASONS)
    envelopes.until(lambda: bool(envelopes.of_type("check_in")))
    worker.stop()
    assert [text for text in envelopes.texts if SEEN.search(text)] == []
    exceptions = [one for one in envelopes.of_type("event") if "exception" in one]
    frames = [
        frame
        for one in exceptions
        for value in one["exception"]["values"]
        for frame in value["stacktrace"]["frames"]
    ]
    assert any(frame["module"].startswith("batchline.") for frame in frames), "the way is kept"
    assert [frame for frame in frames if "vars" in frame] == []


def test_two_workers_report_one_event_for_each_account_operation_and_reason(reported, envelopes):
    lead_into_trouble(reported)
    for name in ("worker1", "worker2"):
        reported.worker(name)
    envelopes.until(lambda: envelopes.reasons() >= REASONS)
    prints = [tuple(one["fingerprint"]) for one in envelopes.of_type("event")]
    assert len(prints) == len(set(prints))
    assert ("batchline", "default", "contact.upsert", "rejected") in prints
    assert ("batchline", "refused", "", "credentials_refused") in prints
    found = {one["tags"]["reason"]: one for one in envelopes.of_type("event")}
    assert (found["breaker_open"]["level"], found["unknown_account"]["level"]) == (
        "warning",
        "error",
    )
    assert found["unknown_account"]["tags"]["lane"] == "gone:contact.upsert:0"


def test_workers_check_in_once_a_minute_together(reported, envelopes):
    began = time.monotonic()
    for name in ("worker1", "worker2"):
        reported.worker(name)
    envelopes.until(lambda: bool(envelopes.of_type("check_in")))
    reported.until(lambda now: reported.client.zcard(reported.keys.workers) == 2)
    (first, *more) = envelopes.of_type("check_in")
    assert (first["monitor_slug"], first["status"]) == ("batchline", "ok")
    assert first["monitor_config"]["schedule"] == {
        "type": "interval",
        "value": 1,
        "unit": "minute",
    }
    assert len(more) <= 1 + (time.monotonic() - began) // 60
