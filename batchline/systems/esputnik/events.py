"""Events: one call each, but for past ones.

The API cannot be asked whether an event arrived, and does not recognise a repeated event:
`keyValue` is usually the contact's e-mail address, equal in all its events, and no document says
that an event with an equal key is dropped. So an ambiguous event is held.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from batchline.systems.answers import shorten
from batchline.systems.columns import Item
from batchline.systems.esputnik.account import EsputnikAccount
from batchline.systems.esputnik.endpoints import Read, array, endpoint, judge_plain
from batchline.systems.esputnik.messages.events import Event, EventV2, PastEvent, PastEventV2
from batchline.systems.esputnik.readings import as_list
from batchline.systems.operation import EffectiveOperation, Operation
from batchline.systems.planning import cut, each_alone
from batchline.systems.requests import Endpoint, Request
from batchline.systems.verdicts import Ambiguous, Dead, Judged

Plan = Callable[[Sequence[Item], EffectiveOperation, EsputnikAccount], list[list[Request]]]

ADD = endpoint("/api/v1/event")
ADD_V2 = endpoint("/api/v2/event")


def _judge_past(request: Request, body: Read) -> Judged | None:
    """Judge `results`, which has the status of each event (reference, EventsMigrationResults).

    An event whose status is not ACCEPTED is not added. Where the statuses cannot be told apart by
    index, and not all are ACCEPTED, nobody knows which events were added.
    """
    if not isinstance(body, dict) or "results" not in body:
        return judge_plain(request, body)
    results = [result if isinstance(result, dict) else {} for result in as_list(body["results"])]
    statuses = [str(result.get("status", "")).upper() for result in results]
    if not statuses:
        return None
    if len(statuses) == len(request.items):
        return Judged(
            {
                index: Dead("rejected", shorten(status)) if status else Ambiguous(_NO_STATUS)
                for index, status in enumerate(statuses)
                if status != "ACCEPTED"
            }
        )
    unclear = Ambiguous(f"{len(statuses)} results for {len(request.items)} events")
    all_accepted = set(statuses) == {"ACCEPTED"} and not _count(body.get("errorCount"))
    is_complete = all_accepted and _count(body.get("successCount")) == len(request.items)
    return Judged({} if is_complete else dict.fromkeys(range(len(request.items)), unclear))


def _count(value: object) -> int:
    return int(str(value)) if str(value).isdecimal() else 0


_NO_STATUS = "the answer does not say what became of this event"
ADD_PAST = endpoint("/api/v1/past_events", array("events"), _judge_past)
ADD_PAST_V2 = endpoint("/api/v2/past_events", array("events"), _judge_past)


def _plan_past(endpoint: Endpoint) -> Plan:
    """A plan: one call for many events. Past events are the only ones with a batch form."""

    def plan(
        items: Sequence[Item], settings: EffectiveOperation, account: EsputnikAccount
    ) -> list[list[Request]]:
        return [[endpoint.request(run)] for run in cut(items, settings)]

    return plan


OPERATIONS = (
    Operation(
        message=Event,
        # So the event comes after the upsert that was enqueued with it.
        linger=3.0,
        batch_size=50,
        largest_batch=500,
        ambiguous="hold",
        batching="one POST /v1/event each, `parallel` at a time",
        idempotent=False,
        endpoints=(ADD,),
        plan=each_alone(ADD),
    ),
    Operation(
        message=EventV2,
        linger=3.0,
        batch_size=50,
        largest_batch=500,
        ambiguous="hold",
        batching="one POST /v2/event each, `parallel` at a time",
        idempotent=False,
        endpoints=(ADD_V2,),
        plan=each_alone(ADD_V2),
    ),
    *(
        Operation(
            message=message,
            linger=2.0,
            batch_size=500,
            largest_batch=500,
            ambiguous="hold",
            batching=f"one POST {added.path.removeprefix('/api')}, at most 500",
            idempotent=False,
            endpoints=(added,),
            plan=_plan_past(added),
        )
        for message, added in ((PastEvent, ADD_PAST), (PastEventV2, ADD_PAST_V2))
    ),
)
