"""The closing account: what was accepted against what the sandbox's ledger says it received."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import redis
from rich import box
from rich.table import Table

from producers import lanes
from producers.models.salesmanago import ContactUpsert, CouponRedemption, ExternalEvent, Push
from sandbox.control_client import Control
from worker import dead_letters, status
from worker.demo.run import Course, messages

#: Customers whose final state at the API is compared with their last upsert.
COMPARED = 50


@dataclass(frozen=True)
class OperationFigures:
    """One row of the closing table."""

    operation: str
    accepted: int
    delivered: int
    merged: int
    requests: int
    retries: int
    replays: int
    dead: int
    batch_size: int

    @property
    def mean_batch(self) -> float:
        """Messages per request."""
        return self.delivered / self.requests if self.requests else 0.0


def figures(client: redis.Redis, batch_sizes: dict[str, int]) -> list[OperationFigures]:
    """The rows, from the lanes' counters and the journal."""
    retries: Counter[str] = Counter()
    replays: Counter[str] = Counter()
    journal: Any = client.xrange(lanes.JOURNAL)
    for _, line in journal:
        if b"act" in line:  # what was done to messages outside of a batch
            continue
        operation = line[b"lane"].decode().split(":")[1]
        retries[operation] += line[b"error"] != b""
        replays[operation] += int(line[b"parked"])
    return [
        OperationFigures(
            lane.operation,
            lane.accepted,
            lane.delivered,
            lane.merged,
            lane.requests,
            retries[lane.operation],
            replays[lane.operation],
            lane.dead,
            batch_sizes[lane.operation],
        )
        for lane in status.read(client).lanes
    ]


def table(rows: list[OperationFigures]) -> Table:
    """The closing table."""
    made = Table(header_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    made.add_column("operation", no_wrap=True)
    names = ("accepted", "delivered", "merged", "requests", "mean", "fill")
    for name in (*names, "retries", "replays", "dead"):
        made.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        items = (row.delivered - row.merged) / row.requests if row.requests else 0
        made.add_row(
            row.operation,
            f"{row.accepted:,}",
            f"{row.delivered:,}",
            f"{row.merged:,}",
            f"{row.requests:,}",
            f"{row.mean_batch:,.1f}",
            f"{items / row.batch_size:.0%}",
            f"{row.retries:,}",
            f"{row.replays:,}",
            f"{row.dead:,}",
        )
    return made


def unaccounted(client: redis.Redis, control: Control, course: Course) -> Iterator[str]:
    """Every way in which the ledger and what was accepted disagree; nothing when all is well."""
    totals = status.read(client).totals
    if totals["accepted"] != len(course.sent):
        yield f"accepted {totals['accepted']:,}, but {len(course.sent):,} were enqueued"
    ended = sum(totals[name] for name in ("delivered", "parked", "dead", "purged", "backlog"))
    if totals["accepted"] != ended:
        yield f"accepted {totals['accepted']:,}, but {ended:,} are accounted for: {totals}"
    dead = {letter.id for letter in dead_letters.find(client)}
    yield from _events(control, course, dead)
    yield from _coupons(control, course, dead)
    yield from _pushes(control, course, dead)
    yield from _contacts(control, course)


def _applied(control: Control, operation: str) -> Counter[str]:
    rows = control.ledger(operation=operation)
    return Counter(row["id"] for row in rows if row["applied"])


def _events(control: Control, course: Course, dead: set[str]) -> Iterator[str]:
    applied = _applied(control, "event.add")
    for message_id, outgoing in messages(course, "event.add"):
        event = outgoing.message
        assert isinstance(event, ExternalEvent)
        times = applied[event.contact_event.external_id or ""]
        expected = 0 if message_id in dead else 1
        if times != expected:
            yield f"event {message_id} was applied {times} times instead of {expected}"
        if (message_id in dead) != ("stranger" in (event.email or "")):
            yield f"event {message_id} should {'not ' if message_id in dead else ''}be dead"


def _coupons(control: Control, course: Course, dead: set[str]) -> Iterator[str]:
    applied = _applied(control, "coupon.redeem")
    for message_id, outgoing in messages(course, "coupon.redeem"):
        coupon = outgoing.message
        assert isinstance(coupon, CouponRedemption)
        if applied[coupon.coupon] != 1 and message_id not in dead:
            yield f"coupon {message_id} was redeemed {applied[coupon.coupon]} times"


def _pushes(control: Control, course: Course, dead: set[str]) -> Iterator[str]:
    """Those that the API answered with 500 are held: they may or may not have been received."""
    rows = [row for row in control.ledger(operation="push.*") if row["applied"]]
    received = Counter(row["key"].lower() for row in rows)
    sent: Counter[str] = Counter()
    held: Counter[str] = Counter()
    for message_id, outgoing in messages(course, "push.send"):
        assert isinstance(outgoing.message, Push)
        email = (outgoing.message.email or "").lower()
        sent[email] += 1
        held[email] += message_id in dead
    for email in sent.keys() | received.keys():
        if not sent[email] - held[email] <= received[email] <= sent[email]:
            yield f"{sent[email]} pushes to {email}, {held[email]} held, {received[email]} received"


def _contacts(control: Control, course: Course) -> Iterator[str]:
    last: dict[str, ContactUpsert] = {}
    for _, outgoing in messages(course, "contact.upsert"):
        upsert = outgoing.message
        assert isinstance(upsert, ContactUpsert)
        if upsert.properties or upsert.contact_key() not in last:
            last[upsert.contact_key()] = upsert
    received = set(_applied(control, "contact.upsert"))
    for email in last.keys() - {name.lower() for name in received}:
        yield f"contact {email} was upserted, and never received"
    for email, upsert in list(last.items())[:COMPARED]:
        state = control.contact(email) or {}
        if upsert.properties and state.get("properties") != upsert.properties:
            yield f"contact {email} has {state.get('properties')} instead of {upsert.properties}"
