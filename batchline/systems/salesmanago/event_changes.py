"""Changes of external events: v2/contact/updateContactExtEvent and deleteContactExtEvent."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from batchline.systems.columns import Item
from batchline.systems.message import Message, compact_json
from batchline.systems.operation import Operation
from batchline.systems.requests import Endpoint, Request
from batchline.systems.salesmanago import verify
from batchline.systems.salesmanago.account import SalesmanagoAccount
from batchline.systems.salesmanago.endpoints import as_owner, endpoint, no_content
from batchline.systems.salesmanago.messages.event_changes import EventDeletion, EventUpdate
from batchline.systems.verdicts import (
    Ambiguous,
    ContactMissing,
    Dead,
    DestinationFailed,
    Judged,
    Verdict,
)


def requests(items: Sequence[Item]) -> Iterator[Request]:
    """A call for each item. An update needs eventId and date; contact/list is asked for these.

    contact/list documents contactExtEvents with `eventId`, `date` and `externalId`.
    """
    incomplete = [item for item in items if _is_incomplete(item)]
    yield from verify.ask(incomplete, OWN_EVENTS)
    for item in items:
        if not _is_incomplete(item):
            is_update = item.operation == EventUpdate.operation
            yield (UPDATE if is_update else DELETE).request((item,))


def _fields(request: Request, account: SalesmanagoAccount, now: int) -> dict[str, Any]:
    """The item's fields without the contact, which only keeps the order and is not sent."""
    data: dict[str, Any] = json.loads(request.items[0].payload)
    event = {name: value for name, value in data.items() if name not in ("email", "contactId")}
    return {**as_owner(request, account, now), **event}


def _judge_list(request: Request, answer: dict[str, Any]) -> Judged | DestinationFailed:
    """Judge contact/list's answer: each update gets what it lacks, or a verdict why it cannot."""
    if not isinstance(answer.get("contacts"), list):
        return DestinationFailed("the answer to contact/list has no contacts")
    shown = verify.contacts(request, answer)
    exceptions: dict[int, Verdict | Ambiguous] = {}
    again: dict[int, bytes] = {}
    for index, item in enumerate(request.items):
        found = shown.get(verify.identifier(item))
        completed = _completed(item, found) if found else ContactMissing()
        if isinstance(completed, bytes):
            again[index] = completed
        else:
            exceptions[index] = completed
    return Judged(exceptions, again=again)


def judge_event_id(request: Request, answer: dict[str, Any]) -> Judged:
    """The id is the answer's `eventId`: the single add and the update have it, a deletion not."""
    event_id = answer.get("eventId")
    return Judged(ids={0: event_id} if isinstance(event_id, str) and event_id else {})


def _completed(item: Item, contacts: Sequence[dict[str, Any]]) -> bytes | Dead:
    """The item with eventId and date of the only event that has its eventId, else externalId."""
    data = json.loads(item.payload)
    changed = data["contactEvent"]
    name = "eventId" if changed.get("eventId") else "externalId"
    found = [
        event
        for contact in contacts
        for event in verify.objects(contact.get("contactExtEvents"))
        if str(event.get(name)) == changed[name]
    ]
    if len(found) != 1:
        many = f"{len(found)} events" if found else "no event"
        return Dead("rejected", f"contact/list shows {many} of the contact with this {name}")
    event_id, date = found[0].get("eventId"), found[0].get("date")
    if not isinstance(event_id, str) or not event_id.strip():
        return Dead("rejected", "contact/list shows the event, and no eventId of it")
    if "date" not in changed and (type(date) is not int or date <= 0):
        return Dead("rejected", "contact/list shows the event, and no date of it: give `date`")
    data["contactEvent"] = {"date": date, **changed, "eventId": event_id}
    return compact_json(data)


def _is_incomplete(item: Item) -> bool:
    """Whether it is an update without an eventId or without a date."""
    if item.operation != EventUpdate.operation:
        return False
    event = json.loads(item.payload)["contactEvent"]
    return not event.get("eventId") or not event.get("date")


UPDATE = endpoint("/api/v2/contact/updateContactExtEvent", _fields, no_content, judge_event_id)
DELETE = endpoint("/api/v2/contact/deleteContactExtEvent", _fields, no_content, judge_event_id)
#: contact/list and contact/listById, as questions for the events that updates change.
OWN_EVENTS = verify.questions(_judge_list)


def _in_the_lane_of_adds(message: type[Message], batching: str, *endpoints: Endpoint) -> Operation:
    """An idempotent operation, with batch and linger of the lane that it shares."""
    return Operation(
        message=message,
        linger=5.0,
        batch_size=1000,
        largest_batch=1000,
        ambiguous="resend",
        batching=f"{batching}, in the lane of {message.lane}",
        idempotent=True,
        endpoints=endpoints,
    )


OPERATIONS = (
    _in_the_lane_of_adds(
        EventUpdate,
        "into its event while that waits in the lane, else one updateContactExtEvent each",
        UPDATE,
        *OWN_EVENTS,
    ),
    _in_the_lane_of_adds(
        EventDeletion, "one deleteContactExtEvent each, `parallel` at a time", DELETE
    ),
)
