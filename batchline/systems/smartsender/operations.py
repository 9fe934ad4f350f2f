"""Smart Sender's operations. Every item is one call: the API has no batch form.

`contact.update`, `tag.*` and `funnel.*` share a lane: all are idempotent, and a funnel that starts
must find the values and tags that were set before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from batchline.systems.columns import Item
from batchline.systems.message import request_fields
from batchline.systems.operation import EffectiveOperation, Operation
from batchline.systems.planning import waves
from batchline.systems.requests import Endpoint, Request
from batchline.systems.smartsender import gates
from batchline.systems.smartsender.account import SmartsenderAccount
from batchline.systems.smartsender.answers import judge_object, judge_state
from batchline.systems.smartsender.merge import merge
from batchline.systems.smartsender.messages import (
    ContactCreate,
    ContactUnite,
    ContactUpdate,
    EventFire,
    FunnelAddContact,
    FunnelRemoveContact,
    MessageSend,
    TagAdd,
    TagRemove,
)

#: Messages of a batch: about the requests of one minute (180).
BATCH = 200
LARGEST_BATCH = 1000
#: The payload of a message whose fields are all in the path.
NOTHING = b"{}"


def _body(request: Request, account: SmartsenderAccount, now: float) -> bytes:
    """The item's payload; b"" for a method without a documented body."""
    payload = request.items[0].payload
    return b"" if payload == NOTHING else payload


def _endpoint(
    method: str, path: str, judge: Callable[[Request, Any], Any] = judge_state
) -> Endpoint:
    return Endpoint(path, _body, judge, method)


UPDATE = _endpoint("PUT", "/v1/contacts/{contactId}")
FIRE = _endpoint("POST", "/v1/contacts/{contactId}/fire")
UNITE = _endpoint("POST", "/v1/contacts/{contactId}/unite/{targetId}")
ADD_TAG = _endpoint("POST", "/v1/contacts/{contactId}/tags/{tagId}")
REMOVE_TAG = _endpoint("DELETE", "/v1/contacts/{contactId}/tags/{tagId}")
ADD_TO_FUNNEL = _endpoint("POST", "/v1/contacts/{contactId}/funnels/{serviceKey}")
REMOVE_FROM_FUNNEL = _endpoint("DELETE", "/v1/contacts/{contactId}/funnels/{serviceKey}")
# A Message has id, content, gate, state.
SEND = _endpoint("POST", "/v1/contacts/{contactId}/send", judge_object("content"))


def _contacts(item: Item) -> Iterable[str]:
    """The contacts that the item changes."""
    if item.operation == ContactUnite.operation:
        return item.contact, request_fields(item.options)["targetId"]
    return (item.contact,)


def _plan(
    items: Sequence[Item], settings: EffectiveOperation, account: SmartsenderAccount
) -> list[list[Request]]:
    """A call for each item, with its options in the path; each contact occurs once in a wave."""
    return [[_request(item) for item in wave] for wave in waves(items, _contacts)]


def _request(item: Item) -> Request:
    if item.operation == ContactCreate.operation:
        return gates.request(item)
    return _ENDPOINTS[item.operation].request((item,), **request_fields(item.options))


_UPDATES = Operation(
    message=ContactUpdate,
    linger=1.0,
    batch_size=BATCH,
    largest_batch=LARGEST_BATCH,
    ambiguous="resend",
    batching="one PUT /v1/contacts/{id} per contact, its updates merged",
    idempotent=True,
    ordered=True,
    endpoints=(UPDATE,),
    merge=merge,
    plan=_plan,
)


def _beside_updates(message: type[Any], batching: str, endpoint: Endpoint) -> Operation:
    """An operation in the lane of `contact.update`, whose settings hold for it."""
    return replace(
        _UPDATES,
        message=message,
        batching=f"{batching}; in the lane of contact.update",
        endpoints=(endpoint,),
        merge=None,
        plan=None,
    )


_LAST = "of several messages about a tag of a contact, the last"
_FUNNEL = "/v1/contacts/{id}/funnels/{serviceKey} each"

OPERATIONS: tuple[Operation, ...] = (
    _UPDATES,
    _beside_updates(TagAdd, f"POST /v1/contacts/{{id}}/tags/{{tagId}}: {_LAST}", ADD_TAG),
    _beside_updates(TagRemove, f"DELETE /v1/contacts/{{id}}/tags/{{tagId}}: {_LAST}", REMOVE_TAG),
    _beside_updates(FunnelAddContact, f"one POST {_FUNNEL}", ADD_TO_FUNNEL),
    _beside_updates(FunnelRemoveContact, f"one DELETE {_FUNNEL}", REMOVE_FROM_FUNNEL),
    Operation(
        message=EventFire,
        # So the event comes after the values that were enqueued with it, which its flow may read.
        linger=3.0,
        batch_size=BATCH,
        largest_batch=LARGEST_BATCH,
        ambiguous="hold",
        batching="one POST /v1/contacts/{id}/fire each, `parallel` at a time",
        idempotent=False,
        endpoints=(FIRE,),
        plan=_plan,
    ),
    Operation(
        message=ContactUnite,
        linger=0.1,
        batch_size=50,
        largest_batch=BATCH,
        # The documents do not say what a repeated union does to the remaining contact.
        ambiguous="hold",
        batching="one POST /v1/contacts/{id}/unite/{targetId} each",
        idempotent=False,
        endpoints=(UNITE,),
        plan=_plan,
    ),
    Operation(
        message=ContactCreate,
        linger=0.1,
        batch_size=BATCH,
        largest_batch=LARGEST_BATCH,
        ambiguous="resend",
        batching="one POST /v1/channels/{channelId}/gates each; with `findContact` then one GET "
        "contacts/search, and contacts/{id}/gates for each contact found",
        idempotent=True,
        endpoints=(gates.CREATE, gates.SEARCH, gates.GATES),
        plan=_plan,
    ),
    Operation(
        message=MessageSend,
        linger=0.1,
        batch_size=BATCH,
        largest_batch=LARGEST_BATCH,
        ambiguous="hold",
        batching="one POST /v1/contacts/{id}/send each, `parallel` at a time",
        idempotent=False,
        endpoints=(SEND,),
        plan=_plan,
    ),
)
#: Operation -> its endpoint; a lane may carry several operations.
_ENDPOINTS = {operation.name: operation.endpoints[0] for operation in OPERATIONS}
