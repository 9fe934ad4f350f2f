"""Nothing accepted is lost: workers killed and told to leave, while messages are on their way."""

from __future__ import annotations

import signal
import time
from collections import Counter

import pytest

from tests.builders import applied, contact, event
from tests.waiting import PATIENCE


def test_a_worker_killed_ten_times_during_100_000_events_loses_none(stack):
    stack.configure(("lease = 8", "lease = 4"), ("read = 6", "read = 2"))
    emails = [f"c{n}@shop.example" for n in range(5000)]
    stack.sandbox.control.fault("latency", {"path": "/api/contact/batch*"}, seconds=0.05)
    with stack.producer() as producer:
        producer.send_many([contact(email) for email in emails])
        first = stack.worker("first")
        stack.until_at_rest()
        first.stop()
        for start in range(0, 100_000, 10_000):
            numbers = range(start, start + 10_000)
            producer.send_many([event(n, emails[n % 5000]) for n in numbers])
    for kill in range(10):
        worker = stack.worker(f"worker{kill}")
        delivered = stack.lane("event.add").delivered
        stack.until(
            lambda now, goal=delivered + 3000: (
                now.totals["delivered"] > goal or now.totals["backlog"] == 0
            )
        )
        worker.kill()
    stack.worker("last")
    totals = stack.until_at_rest(timeout=120)
    received = Counter(applied(stack, "event.add"))
    assert len(received) == 100_000
    assert totals["delivered"] == 105_000
    # What was in flight at a kill is asked about, and not sent twice.
    assert received.total() == 100_000


def test_a_worker_killed_inside_a_request_leaves_its_batch_to_the_next_one(stack):
    with stack.producer() as producer:
        producer.send(contact("ann@shop.example"))
        first = stack.worker("first")
        stack.until_at_rest()
        stack.sandbox.control.fault("hang", seconds=30, times=1)
        producer.send_many([event(n) for n in range(10)])
        stack.until(lambda now: any(lane.in_flight for lane in now.lanes))
        first.kill()
        stack.worker("second")
        stack.until_at_rest()
    assert applied(stack, "event.add") == [f"order-{n}" for n in range(10)]


def test_two_workers_deliver_one_contacts_500_upserts_in_order(stack):
    small = '"contact.upsert"]\nlinger = 0\nbatch_size = 7'
    stack.configure(('"contact.upsert"]\nlinger = 0.1', small))
    stack.worker("one")
    stack.worker("two")
    with stack.producer() as producer:
        for n in range(500):
            producer.send(contact("ann@shop.example", properties={"n": str(n), f"n{n}": "x"}))
            producer.send(contact(f"other{n}@shop.example"))
    stack.until_at_rest()
    # The newest upsert inside each request, as the sandbox saw them one after the other.
    stack.until(lambda _: stack.sandbox.control.contact("ann@shop.example") is not None)
    time.sleep(0.3)
    state = stack.sandbox.control.contact("ann@shop.example")
    assert state["properties"] == {"n": "499", **{f"n{n}": "x" for n in range(500)}}
    rows = stack.sandbox.control.ledger(operation="contact.upsert", key="ann@shop.example")
    assert [row["applied"] for row in rows] == [True] * len(rows)
    assert len(rows) > 50


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_told_to_leave_settles_its_batch_and_another_goes_on_at_once(stack, number):
    stack.sandbox.control.fault("latency", {"path": "/api/contact/batch*"}, seconds=1)
    with stack.producer() as producer:
        producer.send(contact("ann@shop.example"))
        first = stack.worker("first")
        stack.until_at_rest()
        producer.send_many([event(n) for n in range(8000)])
    stack.until(lambda now: now.totals["delivered"] > 1000)
    first.send_signal(number)
    assert first.wait(PATIENCE) == 0
    lane = stack.lane("event.add")
    assert 0 < lane.backlog < 7000, "the batch in flight was the last"
    assert (lane.in_flight, lane.backlog % 1000) == (0, 0), "and it was settled whole"
    assert lane.due_seconds == 0, "the lane waits for no lease"
    stack.sandbox.control.clear_faults()
    stack.worker("second")
    stack.until_at_rest()
    assert Counter(applied(stack, "event.add")) == Counter(f"order-{n}" for n in range(8000))
