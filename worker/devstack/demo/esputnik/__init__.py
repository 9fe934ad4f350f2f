"""The demo of eSputnik: contacts, orders, carts and prepared messages of a shop."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from batchline.producers import Message
from batchline.sandbox.control_client import Control
from batchline.worker.devstack.demo.esputnik.shop import outgoing
from batchline.worker.devstack.demo.profile import Profile, Sent, applied, of, once


def _field(name: str) -> Callable[[Message], str]:
    return lambda message: str(getattr(message, name))


def _unaccounted(control: Control, sent: Sequence[Sent], dead: set[str]) -> Iterator[str]:
    yield from once(control, sent, dead, "event.add", _field("key_value"))
    yield from once(control, sent, dead, "message.send", _field("locator"))
    orders = applied(control, "order.upsert")
    for message_id, out in of(sent, "order.upsert"):
        if not orders[_field("external_order_id")(out.message)]:
            yield f"order {message_id} was never received"
    yield from _contacts(control, sent, dead)


def _contacts(control: Control, sent: Sequence[Sent], dead: set[str]) -> Iterator[str]:
    received = {name.lower() for name in applied(control, "contact.upsert")}
    for message_id, out in of(sent, "contact.upsert"):
        is_invalid = _key(out.message).endswith("@invalid.example")
        if is_invalid != (message_id in dead):
            yield f"contact {message_id} should {'' if is_invalid else 'not '}be dead"
        if not is_invalid and _key(out.message) not in received:
            yield f"contact {message_id} was upserted, and never received"


def _key(message: Message) -> str:
    return message.contact_key().rpartition(":")[2]


PROFILE = Profile(
    system="esputnik",
    messages=10_000,
    outgoing=outgoing,
    unaccounted=_unaccounted,
    account="""
[accounts.default.operations."contact.upsert"]
linger = 1.0
[accounts.default.operations."order.upsert"]
linger = 1.0
""",
)
