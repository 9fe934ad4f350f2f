"""What the lane of upserts carries beside them: contacts deleted, their owner, their monitoring."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from batchline.systems.account import EffectiveOperation
from batchline.systems.contract import Item, Request
from batchline.systems.planning import cut, one_by_one
from batchline.systems.salesmanago.addressees import addressees
from batchline.systems.verdicts import Dead, Judged

DELETE_PATH = "/api/contact/delete"
OWNER_PATH = "/api/contact/setMainOwner"
BATCH_DELETE_PATH = "/api/contact/batchDelete"
#: operation -> the path that takes an array of contacts.
MANY_PATHS = {
    "contact.delete": BATCH_DELETE_PATH,
    "contact.delete_many": BATCH_DELETE_PATH,
    "contact.stop_monitoring": "/api/contact/stopMonitoring",
    "contact.restore_monitoring": "/api/contact/restoreMonitoring",
}
PATHS = frozenset({DELETE_PATH, OWNER_PATH, *MANY_PATHS.values()})
#: Each of their values is one contact: only these are put together with commas.
SINGLE_CONTACTS = ("EMAIL", "CONTACT_ID")


def requests(group: Sequence[Item], settings: EffectiveOperation) -> Iterator[Request]:
    """The calls for items of one operation and equal options: as few as the methods allow."""
    operation = group[0].operation
    if operation == "contact.set_owner":
        yield from one_by_one(group, operation, OWNER_PATH)
    elif operation == "contact.delete" and len(group) == 1:
        yield from one_by_one(group, operation, DELETE_PATH)
    else:
        for run in cut(group, settings):
            yield Request(operation, MANY_PATHS[operation], run)


def fields(request: Request) -> dict[str, Any]:
    """What stands beside the auth block and the request's own fields."""
    if request.path in (DELETE_PATH, OWNER_PATH):
        only: dict[str, Any] = json.loads(request.items[0].payload)
        return only
    contacts = [named for item in request.items for named in _contacts(item)]
    if request.path != BATCH_DELETE_PATH:
        return {"contacts": contacts}
    single = [one for one in contacts if one["addresseeType"] in SINGLE_CONTACTS]
    pairs = [
        (one["addresseeType"], value.strip()) for one in single for value in one["value"].split(",")
    ]
    others = [one for one in contacts if one["addresseeType"] not in SINGLE_CONTACTS]
    return {"contacts": [*others, *addressees(pairs)]}


def _contacts(item: Item) -> list[dict[str, str]]:
    data = json.loads(item.payload)
    if item.operation == "contact.delete":
        return [{"addresseeType": "EMAIL", "value": data["email"]}]
    contacts: list[dict[str, str]] = data["contacts"]
    return contacts


def judge_silence() -> Judged:
    """contact/delete documents a JSON object; a public client has met "only an HTTP 200".

    An empty body says neither yes nor no: it is no success, and to ask again would only bring the
    same and hold up every upsert behind it. So a person looks whether the contact is gone.
    """
    return Judged({0: Dead("ambiguous", "contact/delete answered HTTP 200 with an empty body")})
