"""Results of real workers: of jobs, of workers that are killed, and as the command prints them."""

from __future__ import annotations

import json
import os
import signal

import pytest

import batchline
from tests import forked
from tests.builders import contact, event, introduced
from tests.waiting import PATIENCE

UPSERTS = '[accounts.default.operations."contact.upsert"]\n'
EVENTS = '[accounts.default.operations."event.add"]\n'


def configure(stack, section, *changes):
    stack.configure((section, f"{section}results = true\n"), *changes)


def read(group="crm"):
    """The results that a group has not had."""
    return list(batchline.results(group, timeout=0))


def told(results):
    """What is told of each message; of each once."""
    every = {result.message_id: (result.outcome, result.reason) for result in results}
    assert len(every) == len(results)
    return every


def test_a_contact_of_a_job_is_told_when_the_job_has_ended_and_as_that_says(stack):
    configure(stack, UPSERTS)
    stack.sandbox.control.settings(create_delay=1)
    with stack.producer() as producer:
        ids = producer.send_many(
            [contact(e) for e in ("ann@shop.example", "bob@invalid.example", "ann@shop.example")]
        )
    stack.worker()
    stack.until(lambda now: now.totals["delivered"] == 3)
    assert stack.lane("contact.upsert").confirming or read("early")
    stack.until(lambda now: not any(lane.confirming for lane in now.lanes))
    results = read()
    delivered, invalid = ("delivered", ""), ("dead", "invalid")
    assert told(results) == dict(zip(ids, (delivered, invalid, delivered), strict=True))
    (dead,) = [result for result in results if not result.is_delivered]
    assert dead.contact == "bob@invalid.example"


def test_a_job_that_never_ended_is_told_as_unconfirmed(stack):
    configure(stack, UPSERTS, ("until = 3}", "until = 1}"))
    stack.sandbox.control.settings(create_delay=60)
    with stack.producer() as producer:
        sent = producer.send(contact("ann@shop.example"))
    stack.worker()
    stack.until(lambda now: now.totals["delivered"] == 1)
    stack.until(lambda now: not any(lane.confirming for lane in now.lanes))
    (result,) = read()
    assert told([result]) == {sent: ("unconfirmed", "")}
    assert result.detail, "it says why"


def test_a_worker_that_is_killed_makes_no_result_twice_and_loses_none(stack):
    short = (("read = 6", "read = 1"), ("lease = 8", "lease = 3"))
    configure(stack, EVENTS, *short)
    first = introduced(stack)
    stack.sandbox.control.fault(
        "hang", {"path": "/api/contact/batchAdd*"}, times=1, after_apply=True
    )
    with stack.producer() as producer:
        ids = producer.send_many([event(n) for n in range(20)])
        stack.until(lambda _: stack.client.hget(stack.keys.state("default:event.add:0"), "sending"))
        first.kill()
        stack.worker("second")
    stack.until_at_rest()
    assert told(read()) == dict.fromkeys(ids, ("delivered", ""))


def lines_of(stack, *options):
    return stack.run("results", *options).stdout.decode().splitlines()


def test_the_command_prints_results_and_acknowledges_them_for_its_group_alone(stack):
    configure(stack, EVENTS)
    introduced(stack)
    stack.sandbox.control.fault("reject", {"path": "/api/contact/batchAdd*"})
    with stack.producer() as producer:
        sent = producer.send(event(1), idempotency_key="order-1")
    stack.until(lambda now: now.totals["dead"] == 1)
    shown = stack.run("results").stdout.decode()
    assert "dead  rejected  " + sent in shown
    assert "ann@" not in shown
    assert b"No group" in stack.run("results", "--groups").stderr
    row = stack.run_json("results", "--group", "crm", "--json")
    assert (row["message_id"], row["idempotency_key"]) == (sent, "order-1")
    assert row["contact"] == "ann@shop.example"
    assert stack.run("results", "--group", "crm").stdout == b""
    assert json.loads(stack.run("results", "--json").stdout) == row
    log = "".join(path.read_text() for path in stack.folder.glob("*.log"))
    assert "ann@shop.example" not in log
    assert "order-1" not in log


def test_the_command_says_where_nothing_is_told_and_what_was_dropped(stack):
    assert b"results = true" in stack.run("results").stderr
    configure(stack, EVENTS)
    introduced(stack)
    read()
    with stack.producer() as producer:
        producer.send_many([event(n) for n in range(3)])
    stack.until_at_rest()
    stack.client.xtrim(stack.keys.results, maxlen=1, approximate=False)
    (group,) = (json.loads(one) for one in lines_of(stack, "--groups", "--json"))
    assert (group["name"], group["unread"], group["unacknowledged"]) == ("crm", 3, 0)
    done = stack.run("results", "--group", "crm")
    (group,) = (json.loads(one) for one in lines_of(stack, "--groups", "--json"))
    assert (group["unread"], group["lost"]) == (0, 2)
    assert b"crm" in stack.run("results", "--groups").stdout
    assert (done.returncode, len(done.stdout.splitlines())) == (1, 1)
    assert b"2 results dropped" in done.stderr
    assert b"--group" in stack.run("results", "--group", "no group").stderr


def written(stack, count):
    """Results, as settling writes them."""
    for number in range(1, count + 1):
        fields = {
            "number": number,
            "message": f"default:event.add:0@{number}-0",
            "operation": "event.add",
            "outcome": "delivered",
            "contact": "ann@shop.example",
        }
        stack.client.xadd(stack.keys.results, {**fields, "reason": "", "detail": "", "key": ""})
    stack.client.hset(stack.keys.results_numbers, "written", count)


def test_the_command_says_when_it_makes_a_group_and_which_one_may_be_meant(stack):
    configure(stack, EVENTS)
    written(stack, 3)
    first = stack.run("results", "--group", "crm-sync")
    assert b"group crm-sync is new, and begins with the oldest" in first.stderr
    assert b"Did you mean" not in first.stderr
    assert stack.run("results", "--group", "crm-sync").stderr == b""
    other = stack.run("results", "--group", "crm-snyc")
    assert b"Did you mean crm-sync? Then: batchline results --forget crm-snyc" in other.stderr
    assert len(other.stdout.splitlines()) == 3
    assert b"is forgotten" in stack.run("results", "--forget", "crm-snyc").stdout
    names = [json.loads(one)["name"] for one in lines_of(stack, "--groups", "--json")]
    assert names == ["crm-sync"]
    again = stack.run("results", "--forget", "crm-snyc")
    assert (again.returncode, b"no group is called crm-snyc (crm-sync)" in again.stderr) == (
        4,
        True,
    )
    assert b"webhook-hook is new" not in stack.run("results", "--to", "hook").stderr


def test_a_group_that_is_forgotten_begins_anew_with_the_oldest_and_has_lost_nothing(stack):
    configure(stack, EVENTS)
    written(stack, 3)
    assert len(lines_of(stack, "--group", "crm")) == 3
    stack.client.xtrim(stack.keys.results, maxlen=2, approximate=False)
    assert stack.run("results", "--forget", "crm").returncode == 0
    done = stack.run("results", "--group", "crm")
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 2)


@pytest.mark.parametrize("of_group", [True, False])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_command_that_follows_and_every_line_is_acknowledged(
    stack, of_group, number
):
    configure(stack, EVENTS)
    written(stack, 3)
    out = stack.folder / "out"
    out.touch()
    options = ["--group", "crm"] if of_group else []
    arguments = ("results", "--follow", "--json", *options)
    names = (os.devnull, str(out), os.devnull)
    process = forked.Process(arguments, stack.folder, os.environ.copy(), names)
    try:
        stack.until(lambda _: out.read_text().count("\n") == 3)
        process.send_signal(number)
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
    if of_group:
        assert lines_of(stack, "--group", "crm") == []
