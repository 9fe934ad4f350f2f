"""`failedContacts` and `failedOrders`: which items of a request they are about.

The documents say that the lists are there and not what stands in them: objects, identifiers and
maps of identifiers to reasons are read.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from batchline.systems.answers import shorten
from batchline.systems.columns import Item
from batchline.systems.esputnik.readings import listed
from batchline.systems.requests import Request
from batchline.systems.verdicts import Dead, Judged, Refused

#: Under what an element may say who or what it is about.
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
#: Under what it may say why.
_REASONS = ("errorMessage", "message", "error", "reason", "description", "errors")
UNNAMED = "named as failed, without a reason"


def judge_failed(request: Request, name: str, found: object, job: str | None) -> Judged | Refused:
    """The items that the list names are rejected; those it does not name are taken.

    An element that names none of them makes the whole request a refused one: it is sent again in
    halves, which changes nothing for what was taken, until the item it means stands alone.
    """
    indexes: dict[str, list[int]] = defaultdict(list)
    for index, item in enumerate(request.items):
        for identifier in identifiers(item):
            indexes[identifier].append(index)
    dead: dict[int, Dead] = {}
    for named, reason in _elements(found):
        guilty = [index for one in named for index in indexes.get(one, ())]
        if not guilty:
            return Refused(f"{name} names none of the items: {reason}")
        dead |= dict.fromkeys(guilty, Dead("rejected", reason))
    return Judged(dead, job=job)


def identifiers(item: Item) -> set[str]:
    """Every identifier of the item, lower-cased."""
    said: dict[str, Any] = json.loads(item.payload)
    own = {str(said[name]).lower() for name in ("externalOrderId", "id") if name in said}
    if "externalOrderId" not in said and "externalCustomerId" in said:
        own.add(said["externalCustomerId"].lower())
    return own | {channel["value"].lower() for channel in said.get("channels", ())}


def _elements(found: object) -> Iterator[tuple[set[str], str]]:
    """Who each element is about, and why it failed."""
    for element in listed(found):
        if isinstance(element, dict) and element.keys().isdisjoint((*_NAMES, *_REASONS)):
            for name, reason in element.items():
                yield {name.lower()}, _text(reason)
        else:
            said = element if isinstance(element, dict) else {}
            reason = next((said[name] for name in _REASONS if said.get(name)), None)
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
    said = reason if isinstance(reason, str) else json.dumps(reason) if reason else ""
    return shorten(said or UNNAMED)
