"""Recognises a message among what contact/list shows of its contact.

An event is recognised by externalId, type and date, and by value and products where it has them.
The API's own ids are not looked at: nothing says that they are unique. Equal events are counted: an
entry stands for one message.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from batchline.systems.columns import Item
from batchline.systems.verdicts import DELIVERED, Dead, Verdict

#: What is known of a message: a verdict; None: the API has not taken it; a text: nothing is known,
#: and the text says why.
Known = Verdict | None | str
#: An entry is the message, is another, or lacks the fields by which that could be told.
Same = bool | None

#: A field of a question's items, which are not sent: the event as updates may have changed it.
CHANGED = "changedEvents"
#: The API's dates may have no milliseconds.
SECOND_IN_MILLIS = 1000
#: Values have two decimals.
HALF_CENT = 0.005


def events(contact: dict[str, Any], items: Sequence[Item]) -> list[Known]:
    """What is known of events of one contact."""
    entries, whole = _entries(contact, "contactExtEvents")
    versions = [_versions(item) for item in items]
    # First every event that is there takes its entry; what is left over may be one of the others.
    found = [_take(entries, one) for one in versions]
    return [
        _known_event(one, is_found, entries, whole)
        for one, is_found in zip(versions, found, strict=True)
    ]


def _known_event(
    versions: list[dict[str, Any]], is_found: bool, entries: list[dict[str, Any]], whole: bool
) -> Known:
    """What is known of an event. `entries` are those of nobody; `whole`: all of them are there."""
    if not versions[0].get("externalId"):
        return Dead("ambiguous", "an event without externalId cannot be found again at the API")
    if is_found:
        return DELIVERED
    if not whole:
        return "contact/list does not show the contact's events"
    if any(_is_event(entry, versions) is None for entry in entries):
        return "contact/list shows an event that may be this one, but not all of it"
    return None


def redemptions(contact: dict[str, Any], items: Sequence[Item]) -> list[Known]:
    """What is known of redemptions by one contact."""
    return _coupons(contact, items, lambda entry: _flag(entry.get("used")))


def additions(contact: dict[str, Any], items: Sequence[Item]) -> list[Known]:
    """What is known of coupons that were given to one contact."""
    return _coupons(contact, items, lambda entry: True)


def _coupons(
    contact: dict[str, Any], items: Sequence[Item], fits: Callable[[dict[str, Any]], Same]
) -> list[Known]:
    entries, whole = _entries(contact, "coupons")
    known: list[Known] = []
    for item in items:
        code = json.loads(item.payload).get("coupon")
        found = _any(_all((_same_text(one.get("coupon"), code), fits(one))) for one in entries)
        if code is None:
            known.append(Dead("ambiguous", "a code that the API was to make cannot be found again"))
        elif found:
            known.append(DELIVERED)
        elif found is None or not whole:
            known.append("contact/list does not show whether the contact has or used the coupon")
        else:
            known.append(None)
    return known


def _versions(item: Item) -> list[dict[str, Any]]:
    """The event as it was enqueued, and as later updates of its batch may have changed it."""
    data = json.loads(item.payload)
    return [data["contactEvent"], *data.get(CHANGED, ())]


def _take(entries: list[dict[str, Any]], versions: list[dict[str, Any]]) -> bool:
    """Remove the first entry that is the event; whether there was one."""
    for position, entry in enumerate(entries):
        if _is_event(entry, versions):
            del entries[position]
            return True
    return False


def _is_event(entry: dict[str, Any], versions: list[dict[str, Any]]) -> Same:
    return _any(_is_version(entry, version) for version in versions)


def _is_version(entry: dict[str, Any], event: dict[str, Any]) -> Same:
    if not event.get("externalId") or ("externalId" in entry and entry["externalId"] is None):
        return False
    fields = [
        _same_text(entry.get("externalId"), event["externalId"]),
        _same_text(entry.get("contactExtEventType"), event["contactExtEventType"], str.upper),
        _near(entry.get("date"), event["date"], SECOND_IN_MILLIS),
    ]
    if event.get("value") is not None:
        fields.append(_near(entry.get("value"), event["value"], HALF_CENT))
    if event.get("products"):
        fields.append(_same_text(entry.get("products"), event["products"], _listed))
    return _all(fields)


def _same_text(shown: object, ours: str, form: Callable[[str], object] = str) -> Same:
    """Whether two texts are one, in that form; None: nothing is shown.

    A number is taken for its digits: what is a text here may be a number at the API.
    """
    if not isinstance(shown, str | int) or isinstance(shown, bool):
        return None
    return form(str(shown).strip()) == form(ours.strip())


def _near(shown: object, ours: float, within: float) -> Same:
    """Whether two numbers differ by less than that; None: no number is shown."""
    if isinstance(shown, bool) or not isinstance(shown, str | int | float):
        return None
    try:
        return abs(float(shown) - ours) < within
    except (ValueError, OverflowError):
        return None


def _listed(products: str) -> list[str]:
    return sorted(part.strip() for part in products.split(","))


def _flag(value: object) -> Same:
    return value if isinstance(value, bool) else None


def _entries(contact: dict[str, Any], name: str) -> tuple[list[dict[str, Any]], bool]:
    """The objects in a list of the contact, and whether these are all of its elements."""
    value = contact.get(name)
    elements = value if isinstance(value, list) else [value]
    entries = [entry for entry in elements if isinstance(entry, dict)]
    return entries, len(entries) == len(elements)


def _all(parts: Iterable[Same]) -> Same:
    values = list(parts)
    return False if False in values else None if None in values else True


def _any(parts: Iterable[Same]) -> Same:
    values = list(parts)
    return True if True in values else None if None in values else False
