"""A sample shop: customers, carts, purchases, coupons and pushes; the same for the same seed."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from batchline.producers.outgoing import Copy
from batchline.systems.message import Message
from batchline.systems.salesmanago.messages import (
    ContactUpsert,
    CouponRedemption,
    ExternalEvent,
    Push,
)

#: The share of each kind among all messages; the rest are carts and purchases.
SHARES = {"upsert": 0.20, "push": 0.03, "coupon": 0.01, "stranger": 0.002}
CITIES = ("Kraków", "Gdańsk", "Łódź", "Wrocław", "Lwów", "Berlin", "Praha")
PRODUCTS = [f"p{number:04}" for number in range(400)]


@dataclass(frozen=True)
class Shop:
    """A shop with so many messages; strangers are people who never become contacts."""

    messages: int
    seed: int

    def outgoing(self) -> Iterator[Copy]:
        """The messages in the order in which the shop's code enqueues them."""
        dice = random.Random(self.seed)  # noqa: S311 - a sample, not a secret
        started = datetime.now(UTC) - timedelta(hours=1)
        customers = max(self.messages // 12, 1)
        for number in range(self.messages):
            kind = dice.choices([*SHARES, "event"], [*SHARES.values(), 1 - sum(SHARES.values())])
            customer = f"customer{dice.randrange(customers)}@shop.example"
            message = _message(kind[0], number, customer, dice, started)
            yield Copy(message, "default", idempotency_key=f"demo-{number}")

    def introductions(self) -> Iterator[Copy]:
        """One upsert for every customer, so that only strangers have no contact in the end."""
        for number in range(max(self.messages // 12, 1)):
            email = f"customer{number}@shop.example"
            yield Copy(ContactUpsert.model_validate({"contact": {"email": email}}), "default")


def _message(
    kind: str, number: int, customer: str, dice: random.Random, started: datetime
) -> Message:
    if kind == "upsert":
        return _upsert(customer, dice)
    if kind == "push":
        return _push(customer, dice)
    if kind == "coupon":
        return CouponRedemption(email=customer, coupon=f"SB-{number}")
    if kind == "stranger":
        return _event(f"stranger{number}@nowhere.example", number, dice, started)
    return _event(customer, number, dice, started)


def _upsert(customer: str, dice: random.Random) -> ContactUpsert:
    return ContactUpsert.model_validate(
        {
            "contact": {
                "email": customer,
                "name": f"Customer {customer.partition('@')[0][8:]}",
                "address": {"city": dice.choice(CITIES), "country": "PL"},
            },
            "tags": [dice.choice(("NEWSLETTER", "VIP", "SHOES", "BOOKS"))],
            "properties": {"size": dice.choice("SML"), "last_seen": str(dice.randrange(1000))},
            "forceOptIn": True,
        }
    )


def _event(customer: str, number: int, dice: random.Random, started: datetime) -> ExternalEvent:
    return ExternalEvent.model_validate(
        {
            "email": customer,
            "contactEvent": {
                "date": started + timedelta(milliseconds=number),
                "contactExtEventType": dice.choice(("CART", "CART", "PURCHASE")),
                "products": ",".join(dice.sample(PRODUCTS, dice.randint(1, 4))),
                "value": round(dice.uniform(5, 500), 2),
                "location": "shopexample",
                "externalId": f"order-{number}",
                "detail1": dice.choice(("card", "transfer", "cash")),
                "description": f"https://shop.example/orders/{number}",
            },
        }
    )


#: Ids of the pushes that the shop has created, as mobile/push/list would show them.
CAMPAIGNS = [str(uuid.UUID(int=number + 1)) for number in range(3)]


def _push(customer: str, dice: random.Random) -> Push:
    return Push(
        push_id=dice.choice(CAMPAIGNS),
        application_id="shop_app",
        email=customer,
        properties={"discount": dice.choice(("10%", "20%"))},
        send_to_all_devices=False,
    )
