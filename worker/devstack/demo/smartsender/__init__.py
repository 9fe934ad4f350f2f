"""The demo of Smart Sender: values, tags, events and messages of chat contacts.

Its size is bounded by the API: 180 requests a minute, and every message is one.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from batchline.producers import Message
from batchline.producers.outgoing import Copy
from batchline.sandbox.control_client import Control
from batchline.systems.smartsender.messages import ContactUpdate, EventFire, MessageSend, TagAdd
from batchline.worker.devstack.demo.profile import Profile, Sent, applied, of

CONTACTS = 40


def _outgoing(messages: int, seed: int) -> list[Copy]:
    dice = random.Random(seed)  # noqa: S311 - a sample, not a secret
    return [
        Copy(_message(number, dice), "default", idempotency_key=f"demo-{number}")
        for number in range(messages)
    ]


def _message(number: int, dice: random.Random) -> Message:
    contact = str(1000 + dice.randrange(CONTACTS))
    kind = dice.random()
    if kind < 0.6:
        return ContactUpdate(contact_id=contact, values={dice.choice(("points", "city")): number})
    if kind < 0.8:
        return TagAdd(contact_id=contact, tag_id=str(dice.randrange(3)))
    if kind < 0.9:
        return EventFire(contact_id=contact, name=f"order-{number}")
    return MessageSend(contact_id=contact, type="text", content=f"Your order {number}")


def _unaccounted(control: Control, sent: Sequence[Sent], dead: set[str]) -> Iterator[str]:
    for operation in ("event.fire", "message.send"):
        received = sum(applied(control, operation).values())
        ids = [message_id for message_id, _ in of(sent, operation)]
        held = sum(message_id in dead for message_id in ids)
        if not len(ids) - held <= received <= len(ids):
            yield f"{len(ids)} {operation}, {held} held, {received} took effect"
    touched = {row["key"] for row in control.ledger(operation="contact.update") if row["applied"]}
    for message_id, out in of(sent, "contact.update"):
        if out.message.contact_key() not in touched:
            yield f"the contact of {message_id} was updated, and the sandbox knows nothing of it"


PROFILE = Profile(
    system="smartsender",
    messages=200,
    outgoing=_outgoing,
    unaccounted=_unaccounted,
    most=250,  # merged, they stay below the minute's 180 requests
)
