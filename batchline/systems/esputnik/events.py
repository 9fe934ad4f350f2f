"""Events, and the subscriptions of forms, which are events too: one call each.

Nobody can be asked whether an event arrived, and a repetition is not known as one: `keyValue` is
the contact's e-mail address as a rule, the same for all its events, and no document says that equal
keys are told apart or dropped. So one that is in doubt is held.
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
    """The only batch form of events; each says itself when it occurred."""
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
        # Later than the upsert that was enqueued with it.
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
