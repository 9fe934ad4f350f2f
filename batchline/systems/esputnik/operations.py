"""eSputnik (Yespo)'s operations and their defaults."""

from __future__ import annotations

from batchline.systems.esputnik.messages.contacts import (
    ContactDeletion,
    ContactUpdate,
    ContactUpsert,
    SingleContactUpsert,
)
from batchline.systems.esputnik.messages.events import Event, EventV2, PastEvent
from batchline.systems.esputnik.messages.orders import Order
from batchline.systems.esputnik.messages.prepared_messages import PreparedMessage
from batchline.systems.esputnik.messages.segments import SegmentAttachment, SegmentDetachment
from batchline.systems.esputnik.messages.subscriptions import ContactSubscription
from batchline.systems.esputnik.messages.unsubscribes import (
    EmailResubscription,
    EmailUnsubscription,
)
from batchline.systems.operation import Operation

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        ContactUpsert,
        linger=2.0,
        batch_size=3000,
        largest_batch=3000,
        ambiguous="resend",
        batching="one POST /v1/contacts per options and set of given fields, at most 3,000; "
        "upserts of one contact merged",
        idempotent=True,
        ordered=True,
    ),
    Operation(
        SingleContactUpsert,
        linger=2.0,
        batch_size=3000,
        largest_batch=3000,
        ambiguous="resend",
        batching="one POST /v1/contact each, in the lane of contact.upsert",
        idempotent=True,
    ),
    Operation(
        ContactUpdate,
        linger=2.0,
        batch_size=3000,
        largest_batch=3000,
        ambiguous="resend",
        batching="one PUT /v1/contact/{id} each, in the lane of contact.upsert",
        idempotent=True,
    ),
    Operation(
        ContactDeletion,
        linger=2.0,
        batch_size=3000,
        largest_batch=3000,
        ambiguous="resend",
        batching="one DELETE /v1/contact each, in the lane of contact.upsert",
        idempotent=True,
    ),
    Operation(
        ContactSubscription,
        linger=0.1,
        batch_size=50,
        largest_batch=200,
        ambiguous="hold",
        batching="one POST /v1/contact/subscribe each, `parallel` at a time",
        idempotent=False,
    ),
    Operation(
        Event,
        # Later than the upsert that was enqueued with it.
        linger=3.0,
        batch_size=50,
        largest_batch=500,
        ambiguous="hold",
        batching="one POST /v1/event each, `parallel` at a time",
        idempotent=False,
    ),
    Operation(
        EventV2,
        linger=3.0,
        batch_size=50,
        largest_batch=500,
        ambiguous="hold",
        batching="one POST /v2/event each, `parallel` at a time",
        idempotent=False,
    ),
    Operation(
        PastEvent,
        linger=2.0,
        batch_size=500,
        largest_batch=500,
        ambiguous="hold",
        batching="one POST /v1/past_events, at most 500",
        idempotent=False,
    ),
    Operation(
        Order,
        linger=2.0,
        batch_size=1000,
        largest_batch=1000,
        ambiguous="resend",
        batching="one POST /v1/orders, at most 1,000; of an order the newest version",
        idempotent=True,
        ordered=True,
    ),
    Operation(
        PreparedMessage,
        linger=0.5,
        batch_size=200,
        largest_batch=1000,
        ambiguous="hold",
        batching="one smartsend per message and options, at most 1,000 recipients",
        idempotent=False,
    ),
    Operation(
        EmailUnsubscription,
        linger=0.5,
        batch_size=500,
        largest_batch=1000,
        ambiguous="resend",
        batching="one /v1/emails/unsubscribed/add for all",
        idempotent=True,
        ordered=True,
    ),
    Operation(
        EmailResubscription,
        linger=0.5,
        batch_size=500,
        largest_batch=1000,
        ambiguous="resend",
        batching="one /v1/emails/unsubscribed/delete for all, in the lane of email.unsubscribe",
        idempotent=True,
    ),
    Operation(
        SegmentAttachment,
        linger=0.5,
        batch_size=500,
        largest_batch=500,
        ambiguous="resend",
        batching="one attach per segment, at most 500 contacts",
        idempotent=True,
    ),
    Operation(
        SegmentDetachment,
        linger=0.5,
        batch_size=500,
        largest_batch=500,
        ambiguous="resend",
        batching="one detach per segment, at most 500 contacts, in the lane of segment.attach",
        idempotent=True,
    ),
)
