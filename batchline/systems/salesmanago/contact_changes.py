"""What the lane of upserts carries beside them: contacts deleted, their owner, their monitoring."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from batchline.systems.columns import Item
from batchline.systems.message import Message, request_fields
from batchline.systems.operation import EffectiveOperation, Operation
from batchline.systems.planning import cut, one_by_one
from batchline.systems.requests import Endpoint, Request
from batchline.systems.salesmanago.account import SalesmanagoAccount
from batchline.systems.salesmanago.addressees import addressees
from batchline.systems.salesmanago.endpoints import Fields, endpoint, no_content
from batchline.systems.salesmanago.messages.contact_changes import (
    MonitoringRestoration,
    MonitoringStop,
    OwnerChange,
)
from batchline.systems.salesmanago.messages.contact_deletions import (
    ContactDeletion,
    ContactMassDeletion,
)
from batchline.systems.verdicts import Dead, Judged

#: Each of their values is one contact: only these are put together with commas.
SINGLE_CONTACTS = ("EMAIL", "CONTACT_ID")


def _around(fields: Fields) -> Fields:
    """These fields, and the owner and the request's own before them."""

    def all_fields(request: Request, account: SalesmanagoAccount, now: int) -> dict[str, Any]:
        requested = request_fields(request.items[0].options)
        return {"owner": account.owner, **requested, **fields(request, account, now)}

    return all_fields


def _only(request: Request, account: SalesmanagoAccount, now: int) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(request.items[0].payload)
    return fields


def _contacts(request: Request, account: SalesmanagoAccount, now: int) -> dict[str, Any]:
    """`contacts` of all items, one by one."""
    return {"contacts": [named for item in request.items for named in _named(item)]}


def _joined(request: Request, account: SalesmanagoAccount, now: int) -> dict[str, Any]:
    """`contacts` of all items; single contacts of one kind put together with commas."""
    named = [one for item in request.items for one in _named(item)]
    single = [one for one in named if one["addresseeType"] in SINGLE_CONTACTS]
    pairs = [
        (one["addresseeType"], value.strip()) for one in single for value in one["value"].split(",")
    ]
    others = [one for one in named if one["addresseeType"] not in SINGLE_CONTACTS]
    return {"contacts": [*others, *addressees(pairs)]}


def _named(item: Item) -> list[dict[str, str]]:
    data = json.loads(item.payload)
    if item.operation == ContactDeletion.operation:
        return [{"addresseeType": "EMAIL", "value": data["email"]}]
    contacts: list[dict[str, str]] = data["contacts"]
    return contacts


DELETE = endpoint("/api/contact/delete", _around(_only), no_content)
SET_OWNER = endpoint("/api/contact/setMainOwner", _around(_only), no_content)
BATCH_DELETE = endpoint("/api/contact/batchDelete", _around(_joined), no_content)
STOP = endpoint("/api/contact/stopMonitoring", _around(_contacts), no_content)
RESTORE = endpoint("/api/contact/restoreMonitoring", _around(_contacts), no_content)


def requests(group: Sequence[Item], settings: EffectiveOperation) -> Iterator[Request]:
    """The calls for items of one operation and equal options: as few as the methods allow."""
    operation = group[0].operation
    if operation == OwnerChange.operation:
        yield from one_by_one(group, SET_OWNER)
    elif operation == ContactDeletion.operation and len(group) == 1:
        yield DELETE.request(group)
    else:
        yield from map(_MANY[operation].request, cut(group, settings))


#: Operation -> the method that takes an array of contacts.
_MANY: dict[str, Endpoint] = {
    ContactDeletion.operation: BATCH_DELETE,
    ContactMassDeletion.operation: BATCH_DELETE,
    MonitoringStop.operation: STOP,
    MonitoringRestoration.operation: RESTORE,
}


def judge_silence() -> Judged:
    """contact/delete documents a JSON object; a public client has met "only an HTTP 200".

    An empty body says neither yes nor no: it is no success, and to ask again would only bring the
    same and hold up every upsert behind it. So a person looks whether the contact is gone.
    """
    return Judged({0: Dead("ambiguous", "contact/delete answered HTTP 200 with an empty body")})


def _in_the_lane_of_upserts(
    message: type[Message], batching: str, *endpoints: Endpoint
) -> Operation:
    """Batch and linger are that lane's; only what is idempotent may share it."""
    return Operation(
        message=message,
        linger=2.0,
        batch_size=1000,
        largest_batch=1000,
        ambiguous="resend",
        batching=f"{batching}, in the lane of {message.lane}",
        idempotent=True,
        endpoints=endpoints,
    )


OPERATIONS = (
    _in_the_lane_of_upserts(
        ContactDeletion,
        "one contact/delete, or one batchDelete per owner for several",
        DELETE,
        BATCH_DELETE,
    ),
    _in_the_lane_of_upserts(
        ContactMassDeletion, "one batchDelete per owner for all in a row", BATCH_DELETE
    ),
    _in_the_lane_of_upserts(OwnerChange, "one setMainOwner each, `parallel` at a time", SET_OWNER),
    _in_the_lane_of_upserts(MonitoringStop, "one stopMonitoring per owner", STOP),
    _in_the_lane_of_upserts(MonitoringRestoration, "one restoreMonitoring per owner", RESTORE),
)
