"""The log of a real worker: a JSON object on each line, by stable keys, and nothing personal."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from batchline.producers.lanes import Lane
from tests.builders import contact

LOGS = (Path(__file__).parents[2] / "docs" / "logs.md").read_text()
PLANTED = re.compile(r"planted|zosia|600\W?700|api_secret", re.IGNORECASE)
UPSERTS = str(Lane("default", "contact.upsert"))


def person(number):
    email = f"planted.{number}@shop.example"
    return contact(email, contact={"email": email, "name": "Zosia", "phone": "+48600700800"})


def deliver(stack, count=30):
    """Upserts, some of them refused with the API's words about them; the worker's log."""
    stack.sandbox.control.fault(
        "words", {"contains": "planted.7@"}, body="no planted.7@shop.example"
    )
    worker = stack.worker("worker")
    with stack.producer() as producer:
        producer.send_many([person(n) for n in range(count)])
    stack.until(lambda now: now.totals["delivered"] == count - 1 and now.totals["dead"] == 1)
    worker.stop()
    return worker.log.read_text()


def test_a_worker_whose_output_is_no_terminal_writes_an_object_on_each_line(stack):
    log = deliver(stack)
    start, end = log.index("{"), log.index("\nworker: Warm shutdown")
    objects = [json.loads(line) for line in log[start:end].splitlines() if line]
    assert "[tasks]" not in log, "Celery's banner is no JSON"
    batches = [one for one in objects if one.get("event") == "batch"]
    assert sum(one["delivered"] for one in batches) == 29
    assert sum(one["dead"] for one in batches) == 1
    (with_dead,) = [one for one in batches if one["dead"]]
    assert with_dead["reasons"] == ["rejected"]
    for one in batches:
        assert (one["level"], one["account"], one["operation"], one["lane"]) == (
            "INFO",
            "default",
            "contact.upsert",
            UPSERTS,
        )
        assert re.fullmatch(r"\d+-\d+", one["first"])
        assert re.fullmatch(r"\d+-\d+", one["last"])
        assert one["attempt"] == 1
    assert not PLANTED.search(log)
    keys = {key for one in objects for key in one}
    assert {key for key in keys if f"`{key}`" not in LOGS} == set(), "each key is documented"


def test_a_worker_that_is_told_so_writes_text(stack):
    stack.configure(("dispatch_every", 'log_format = "text"\ndispatch_every'))
    log = deliver(stack)
    assert re.search(rf"INFO/MainProcess\] batch of {UPSERTS}: 29 delivered, 1 dead, ", log)
    assert '{"time"' not in log
    assert not PLANTED.search(log)


def test_a_batch_that_fails_says_its_status_and_its_trouble_is_a_line_of_its_own(stack):
    stack.sandbox.control.fault("status", status=503, body="planted@shop.example")
    worker = stack.worker("worker")
    with stack.producer() as producer:
        producer.send_many([person(n) for n in range(3)])
    stack.until(lambda now: now.totals["requests"] >= 2)
    stack.until(lambda _: '"reason": "destination_failed"' in worker.log.read_text())
    stack.sandbox.control.clear_faults()
    stack.until_at_rest()
    worker.stop()
    lines = [json.loads(line) for line in worker.log.read_text().splitlines() if line[:1] == "{"]
    failed = [one for one in lines if one.get("event") == "batch" and "status" in one]
    first, second, *_ = failed
    assert (first["stop"], first["status"], first["kept"]) == ("DestinationFailed", 503, 3)
    assert (first["attempt"], second["attempt"]) == (1, 2)
    troubles = {one["reason"]: one for one in lines if one.get("event") == "trouble"}
    told = troubles["destination_failed"]
    assert (told["level"], told["lane"], told["status"]) == ("WARNING", UPSERTS, 503)


def test_neither_a_persons_reason_nor_a_foreign_member_brings_an_address_into_the_log(stack):
    stack.client.zadd(stack.keys.due, {"planted.person@shop.example": 0})
    assert (
        stack.run("pause", "default", "--reason", "ask planted.boss@shop.example").returncode == 0
    )
    worker = stack.worker("worker", "--loglevel", "debug")
    stack.until(lambda _: {"paused", "malformed"} <= told(worker.log.read_text()))
    worker.stop()
    assert not PLANTED.search(worker.log.read_text())


def told(log):
    """The reasons of the troubles in this log."""
    return set(re.findall(r'"event": "trouble", "reason": "(\w+)"', log))


@pytest.mark.parametrize("log_format", ["jsonl", ""])
def test_an_unknown_form_is_refused_by_its_name(stack, log_format):
    stack.configure(("dispatch_every", f'log_format = "{log_format}"\ndispatch_every'))
    done = stack.run("config")
    assert done.returncode == 78
    assert b"log_format" in done.stderr
