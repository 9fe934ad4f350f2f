"""A sample shop on eSputnik: contacts, orders, events and prepared messages; by seed."""

from __future__ import annotations

import random
from collections.abc import Iterator

from batchline.producers import Message
from batchline.producers.outgoing import Copy
from batchline.systems.esputnik.messages import (
    ContactUpsert,
    Event,
    Order,
    OrderItem,
    PreparedMessage,
)

#: The share of each kind among all messages; the rest are events.
SHARES = {"contact": 0.45, "order": 0.35, "message": 0.15}
#: The share of contacts whose address eSputnik finds invalid.
INVALID = 0.005
CITIES = ("Київ", "Львів", "Одеса", "Kraków", "Berlin")


def outgoing(messages: int, seed: int) -> list[Copy]:
    """The messages in the order in which the shop's code enqueues them."""
    dice = random.Random(seed)  # noqa: S311 - a sample, not a secret
    return [
        Copy(message, "default", idempotency_key=f"demo-{number}")
        for number, message in enumerate(_messages(messages, dice))
    ]


def _messages(count: int, dice: random.Random) -> Iterator[Message]:
    customers = max(count // 8, 1)
    for number in range(count):
        kind = dice.choices([*SHARES, "event"], [*SHARES.values(), 1 - sum(SHARES.values())])[0]
        customer = f"customer{dice.randrange(customers)}@shop.example"
        if kind == "contact":
            yield _contact(customer, number, dice)
        elif kind == "order":
            yield _order(customer, number, dice)
        elif kind == "message":
            discount = {"discount": dice.choice(("5%", "10%"))}
            locator = f"visitor{number}@shop.example"
            yield PreparedMessage(
                message_id=dice.randrange(1, 4), locator=locator, json_param=discount, email=True
            )
        else:
            yield Event(
                event_type_key="cartLeft",
                key_value=f"cart-{number}",
                params=[{"name": "EmailAddress", "value": customer}],
            )


def _contact(customer: str, number: int, dice: random.Random) -> ContactUpsert:
    if dice.random() < INVALID:
        customer = f"customer{number}@invalid.example"
    return ContactUpsert(
        channels=[{"type": "email", "value": customer}],
        first_name=f"Customer {number}",
        address={"town": dice.choice(CITIES)},
        group_names=["Customers"],
    )


def _order(customer: str, number: int, dice: random.Random) -> Order:
    cost = dice.randrange(5, 500)
    item = OrderItem(
        external_item_id=f"p{number % 400}",
        name="A thing",
        quantity=1,
        cost=cost,
        url="https://shop.example/p",
        image_url="https://shop.example/p.png",
    )
    return Order(
        external_order_id=f"order-{number}",
        email=customer,
        total_cost=cost,
        status="INITIALIZED",
        date="2026-11-25T10:00:00+02:00",
        currency="UAH",
        items=[item],
    )
