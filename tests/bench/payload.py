"""The one payload of the bench: a purchase event of exactly `ITEM_BYTES` bytes as compact JSON.

An item has the shape of an element of `events` in SALESmanago's `batchAddContactExtEvent`. The
same 10,000 events are used over and over, so that building them is never part of a measurement.
"""

import json
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import cycle, islice
from typing import Any

#: Length of one event item, in bytes.
ITEM_BYTES = 358
#: Different events before they repeat.
POOL = 10_000
#: Stands once in every item and nowhere else: what the sink counts.
MARKER = b'"contactEvent"'
#: What a request carries besides its events.
ENVELOPE: dict[str, Any] = {
    "clientId": "bench-client",
    "apiKey": "bench-key",
    "requestTime": 1_764_000_000_000,
    "sha": "0123456789abcdef0123456789abcdef01234567",
    "owner": "admin@vendor.pl",
}

_HEAD = json.dumps(ENVELOPE, separators=(",", ":")).encode()[:-1] + b',"events":['


def event(number: int) -> dict[str, Any]:
    """One event as an application holds it, different for each number."""
    event: dict[str, Any] = {
        "email": f"customer{number:05d}@shop.example.com",
        "contactEvent": {
            "date": 1_764_000_000_000 + number,
            "description": "",
            "products": f"SKU{number % 977:04d},SKU{number % 787:04d}",
            "location": "online_shop",
            "value": 100.25 + number % 500,
            "contactExtEventType": "PURCHASE",
            "detail1": "card",
            "detail2": "courier",
            "externalId": f"order-{number:08d}",
            "shopDomain": "shop.example.com",
        },
    }
    event["contactEvent"]["description"] = "paid ".ljust(ITEM_BYTES - len(item(event)), "x")
    return event


def item(event: dict[str, Any]) -> bytes:
    """The event as the compact JSON that goes into a request."""
    return json.dumps(event, separators=(",", ":")).encode()


def body(items: Iterable[bytes]) -> bytes:
    """A request body around ready items: joined, not parsed."""
    return _HEAD + b",".join(items) + b"]}"


@cache
def _pool() -> tuple[list[dict[str, Any]], list[bytes]]:
    events = [event(number) for number in range(POOL)]
    return events, [item(event) for event in events]


def events(n: int) -> Iterator[dict[str, Any]]:
    """`n` events as an application holds them."""
    return islice(cycle(_pool()[0]), n)


def items(n: int) -> Iterator[bytes]:
    """`n` events as JSON of `ITEM_BYTES` bytes each."""
    return islice(cycle(_pool()[1]), n)
