"""The last requests of each account and their answers, kept masked, and `batchline requests`."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from batchline.producers import Producer
from batchline.producers.lanes import Lane
from batchline.worker.delivery.lane import deliver
from batchline.worker.inspection import kept
from batchline.worker.inspection.requests_filter import LANGUAGE
from tests.builders import contact, event
from tests.fake_api import ACCOUNT, OF_FIVE, Upserts, configure, context_of

EMAIL, PHONE, NAME = "planted.person@shop.example", "+48 600 700 800", "Zosia Planted-Nowak"
SHA = "da39a3ee5e6b4b0d3255bfef95601890afd80709"
SEEN = re.compile(r"planted|zosia|600\W?700|da39a3ee", re.IGNORECASE)
UPSERTS = Lane("default", "contact.upsert")


@pytest.fixture
def engine(store, redis_url, tmp_path, monkeypatch):
    """Delivers upserts in batches of five to an API that ends its calls as planned."""
    settings = configure(tmp_path, monkeypatch, f'redis_url = "{redis_url}"\n{ACCOUNT}{OF_FIVE}')

    def run(plan=(), keeps=100, count=5):
        with Producer(settings) as producer:
            producer.send_many([one(n) for n in range(count)])
        deliver(UPSERTS, replace(context_of(store, settings, Upserts(plan)), keep_requests=keeps))
        return settings

    return run


def one(number):
    return contact(f"p{number}@shop.example", properties={"n": str(number)})


def found(stack, text="", **more):
    wanted = LANGUAGE.parse(text)
    return kept.find(stack.store, stack.settings, wanted, more.get("count", 100)).requests


def raw(client, account="default"):
    return b"".join(
        fields[b"request"] for _, fields in client.xrange(f"{{batchline:0}}:requests:{account}")
    ).decode()


def test_a_request_is_kept_with_what_an_operator_asks_for(stack):
    stack.worker()
    with stack.producer() as producer:
        ids = producer.send_many([contact(f"p{n}@shop.example") for n in range(3)])
    stack.until(lambda now: now.totals["delivered"] == 3)
    sent = [row for row in found(stack) if row.messages]
    assert {row.operation for row in sent} == {"contact.upsert"}
    newest = sent[0]
    assert (newest.method, newest.status, newest.verdict) == ("POST", "200", "taken")
    assert newest.path.startswith("/api/contact/")
    assert newest.last == ids[-1]
    assert (newest.attempt, newest.words) == (1, "")
    assert newest.bytes > 100
    assert '"email":"***"' in newest.body.replace(" ", "")
    assert '"success"' in newest.answer


def test_a_failing_api_is_kept_with_its_status_and_its_words(stack):
    stack.configure(("first = 0.1", "first = 600"), ("max = 0.5}", "max = 600}"))
    stack.sandbox.control.fault("status", {"path": "/api/*"}, status=503, body="closed for lunch")
    with stack.producer() as producer:
        producer.send(event(1))
    stack.worker()
    stack.until(lambda now: now.lanes[0].attempts >= 1)
    (newest, *_) = found(stack, "status=5xx verdict=failed")
    assert newest.status == "503"
    assert "503" in newest.words
    assert found(stack, "status=2xx operation=event.add") == []
    assert found(stack, "account=nobody") == []


def test_nothing_planted_is_in_what_is_kept(stack):
    planted = f"{NAME}, {EMAIL}, {PHONE}, {SHA}"
    stack.sandbox.control.fault("status", {"operation": "event.add"}, status=503, body=planted)
    stack.sandbox.control.fault(
        "words",
        {"operation": "contact.upsert", "client_id": stack.sandbox.client.client_id},
        body=planted,
    )
    with stack.producer() as producer:
        producer.send(contact(EMAIL, contact={"email": EMAIL, "name": NAME, "phone": PHONE}))
        producer.send(event(1, email=EMAIL, description=planted))
    stack.worker()
    stack.until(
        lambda _: {"contact.upsert", "event.add"} <= {row.operation for row in found(stack)}
    )
    text = raw(stack.client)
    assert "POST" in text
    assert SEEN.findall(text) == []
    for secret in (stack.sandbox.client.api_secret, "test-key", stack.sandbox.client.client_id):
        assert secret not in text


def test_an_account_keeps_its_last_requests_and_no_more(engine, client):
    for _ in range(4):
        engine(keeps=3, count=1)
    rows = client.xrange("{batchline:0}:requests:default")
    assert len(rows) == 3
    ids = [json.loads(fields[b"request"])["first"] for _, fields in rows]
    assert ids == sorted(ids)


def calls_of(client):
    stats = client.info("commandstats")
    return {name.removeprefix("cmdstat_"): row["calls"] for name, row in stats.items()}


def counted(engine, client, keeps):
    engine(keeps=keeps)  # the scripts are known from here on
    client.config_resetstat()
    engine(keeps=keeps)
    calls = calls_of(client)
    client.flushall()
    return calls


def test_off_it_costs_no_command_and_on_no_round_trip(engine, client):
    off, on = counted(engine, client, 0), counted(engine, client, 100)
    assert not client.exists("{batchline:0}:requests:default")
    trips = ("evalsha", "eval", "xrange")
    assert [on.get(name) for name in trips] == [off.get(name) for name in trips]
    assert on["xadd"] == off["xadd"] + 1
    more = {name for name in on if on[name] != off.get(name, 0)}
    assert more <= {"xadd", "xtrim", "hget", "info", "config"}


def test_off_nothing_is_kept(stack):
    stack.configure(("dispatch_every", "keep_requests = 0\ndispatch_every"))
    stack.worker()
    with stack.producer() as producer:
        producer.send(contact("ann@shop.example"))
    stack.until(lambda now: now.totals["delivered"] == 1)
    assert not stack.client.exists(stack.keys.requests("default"))
    done = stack.run("requests")
    assert done.returncode == 4
    assert b"keep_requests = 0" in done.stderr


def test_the_requests_that_may_have_held_a_message_are_found(engine, store):
    settings = engine(["503"])

    def held(message):
        return kept.find(store, settings, LANGUAGE.parse(f"message={message}"), 10).requests

    (row, *_) = kept.find(store, settings, LANGUAGE.parse(""), 10).requests
    assert held(row.first)
    assert row in held(row.last)
    assert held("default:contact.upsert:0@1795248000000-0") == []
    assert held(row.first.replace("contact.upsert", "event.add")) == []


def test_the_command_filters_and_prints_lines_for_people_and_scripts(stack):
    stack.sandbox.control.script("order-1", [503, 200])
    stack.worker()
    with stack.producer() as producer:
        producer.send(contact("ann@shop.example"))
        producer.send(event(1))
    stack.until(lambda now: now.totals["delivered"] == 2)
    done = stack.run("requests", "--failed", "--where", "operation=event.add")
    assert done.returncode == 0, done.stderr
    assert "503 failed" in done.stdout.decode()
    rows = [json.loads(line) for line in stack.run("requests", "--json").stdout.splitlines()]
    assert {row["account"] for row in rows} == {"default"}
    assert [row["at"] for row in rows] == sorted(row["at"] for row in rows)
    assert "sent: {" in stack.run("requests", "--body").stdout.decode()
    wrong = stack.run("requests", "--where", "status=5x")
    assert wrong.returncode == 2
    assert b"did you mean 5xx?" in wrong.stderr
    assert stack.run("requests", "--account", "nobody").returncode == 4
