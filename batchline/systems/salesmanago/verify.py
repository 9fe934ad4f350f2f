"""Asks SALESmanago whether it took ambiguous events and coupons, by contact/list and listById.

Both show a contact's external events, and its coupons with `used` (`recognition.py`). One question
covers the coupons of fifty contacts, while coupon/verify takes one coupon and requires the
`couponName`, which contact/useContactCoupon does not have.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from batchline.systems.columns import Item
from batchline.systems.message import request_fields
from batchline.systems.planning import grouped
from batchline.systems.requests import Endpoint, Request
from batchline.systems.salesmanago import recognition
from batchline.systems.salesmanago.account import SalesmanagoAccount
from batchline.systems.salesmanago.endpoints import JudgeSuccess, as_owner, endpoint, no_content
from batchline.systems.salesmanago.recognition import Known
from batchline.systems.verdicts import Verdict, Verified

LIST_PATH = "/api/contact/list"
LIST_BY_ID_PATH = "/api/contact/listById"
#: contact/list, email: "up to 50 contacts at once"; contact/listById, contactId: "maximum 50 IDs
#: per request".
MOST_CONTACTS = 50
#: Seconds after which a contact has the single events that waited for it: the API tries each every
#: five minutes (000:2405). Twice that, for the try may be late, and clocks differ.
KEPT_FOR = 600.0

#: Operation -> what is known of its items of one contact.
_KNOWN: dict[str, Callable[[dict[str, Any], Sequence[Item]], list[Known]]] = {
    "event.add": recognition.events,
    "coupon.redeem": recognition.redemptions,
    "coupon.add": recognition.additions,
}


def questions(judge: JudgeSuccess) -> tuple[Endpoint, Endpoint]:
    """The endpoints contact/list and contact/listById, whose answers `judge` judges."""
    return (
        endpoint(LIST_PATH, _fields, no_content, judge),
        endpoint(LIST_BY_ID_PATH, _fields, no_content, judge),
    )


def ask(items: Sequence[Item], endpoints: tuple[Endpoint, Endpoint]) -> list[Request]:
    """Questions of one owner about at most fifty contacts each.

    A contact is asked about by id where the item has it. All items of a contact are in one
    question, for equal ones are counted.
    """
    by_email, by_id = endpoints
    return [
        (by_email if kind == "email" else by_id).request(run)
        for group in grouped(items, lambda item: (owner(item), _contact(item)[0]))
        for kind in (_contact(group[0])[0],)
        for run in _runs(group)
    ]


def owner(item: Item) -> object:
    """The owner that the item names; None: the account's."""
    return request_fields(item.options).get("owner")


def plan(items: Sequence[Item]) -> list[Request]:
    """Questions whether the API took these events or coupons."""
    return ask(items, _VERIFY)


def _runs(items: Sequence[Item]) -> Iterator[list[Item]]:
    contacts = grouped(items, identifier)
    for start in range(0, len(contacts), MOST_CONTACTS):
        yield [item for of_one in contacts[start : start + MOST_CONTACTS] for item in of_one]


def _fields(request: Request, account: SalesmanagoAccount, now: int) -> dict[str, Any]:
    """The fields of the question: every `email` or `contactId` once."""
    contacts = {value.lower(): value for _, value in map(_contact, request.items)}
    name = "email" if request.path == LIST_PATH else "contactId"
    return {**as_owner(request, account, now), name: list(contacts.values())}


def _judge(request: Request, answer: dict[str, Any]) -> Verified:
    """What the contacts show. Nothing is known of a contact that they do not have.

    It may be one that is still to be made, or one that this owner must not see.
    """
    if not isinstance(answer.get("contacts"), list):
        return Verified(unknown=dict.fromkeys(range(len(request.items)), "no contacts are shown"))
    shown = contacts(request, answer)
    verdicts: dict[int, Verdict] = {}
    unknown: dict[int, str] = {}
    unshown: dict[int, str] = {}
    kept: dict[int, float] = {}
    for indexes in grouped(range(len(request.items)), lambda n: identifier(request.items[n])):
        items = [request.items[index] for index in indexes]
        if not shown.get(identifier(items[0])):
            unshown |= dict.fromkeys(indexes, _shows(0))
            continue
        for index, known in zip(indexes, _known(request, items, shown), strict=True):
            if isinstance(known, str):
                unknown[index] = known
            elif known is not None:
                verdicts[index] = known
            elif request_fields(request.items[index].options).get("single") is True:
                kept[index] = _kept_until(shown[identifier(items[0])][0])
    return Verified(verdicts, unknown, unshown, kept)


_VERIFY = questions(_judge)


def _known(
    request: Request, items: Sequence[Item], shown: dict[str, list[dict[str, Any]]]
) -> list[Known]:
    """What is known of these items of one contact."""
    found = shown[identifier(items[0])]
    if len(found) == 1:
        return _KNOWN[request.operation](found[0], items)
    return [_shows(len(found))] * len(items)


def _kept_until(contact: dict[str, Any]) -> float:
    """UNIX seconds until which the API may add a single event to this contact by itself."""
    created = contact.get("createdOn")
    return created / 1000 + KEPT_FOR if type(created) is int else math.inf


def _shows(count: int) -> str:
    return f"contact/list shows {count} contacts with this identifier to this owner"


def contacts(request: Request, answer: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Lower-cased identifier -> contacts that the answer to a question shows under it."""
    name = "email" if request.path == LIST_PATH else "id"
    found: dict[str, list[dict[str, Any]]] = {}
    for contact in objects(answer.get("contacts")):
        found.setdefault(str(contact.get(name)).strip().lower(), []).append(contact)
    return found


def identifier(item: Item) -> str:
    """The identifier under which `contacts` has the item's contact."""
    return _contact(item)[1].strip().lower()


def objects(value: object) -> list[dict[str, Any]]:
    """The objects of a list, such as `contactExtEvents`."""
    elements = value if isinstance(value, list) else [value]
    return [element for element in elements if isinstance(element, dict)]


def _contact(item: Item) -> tuple[str, str]:
    """The item's contact as ("contactId" or "email", value)."""
    data = json.loads(item.payload)
    if data.get("contactId"):
        return "contactId", str(data["contactId"])
    return "email", str(data["email"])
