"""Smart Sender's rate limit is never crossed; where it is all the same, the lock stays short."""

from __future__ import annotations

import time

from batchline.producers.lanes import Lane
from batchline.systems.smartsender.messages import (
    ContactCreate,
    ContactUpdate,
    EventFire,
    MessageSend,
)

EVENTS = 300
LIMIT = 25
ACCOUNT = """
timeout = {{connect = 2, read = 5}}
lease = 12
backoff = {{first = 0.1, factor = 2, max = 0.5}}
parallel = {parallel}
limits = {limits}
operations."contact.update" = {{linger = 0, partitions = 2}}
operations."event.fire" = {{linger = 0, partitions = 4}}
"""


def events(count):
    return [EventFire(contact_id=1000 + n, name=f"Event{n}") for n in range(count)]


def delivered(stack, operation):
    return [row["id"] for row in stack.sandbox.control.ledger(operation=operation)]


def test_two_workers_with_six_lanes_never_cross_the_limit(stack):
    stack.account("smartsender", ACCOUNT.format(parallel=8, limits=f"{{per_second = {LIMIT}}}"))
    stack.sandbox.control.settings(smartsender_limit=LIMIT, smartsender_window=1)
    updates = [ContactUpdate(contact_id=n, values={"n": n}) for n in range(1, 41)]
    with stack.producer() as producer:
        producer.send_many([*events(EVENTS), *updates])
    stack.worker("one")
    stack.worker("another")
    totals = stack.until_at_rest(timeout=120)
    assert stack.sandbox.control.smartsender.excesses() == 0
    assert (totals["delivered"], totals["requests"]) == (EVENTS + 40, EVENTS + 40)
    assert sorted(delivered(stack, "event.fire")) == sorted(
        f"Event{n}@{1000 + n}" for n in range(EVENTS)
    )
    # The limit was what held them back: the sandbox saw the allowance used up again and again.
    at = [row["at"] for row in stack.sandbox.control.ledger()]
    assert at[-1] - at[0] > (EVENTS + 40) / LIMIT - 1


def let_the_lock_pass(stack):
    """As if the minute were over: for the account's limits and for the lanes that wait for it."""
    stack.client.hset(stack.keys.limits("default")[2], "locked", 1)
    for name in stack.client.zrange(stack.keys.due, 0, -1):
        lane = Lane.parse(name.decode())
        stack.client.hset(stack.keys.state(lane), "retry_at", 1)
        stack.client.zadd(stack.keys.due, {name: 1})


def test_after_a_429_no_lane_sends_anything_until_the_lock_is_over_and_it_does_not_grow(stack):
    stack.account("smartsender", ACCOUNT.format(parallel=1, limits="{}"))
    control, account = stack.sandbox.control, stack.sandbox.control.smartsender
    control.settings(smartsender_limit=5, smartsender_lock=2)
    stack.worker("one")
    with stack.producer() as producer:
        # All of one contact: one lane, one request at a time.
        producer.send_many([EventFire(contact_id=1, name=f"Event{n}") for n in range(8)])
        stack.until(lambda now: "429" in (now.lanes[0].last_error or ""))
        stack.worker("another")
        producer.send(ContactUpdate(contact_id=1, values={"a": 1}))
        producer.send_many([MessageSend(contact_id=n, type="text", content="Hi") for n in (1, 2)])
    stack.until(
        lambda now: sum((lane.due_seconds or 0) > 30 for lane in now.lanes) == len(now.lanes) == 3
    )
    time.sleep(2.5)
    assert len(control.requests()) == 6
    assert account.locked_until() < time.time()
    assert all(lane.due_seconds <= 60 for lane in stack.status().lanes)
    control.settings(smartsender_limit=1000)
    let_the_lock_pass(stack)
    totals = stack.until_at_rest()
    assert (totals["delivered"], totals["requests"]) == (11, 12)
    assert account.excesses() == 1
    assert delivered(stack, "event.fire") == [f"Event{n}@1" for n in (*range(6), *range(5, 8))]


def test_contacts_that_take_several_calls_each_arrive_where_a_limit_stops_their_batch(stack):
    stack.account("smartsender", ACCOUNT.format(parallel=2, limits="{per_second = 6}"))
    people = [
        ContactCreate(channel_id=7, identifier=f"38050{n}", first_name="Eve", find_contact=True)
        for n in range(8)
    ]
    with stack.producer() as producer:
        producer.send_many(people)
    stack.worker()
    assert stack.until_at_rest()["delivered"] == 8
    asked = [row["operation"] for row in stack.sandbox.control.requests()]
    assert asked.count("contact.create") <= 10
