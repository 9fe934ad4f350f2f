"""SALESmanago's operations and their defaults."""

from __future__ import annotations

from batchline.systems.message import Message
from batchline.systems.operation import Operation
from batchline.systems.salesmanago.messages import (
    attachments,
    coupons,
    emails,
    funnels,
    loyalty,
    notes,
    tasks,
)
from batchline.systems.salesmanago.messages import (
    text_messages as messages,
)
from batchline.systems.salesmanago.messages.contact_changes import (
    MonitoringRestoration,
    MonitoringStop,
    OwnerChange,
)
from batchline.systems.salesmanago.messages.contact_deletions import (
    ContactDeletion,
    ContactMassDeletion,
)
from batchline.systems.salesmanago.messages.contacts import ContactUpsert
from batchline.systems.salesmanago.messages.coupons import CouponRedemption
from batchline.systems.salesmanago.messages.event_changes import EventDeletion, EventUpdate
from batchline.systems.salesmanago.messages.events import ExternalEvent
from batchline.systems.salesmanago.messages.pushes import CustomMassPush, CustomPush, MassPush, Push

#: The API's limit on one batch (batchupsertv2 upsertDetails, batchAddContactExtEvent events).
LARGEST_BATCH = 1000


def _guest(message: type[Message], linger: float, batching: str) -> Operation:
    """An operation in another's lane, whose settings hold for it: `linger` is that lane's."""
    return Operation(
        message,
        linger=linger,
        batch_size=LARGEST_BATCH,
        largest_batch=LARGEST_BATCH,
        ambiguous="resend",
        batching=f"{batching}, in the lane of {message.lane}",
        idempotent=True,
    )


OPERATIONS = (
    Operation(
        ContactUpsert,
        linger=2.0,
        batch_size=1000,
        largest_batch=LARGEST_BATCH,
        ambiguous="resend",
        batching="one batchupsertv2 per owner and options, at most 1,000; upserts of one contact "
        "merged",
        idempotent=True,
        ordered=True,
    ),
    _guest(ContactDeletion, 2.0, "one contact/delete, or one batchDelete per owner for several"),
    _guest(ContactMassDeletion, 2.0, "one batchDelete per owner for all in a row"),
    _guest(OwnerChange, 2.0, "one setMainOwner each, `parallel` at a time"),
    _guest(MonitoringStop, 2.0, "one stopMonitoring per owner"),
    _guest(MonitoringRestoration, 2.0, "one restoreMonitoring per owner"),
    Operation(
        ExternalEvent,
        # Later than the upsert that was enqueued with it, so that a new contact is there.
        linger=5.0,
        batch_size=1000,
        largest_batch=LARGEST_BATCH,
        ambiguous="verify",
        batching="one batchAddContactExtEvent per owner, at most 1,000; with `single` one "
        "addContactExtEvent each",
        idempotent=False,
        verified="contact/list: the contact's events by externalId",
    ),
    _guest(
        EventUpdate,
        5.0,
        "in the event that it is about while that waits, else one updateContactExtEvent each",
    ),
    _guest(
        EventDeletion,
        5.0,
        "one deleteContactExtEvent each, `parallel` at a time",
    ),
    Operation(
        Push,
        linger=0.5,
        batch_size=200,
        largest_batch=1000,
        ambiguous="hold",
        batching="equal pushes as one mobile/push/sendMass, others as mobile/push/send",
        idempotent=False,
    ),
    Operation(
        CustomPush,
        linger=0.5,
        batch_size=200,
        largest_batch=1000,
        ambiguous="hold",
        batching="equal pushes with content and image as one sendMassCustom, others as sendCustom",
        idempotent=False,
    ),
    Operation(
        MassPush,
        linger=0.1,
        batch_size=20,
        largest_batch=100,
        ambiguous="hold",
        batching="one sendMass each",
        idempotent=False,
    ),
    Operation(
        CustomMassPush,
        linger=0.1,
        batch_size=20,
        largest_batch=100,
        ambiguous="hold",
        batching="one sendMassCustom each",
        idempotent=False,
    ),
    Operation(
        CouponRedemption,
        linger=0.1,
        # One call each: small batches, so that a crash leaves few of them in doubt.
        batch_size=50,
        largest_batch=200,
        ambiguous="verify",
        batching="one useContactCoupon each, `parallel` at a time",
        idempotent=False,
        verified="contact/list: the contact's coupons, `used`",
    ),
    coupons.ADDITION,
    *funnels.OPERATIONS,
    *emails.OPERATIONS,
    *attachments.OPERATIONS,
    *messages.OPERATIONS,
    *tasks.OPERATIONS,
    *notes.OPERATIONS,
    *loyalty.OPERATIONS,
)
