"""Asking SALESmanago what became of events and coupons in doubt: contact/list and listById.

Both show a contact's external events with their `externalId`, and its coupons with `used`. For
coupons that is one question for fifty contacts, where coupon/verify takes one coupon at a time and
wants the `couponName`, which contact/useContactCoupon does not know.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from batchline.systems.contract import Item, Request
from batchline.systems.verdicts import DELIVERED, Dead, DestinationFailed, Verdict, Verified

LIST_PATH = "/api/contact/list"
LIST_BY_ID_PATH = "/api/contact/listById"
PATHS = frozenset({LIST_PATH, LIST_BY_ID_PATH})
#: contact/list, email: "up to 50 contacts at once"; listById: "maximum 50 IDs per request".
MOST_CONTACTS = 50


def plan(items: Sequence[Item], operation: str) -> list[Request]:
    """Questions about at most fifty contacts each; by id where the item has no e-mail address."""
    by_path: dict[str, list[Item]] = {LIST_PATH: [], LIST_BY_ID_PATH: []}
    for item in items:
        by_path[LIST_PATH if _contact(item)[0] == "email" else LIST_BY_ID_PATH].append(item)
    return [
        Request(operation, path, tuple(run))
        for path, chosen in by_path.items()
        for run in _runs(chosen)
    ]


def _runs(items: Sequence[Item]) -> Iterator[list[Item]]:
    run: list[Item] = []
    contacts: set[str] = set()
    for item in items:
        contact = _contact(item)[1].lower()
        if contact not in contacts and len(contacts) == MOST_CONTACTS:
            yield run
            run, contacts = [], set()
        run.append(item)
        contacts.add(contact)
    if run:
        yield run


def fields(request: Request) -> dict[str, Any]:
    """The question: `email` or `contactId`, each once."""
    contacts = {value.lower(): value for _, value in map(_contact, request.items)}
    name = "email" if request.path == LIST_PATH else "contactId"
    return {name: list(contacts.values())}


def judge_success(request: Request, answer: dict[str, Any]) -> Verified | DestinationFailed:
    """Which items the contacts show. A contact that is not there cannot have taken anything."""
    contacts = shown(answer)
    if contacts is None:
        return DestinationFailed("the answer to contact/list has no contacts")
    found: dict[int, Verdict] = {}
    for index, item in enumerate(request.items):
        verdict = _verdict(item, request.operation, contacts.get(identifier(item)))
        if verdict is not None:
            found[index] = verdict
    return Verified(found)


def shown(answer: dict[str, Any]) -> dict[str, dict[str, Any]] | None:
    """The contacts of an answer by each of their identifiers, lower-cased; None if it has none."""
    contacts = answer.get("contacts")
    if not isinstance(contacts, list):
        return None
    return {
        str(contact[name]).lower(): contact
        for contact in contacts
        if isinstance(contact, dict)
        for name in ("email", "id")
        if contact.get(name)
    }


def identifier(item: Item) -> str:
    """By which `shown` knows the item's contact."""
    return _contact(item)[1].lower()


def entries(contact: dict[str, Any] | None, listed: str) -> list[dict[str, Any]]:
    """The objects in a list of the contact's, such as `contactExtEvents`."""
    found = (contact or {}).get(listed)
    elements = found if isinstance(found, list) else [found]
    return [entry for entry in elements if isinstance(entry, dict)]


def _verdict(item: Item, operation: str, contact: dict[str, Any] | None) -> Verdict | None:
    data = json.loads(item.payload)
    if operation == "coupon.redeem":
        used = _values(contact, "coupons", "coupon", lambda coupon: coupon.get("used") is True)
        return DELIVERED if data["coupon"] in used else None
    if operation == "coupon.add":
        if "coupon" not in data:
            return Dead("ambiguous", "a code that the API was to make cannot be found again")
        return DELIVERED if data["coupon"] in _values(contact, "coupons", "coupon") else None
    external_id = data["contactEvent"].get("externalId")
    if not external_id:
        return Dead("ambiguous", "an event without externalId cannot be found again at the API")
    known = _values(contact, "contactExtEvents", "externalId")
    return DELIVERED if external_id in known else None


def _values(
    contact: dict[str, Any] | None, listed: str, name: str, fits: Any = lambda entry: True
) -> set[str]:
    return {
        str(entry[name]) for entry in entries(contact, listed) if entry.get(name) and fits(entry)
    }


def _contact(item: Item) -> tuple[str, str]:
    """The contact as ("email" or "contactId", value)."""
    data = json.loads(item.payload)
    if data.get("email"):
        return "email", str(data["email"])
    return "contactId", str(data["contactId"])
