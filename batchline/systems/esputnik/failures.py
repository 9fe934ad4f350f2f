"""Reads `failedContacts` and `failedOrders`: which items of a request failed, and why.

The documents do not show the elements of these lists. So objects, identifiers and maps from
identifiers to reasons are read.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from batchline.systems.answers import shorten
from batchline.systems.columns import Item
from batchline.systems.esputnik.readings import as_list
from batchline.systems.requests import Request
from batchline.systems.verdicts import Dead, Judged, Refused

#: Names of an element's fields that may hold an identifier of its item.
_NAMES = frozenset(
    {
        "externalCustomerId",
        "externalOrderId",
        "channels",
        "contact",
        "contactId",
        "contactKey",
        "dedupeValue",
        "email",
        "emailAddress",
        "key",
        "locator",
        "order",
        "phone",
        "sms",
        "value",
    }
)
#: Names of an element's fields that may hold the reason.
_REASONS = ("errorMessage", "message", "error", "reason", "description", "errors")
UNNAMED = "named as failed, without a reason"


def judge_failed(request: Request, name: str, listed: object, job: str | None) -> Judged | Refused:
    """The items that the list names are rejected, the others are delivered.

    `name` is the list's name, `listed` its value in the answer. An element that names no item makes
    the request a refused one. Its halves are sent again until the failed item is alone, which
    changes nothing for the items that were taken.
    """
    indexes: dict[str, list[int]] = defaultdict(list)
    for index, item in enumerate(request.items):
        for identifier in identifiers(item):
            indexes[identifier].append(index)
    dead: dict[int, Dead] = {}
    for names, reason in _elements(listed):
        guilty = [index for one in names for index in indexes.get(one, ())]
        if not guilty:
            return Refused(f"{name} names none of the items: {reason}")
        dead |= dict.fromkeys(guilty, Dead("rejected", reason))
    return Judged(dead, job=job)


def identifiers(item: Item) -> set[str]:
    """Every identifier of the item, lower-cased."""
    fields: dict[str, Any] = json.loads(item.payload)
    own = {str(fields[name]).lower() for name in ("externalOrderId", "id") if name in fields}
    if "externalOrderId" not in fields and "externalCustomerId" in fields:
        own.add(fields["externalCustomerId"].lower())
    return own | {channel["value"].lower() for channel in fields.get("channels", ())}


def _elements(listed: object) -> Iterator[tuple[set[str], str]]:
    """The identifiers in each element, lower-cased, and its reason."""
    for element in as_list(listed):
        if isinstance(element, dict) and element.keys().isdisjoint((*_NAMES, *_REASONS)):
            for name, reason in element.items():
                yield {name.lower()}, _text(reason)
        else:
            fields = element if isinstance(element, dict) else {}
            reason = next((fields[name] for name in _REASONS if fields.get(name)), None)
            yield {text.lower() for text in _identifying(element)}, _text(reason)


def _identifying(value: object) -> Iterator[str]:
    if isinstance(value, str | int):
        yield str(value)
    elif isinstance(value, dict):
        parts: Iterable[object] = (part for name, part in value.items() if name in _NAMES)
        for part in parts:
            yield from _identifying(part)
    elif isinstance(value, list):
        for part in value:
            yield from _identifying(part)


def _text(reason: object) -> str:
    text = reason if isinstance(reason, str) else json.dumps(reason) if reason else ""
    return shorten(text or UNNAMED)
