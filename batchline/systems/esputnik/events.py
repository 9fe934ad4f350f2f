"""Events, and subscriptions of forms, which emit events too: one call each.

The API cannot be asked whether an event arrived, and does not recognise a repeated event:
`keyValue` is usually the contact's e-mail address, equal in all its events, and no document says
that an event with an equal key is dropped. So an ambiguous event is held.
"""

from __future__ import annotations

from collections.abc import Sequence

from batchline.systems.columns import Item
from batchline.systems.esputnik.account import EsputnikAccount
from batchline.systems.esputnik.endpoints import array, endpoint, judge_id
from batchline.systems.esputnik.messages.events import Event, EventV2, PastEvent
from batchline.systems.esputnik.messages.subscriptions import ContactSubscription
from batchline.systems.operation import EffectiveOperation, Operation
from batchline.systems.planning import cut, each_alone
from batchline.systems.requests import Request

SUBSCRIBE = endpoint("/api/v1/contact/subscribe", judge=judge_id)
ADD = endpoint("/api/v1/event")
ADD_V2 = endpoint("/api/v2/event")
ADD_PAST = endpoint("/api/v1/past_events", array("events"))


def _plan_past(
    items: Sequence[Item], settings: EffectiveOperation, account: EsputnikAccount
) -> list[list[Request]]:
    """One call for many events: past events are the only ones with a batch form."""
    return [[ADD_PAST.request(run)] for run in cut(items, settings)]


OPERATIONS = (
    Operation(
        message=ContactSubscription,
        linger=0.1,
        batch_size=50,
        largest_batch=200,
        ambiguous="hold",
        batching="one POST /v1/contact/subscribe each, `parallel` at a time",
        idempotent=False,
        endpoints=(SUBSCRIBE,),
        plan=each_alone(SUBSCRIBE),
    ),
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
    Operation(
        message=PastEvent,
        linger=2.0,
        batch_size=500,
        largest_batch=500,
        ambiguous="hold",
        batching="one POST /v1/past_events, at most 500",
        idempotent=False,
        endpoints=(ADD_PAST,),
        plan=_plan_past,
    ),
)
