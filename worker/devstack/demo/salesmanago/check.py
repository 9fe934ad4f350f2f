"""The check of SALESmanago's demo: the sandbox's ledger against the messages of the shop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from batchline.sandbox.control_client import Control
from batchline.systems.salesmanago.messages import (
    ContactUpsert,
    CouponRedemption,
    ExternalEvent,
    Push,
)
from batchline.worker.devstack.demo.profile import Sent, applied, of

#: Customers whose final state at the API is compared with their last upsert.
COMPARED = 50


def unaccounted(control: Control, sent: Sequence[Sent], dead: set[str]) -> Iterator[str]:
    """A sentence for every message whose outcome at the sandbox is not its outcome here."""
    yield from _events(control, sent, dead)
    yield from _coupons(control, sent, dead)
    yield from _pushes(control, sent, dead)
    yield from _contacts(control, sent)


def _events(control: Control, sent: Sequence[Sent], dead: set[str]) -> Iterator[str]:
    times_applied = applied(control, "event.add")
    for message_id, outgoing in of(sent, "event.add"):
        event = outgoing.message
        assert isinstance(event, ExternalEvent)
        times = times_applied[event.contact_event.external_id or ""]
        expected = 0 if message_id in dead else 1
        if times != expected:
            yield f"event {message_id} was applied {times} times instead of {expected}"
        if (message_id in dead) != ("stranger" in (event.email or "")):
            yield f"event {message_id} should {'not ' if message_id in dead else ''}be dead"


def _coupons(control: Control, sent: Sequence[Sent], dead: set[str]) -> Iterator[str]:
    times_applied = applied(control, "coupon.redeem")
    for message_id, outgoing in of(sent, "coupon.redeem"):
        coupon = outgoing.message
        assert isinstance(coupon, CouponRedemption)
        times = times_applied[coupon.coupon]
        if times != 1 and message_id not in dead:
            yield f"coupon {message_id} was redeemed {times} times"


def _pushes(control: Control, sent: Sequence[Sent], dead: set[str]) -> Iterator[str]:
    """A push that the API answered with 500 is held: the API may or may not have received it."""
    rows = [row for row in control.ledger(operation="push.*") if row["applied"]]
    received = Counter(row["key"].lower() for row in rows)
    enqueued: Counter[str] = Counter()
    held: Counter[str] = Counter()
    for message_id, outgoing in of(sent, "push.send"):
        assert isinstance(outgoing.message, Push)
        email = (outgoing.message.email or "").lower()
        enqueued[email] += 1
        held[email] += message_id in dead
    for email in enqueued.keys() | received.keys():
        if not enqueued[email] - held[email] <= received[email] <= enqueued[email]:
            counts = f"{held[email]} held, {received[email]} received"
            yield f"{enqueued[email]} pushes to {email}, {counts}"


def _contacts(control: Control, sent: Sequence[Sent]) -> Iterator[str]:
    last: dict[str, ContactUpsert] = {}
    for _, outgoing in of(sent, "contact.upsert"):
        upsert = outgoing.message
        assert isinstance(upsert, ContactUpsert)
        if upsert.properties or upsert.contact_key() not in last:
            last[upsert.contact_key()] = upsert
    received = set(applied(control, "contact.upsert"))
    for email in last.keys() - {name.lower() for name in received}:
        yield f"contact {email} was upserted, and never received"
    for email, upsert in list(last.items())[:COMPARED]:
        state = control.contact(email) or {}
        if upsert.properties and state.get("properties") != upsert.properties:
            yield f"contact {email} has {state.get('properties')} instead of {upsert.properties}"
