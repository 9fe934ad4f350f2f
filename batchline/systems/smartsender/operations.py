"""Smart Sender's operations and their defaults. Every message is one call: there is no batch form.

`contact.update`, `tag.*` and `funnel.*` share a lane: all are idempotent, and a funnel that starts
must find the values and tags that were set before it.
"""

from __future__ import annotations

from dataclasses import replace

from batchline.systems.operation import Operation
from batchline.systems.smartsender.messages.chat_messages import MessageSend
from batchline.systems.smartsender.messages.contacts import ContactUnite, ContactUpdate, EventFire
from batchline.systems.smartsender.messages.gates import ContactCreate
from batchline.systems.smartsender.messages.memberships import (
    FunnelAddContact,
    FunnelRemoveContact,
    TagAdd,
    TagRemove,
)

#: Messages of a batch: a minute's allowance (180 requests) and a little.
BATCH = 200
LARGEST_BATCH = 1000

_UPDATE = Operation(
    ContactUpdate,
    linger=1.0,
    batch_size=BATCH,
    largest_batch=LARGEST_BATCH,
    ambiguous="resend",
    batching="one PUT /v1/contacts/{id} per contact, its updates merged",
    idempotent=True,
    ordered=True,
)
_LAST = "of what is said about a tag of a contact, the last; in the lane of contact.update"
_EACH = "/v1/contacts/{id}/funnels/{serviceKey} each, in the lane of contact.update"

OPERATIONS: tuple[Operation, ...] = (
    _UPDATE,
    replace(_UPDATE, message=TagAdd, batching=f"POST /v1/contacts/{{id}}/tags/{{tagId}}: {_LAST}"),
    replace(
        _UPDATE, message=TagRemove, batching=f"DELETE /v1/contacts/{{id}}/tags/{{tagId}}: {_LAST}"
    ),
    replace(_UPDATE, message=FunnelAddContact, batching=f"one POST {_EACH}"),
    replace(_UPDATE, message=FunnelRemoveContact, batching=f"one DELETE {_EACH}"),
    Operation(
        EventFire,
        # Later than the values that were enqueued with it, which the event's flow may read.
        linger=3.0,
        batch_size=BATCH,
        largest_batch=LARGEST_BATCH,
        ambiguous="hold",
        batching="one POST /v1/contacts/{id}/fire each, `parallel` at a time",
        idempotent=False,
    ),
    Operation(
        ContactUnite,
        linger=0.1,
        batch_size=50,
        largest_batch=BATCH,
        # Nothing says what a repeat does, once the second contact has gone into the first.
        ambiguous="hold",
        batching="one POST /v1/contacts/{id}/unite/{targetId} each",
        idempotent=False,
    ),
    Operation(
        ContactCreate,
        linger=0.1,
        batch_size=BATCH,
        largest_batch=LARGEST_BATCH,
        ambiguous="resend",
        batching="one POST /v1/channels/{channelId}/gates each",
        idempotent=True,
    ),
    Operation(
        MessageSend,
        linger=0.1,
        batch_size=BATCH,
        largest_batch=LARGEST_BATCH,
        ambiguous="hold",
        batching="one POST /v1/contacts/{id}/send each, `parallel` at a time",
        idempotent=False,
    ),
)
