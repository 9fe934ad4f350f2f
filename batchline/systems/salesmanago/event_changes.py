"""Changing external events: v2/contact/updateContactExtEvent and deleteContactExtEvent."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from batchline.systems.contract import Item, Request
from batchline.systems.planning import one_by_one
from batchline.systems.salesmanago import verify
from batchline.systems.verdicts import (
    Ambiguous,
    ContactMissing,
    Dead,
    DestinationFailed,
    Judged,
    Verdict,
)

UPDATE, DELETE = "event.update", "event.delete"
PATHS = {
    UPDATE: "/api/v2/contact/updateContactExtEvent",
    DELETE: "/api/v2/contact/deleteContactExtEvent",
}


def requests(items: Sequence[Item]) -> Iterator[Request]:
    """A call each; contact/list first where the eventId, which an update must have, is not known.

    contact/list documents contactExtEvents with `eventId` and `externalId`.
    """
    unknown = [item for item in items if _lacks_event_id(item)]
    known = [item for item in items if not _lacks_event_id(item)]
    yield from verify.plan(unknown, UPDATE)
    for item in known:
        yield from one_by_one([item], item.operation, PATHS[item.operation])


def fields(request: Request) -> dict[str, Any]:
    """The item as the API wants it: without the contact, which only keeps the order."""
    data: dict[str, Any] = json.loads(request.items[0].payload)
    return {name: value for name, value in data.items() if name not in ("email", "contactId")}


def judge_list(request: Request, answer: dict[str, Any]) -> Judged | DestinationFailed:
    """contact/list's answer: each update with its eventId, or why it cannot be done."""
    shown = verify.shown(answer)
    if shown is None:
        return DestinationFailed("the answer to contact/list has no contacts")
    exceptions: dict[int, Verdict | Ambiguous] = {}
    again: dict[int, bytes] = {}
    for index, item in enumerate(request.items):
        contact = shown.get(verify.identifier(item))
        found = _with_event_id(item, contact) if contact else ContactMissing()
        if isinstance(found, bytes):
            again[index] = found
        else:
            exceptions[index] = found
    return Judged(exceptions, again=again)


def judge_event_id(answer: dict[str, Any]) -> Judged:
    """The single add and the update answer with the `eventId`, a deletion without."""
    event_id = answer.get("eventId")
    return Judged(ids={0: event_id} if isinstance(event_id, str) and event_id else {})


def _with_event_id(item: Item, contact: dict[str, Any]) -> bytes | Dead:
    data = json.loads(item.payload)
    external_id = data["contactEvent"]["externalId"]
    events = verify.entries(contact, "contactExtEvents")
    ids = {
        str(e["eventId"]) for e in events if e.get("externalId") == external_id and "eventId" in e
    }
    if len(ids) != 1:
        many = f"{len(ids)} events" if ids else "no event"
        return Dead("rejected", f"contact/list shows {many} of the contact with this externalId")
    data["contactEvent"]["eventId"] = ids.pop()
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def _lacks_event_id(item: Item) -> bool:
    return item.operation == UPDATE and not json.loads(item.payload)["contactEvent"].get("eventId")
