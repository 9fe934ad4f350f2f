"""Changes in the lane of upserts: deletions of contacts, their owner, their monitoring."""

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
from batchline.systems.salesmanago.addressees import NAMED, joined
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


def _with_owner(fields: Fields) -> Fields:
    """The owner, the request's own fields, and these."""

    def all_fields(request: Request, account: SalesmanagoAccount, now: int) -> dict[str, Any]:
        own = request_fields(request.items[0].options)
        return {"owner": account.owner, **own, **fields(request, account, now)}

    return all_fields


def _only(request: Request, account: SalesmanagoAccount, now: int) -> dict[str, Any]:
    """The fields of the only item."""
    fields: dict[str, Any] = json.loads(request.items[0].payload)
    return fields


def _contacts(request: Request, account: SalesmanagoAccount, now: int) -> dict[str, Any]:
    """`contacts` of all items, one by one."""
    return {"contacts": [one for item in request.items for one in _elements(item)]}


def _joined(request: Request, account: SalesmanagoAccount, now: int) -> dict[str, Any]:
    """`contacts` of all items; named contacts of one type are joined with commas."""
    elements = [one for item in request.items for one in _elements(item)]
    named = [one for one in elements if one["addresseeType"] in NAMED]
    others = [one for one in elements if one["addresseeType"] not in NAMED]
    return {"contacts": [*others, *joined(named)]}


def _elements(item: Item) -> list[dict[str, str]]:
    data = json.loads(item.payload)
    if item.operation == ContactDeletion.operation:
        return [{"addresseeType": "EMAIL", "value": data["email"]}]
    contacts: list[dict[str, str]] = data["contacts"]
    return contacts


DELETE = endpoint("/api/contact/delete", _with_owner(_only), no_content)
SET_OWNER = endpoint("/api/contact/setMainOwner", _with_owner(_only), no_content)
BATCH_DELETE = endpoint("/api/contact/batchDelete", _with_owner(_joined), no_content)
STOP = endpoint("/api/contact/stopMonitoring", _with_owner(_contacts), no_content)
RESTORE = endpoint("/api/contact/restoreMonitoring", _with_owner(_contacts), no_content)


def requests(group: Sequence[Item], settings: EffectiveOperation) -> Iterator[Request]:
    """As few requests as the methods allow, for items of one operation and equal options."""
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
    """The outcome of an HTTP 200 with an empty body.

    contact/delete documents a JSON object; a public client has met "only an HTTP 200". An empty
    body is no success. A repetition would get it again, and hold up every upsert behind it. So the
    deletion is held for a person, who looks whether the contact is gone.
    """
    return Judged({0: Dead("ambiguous", "contact/delete answered HTTP 200 with an empty body")})


def _in_the_lane_of_upserts(
    message: type[Message], batching: str, *endpoints: Endpoint
) -> Operation:
    """An idempotent operation, with batch and linger of the lane that it shares."""
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
