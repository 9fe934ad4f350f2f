"""Asks SALESmanago whether it took ambiguous events and coupons, by contact/list and listById.

Both show a contact's external events with their `externalId`, and its coupons with `used`. One
question covers the coupons of fifty contacts, while coupon/verify takes one coupon and requires the
`couponName`, which contact/useContactCoupon does not have.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from batchline.systems.columns import Item
from batchline.systems.requests import Endpoint, Request
from batchline.systems.salesmanago.account import SalesmanagoAccount
from batchline.systems.salesmanago.endpoints import JudgeSuccess, endpoint, no_content
from batchline.systems.verdicts import DELIVERED, Dead, DestinationFailed, Verdict, Verified

LIST_PATH = "/api/contact/list"
LIST_BY_ID_PATH = "/api/contact/listById"
#: contact/list, email: "up to 50 contacts at once"; contact/listById, contactId: "maximum 50 IDs
#: per request".
MOST_CONTACTS = 50


def questions(judge: JudgeSuccess) -> tuple[Endpoint, Endpoint]:
    """The endpoints contact/list and contact/listById, whose answers `judge` judges."""
    return (
        endpoint(LIST_PATH, _fields, no_content, judge),
        endpoint(LIST_BY_ID_PATH, _fields, no_content, judge),
    )


def ask(items: Sequence[Item], endpoints: tuple[Endpoint, Endpoint]) -> list[Request]:
    """Questions about at most fifty contacts each; by id for items without an e-mail address."""
    by_email = [item for item in items if _contact(item)[0] == "email"]
    by_id = [item for item in items if _contact(item)[0] != "email"]
    return [
        endpoint_.request(tuple(run))
        for endpoint_, chosen in zip(endpoints, (by_email, by_id), strict=True)
        for run in _runs(chosen)
    ]


def plan(items: Sequence[Item]) -> list[Request]:
    """Questions whether the API took these events or coupons."""
    return ask(items, _VERIFY)


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


def _fields(request: Request, account: SalesmanagoAccount, now: int) -> dict[str, Any]:
    """The fields of the question: every `email` or `contactId` once."""
    contacts = {value.lower(): value for _, value in map(_contact, request.items)}
    name = "email" if request.path == LIST_PATH else "contactId"
    return {"owner": account.owner, name: list(contacts.values())}


def _judge(request: Request, answer: dict[str, Any]) -> Verified | DestinationFailed:
    """Which items the contacts show. A missing contact cannot have taken any."""
    contacts = shown(answer)
    if contacts is None:
        return DestinationFailed("the answer to contact/list has no contacts")
    verdicts: dict[int, Verdict] = {}
    for index, item in enumerate(request.items):
        verdict = _verdict(item, request.operation, contacts.get(identifier(item)))
        if verdict is not None:
            verdicts[index] = verdict
    return Verified(verdicts)


_VERIFY = questions(_judge)


def shown(answer: dict[str, Any]) -> dict[str, dict[str, Any]] | None:
    """Lower-cased identifier -> contact, for an answer; None if the answer has no contacts."""
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
    """The identifier under which `shown` has the item's contact."""
    return _contact(item)[1].lower()


def entries(contact: dict[str, Any] | None, name: str) -> list[dict[str, Any]]:
    """The objects in a list of the contact, such as `contactExtEvents`."""
    value = (contact or {}).get(name)
    elements = value if isinstance(value, list) else [value]
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
    contact: dict[str, Any] | None, list_name: str, name: str, fits: Any = lambda entry: True
) -> set[str]:
    return {
        str(entry[name]) for entry in entries(contact, list_name) if entry.get(name) and fits(entry)
    }


def _contact(item: Item) -> tuple[str, str]:
    """The item's contact as ("email" or "contactId", value)."""
    data = json.loads(item.payload)
    if data.get("email"):
        return "email", str(data["email"])
    return "contactId", str(data["contactId"])
