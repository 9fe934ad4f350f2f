"""Messages for eSputnik (Yespo), with every limit that its documents give."""

from __future__ import annotations

from batchline.systems.esputnik.messages.contact_parts import (
    Address,
    Channel,
    ContactParts,
    CustomField,
    Device,
)
from batchline.systems.esputnik.messages.contacts import (
    CONTACT_FIELDS,
    ContactDeletion,
    ContactUpdate,
    ContactUpsert,
    SingleContactUpsert,
)
from batchline.systems.esputnik.messages.direct_messages import EmailSend, SmsSend, ViberSend
from batchline.systems.esputnik.messages.events import (
    Event,
    EventParam,
    EventParamV2,
    EventV2,
    PastEvent,
    PastEventV2,
)
from batchline.systems.esputnik.messages.orders import DifferentTotal, Order, OrderItem
from batchline.systems.esputnik.messages.prepared_messages import PreparedMessage
from batchline.systems.esputnik.messages.segments import SegmentAttachment, SegmentDetachment
from batchline.systems.esputnik.messages.subscriptions import ContactSubscription
from batchline.systems.esputnik.messages.unsubscribes import (
    EmailResubscription,
    EmailUnsubscription,
)
from batchline.systems.esputnik.messages.uploads import ContactsUpload

__all__ = [
    "CONTACT_FIELDS",
    "Address",
    "Channel",
    "ContactDeletion",
    "ContactParts",
    "ContactSubscription",
    "ContactUpdate",
    "ContactUpsert",
    "ContactsUpload",
    "CustomField",
    "Device",
    "DifferentTotal",
    "EmailResubscription",
    "EmailSend",
    "EmailUnsubscription",
    "Event",
    "EventParam",
    "EventParamV2",
    "EventV2",
    "Order",
    "OrderItem",
    "PastEvent",
    "PastEventV2",
    "PreparedMessage",
    "SegmentAttachment",
    "SegmentDetachment",
    "SingleContactUpsert",
    "SmsSend",
    "ViberSend",
]
