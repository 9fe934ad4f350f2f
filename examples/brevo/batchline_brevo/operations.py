"""The two operations: the bodies of their requests, their batching, and the API's promises."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from batchline.systems.columns import Item
from batchline.systems.operation import EffectiveOperation, Operation
from batchline.systems.planning import cut, each_alone, fold, grouped, json_array
from batchline.systems.requests import Endpoint, Request

from .account import BrevoAccount
from .answers import judge_contact, judge_events
from .messages import ContactUpsert, EventAdd

#: docs/event-endpoints, "Create events in batch": the most events, and the largest body.
MOST_EVENTS = 200
LARGEST_BODY = 512_000
#: Bytes of a body around its events.
AROUND_EVENTS = len(b'{"events":[]}')


def _contact(request: Request, account: BrevoAccount, now: float) -> bytes:
    """The item's own bytes, and `updateEnabled`, so that the API changes a contact that exists."""
    return request.items[0].payload[:-1] + b',"updateEnabled":true}'


def _events(request: Request, account: BrevoAccount, now: float) -> bytes:
    return json_array("events", request.items)


UPSERT = Endpoint("/v3/contacts", _contact, judge_contact)
ADD = Endpoint("/v3/events/batch", _events, judge_events)


def merge(items: Sequence[Item]) -> list[Item]:
    """The upserts of one contact become one, in the place of the first."""
    by_contact = grouped(items, lambda item: item.contact)
    return [merged for same in by_contact for merged in fold(same, _as_one)]


def _as_one(upserts: list[dict[str, Any]]) -> list[tuple[dict[str, Any], list[int]]]:
    """One upsert with the effect of all: attributes by name, every list, the last of the others."""
    one = {name: value for upsert in upserts for name, value in upsert.items()}
    attributes = {k: v for upsert in upserts for k, v in upsert.get("attributes", {}).items()}
    lists = dict.fromkeys(number for upsert in upserts for number in upsert.get("listIds", ()))
    if attributes:
        one["attributes"] = attributes
    if lists:
        one["listIds"] = list(lists)
    return [(one, list(range(len(upserts))))]


def plan_events(
    items: Sequence[Item], settings: EffectiveOperation, account: BrevoAccount
) -> list[list[Request]]:
    """One wave: an event has its date, so the order in which events arrive does not matter."""
    most = min(settings.batch_bytes, LARGEST_BODY - AROUND_EVENTS)
    within = settings.model_copy(update={"batch_bytes": most})
    return [[ADD.request(run) for run in cut(items, within)]]


OPERATIONS = (
    Operation(
        message=ContactUpsert,
        linger=1.0,
        batch_size=100,
        largest_batch=1000,
        ambiguous="resend",
        batching="one POST /v3/contacts per contact, its upserts merged, `parallel` at a time",
        idempotent=True,
        ordered=True,
        endpoints=(UPSERT,),
        merge=merge,
        plan=each_alone(UPSERT),
    ),
    Operation(
        message=EventAdd,
        # The upsert that was enqueued with the event goes first.
        linger=2.0,
        batch_size=MOST_EVENTS,
        largest_batch=MOST_EVENTS,
        # An event has no id at the API, so a repetition would count as a second event.
        ambiguous="hold",
        batching="one POST /v3/events/batch, at most 200 and 512 KB",
        idempotent=False,
        endpoints=(ADD,),
        plan=plan_events,
    ),
)
