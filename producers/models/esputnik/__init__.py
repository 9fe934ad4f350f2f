"""eSputnik (Yespo): what may be enqueued, with every limit that its documents give."""

from __future__ import annotations

from producers.models.esputnik.contact_parts import (
    Address,
    Channel,
    ContactParts,
    CustomField,
    Device,
)
from producers.models.esputnik.contacts import (
    CONTACT_FIELDS,
    ContactDeletion,
    ContactUpdate,
    ContactUpsert,
    SingleContactUpsert,
)
from producers.models.esputnik.events import Event, EventParam, EventParamV2, EventV2, PastEvent
from producers.models.esputnik.messages import PreparedMessage
from producers.models.esputnik.orders import Order, OrderItem
from producers.models.esputnik.segments import SegmentAttachment, SegmentDetachment
from producers.models.esputnik.subscriptions import ContactSubscription
from producers.models.esputnik.unsubscribes import EmailResubscription, EmailUnsubscription

__all__ = [
    "CONTACT_FIELDS",
    "Address",
    "Channel",
    "ContactDeletion",
    "ContactParts",
    "ContactSubscription",
    "ContactUpdate",
    "ContactUpsert",
    "CustomField",
    "Device",
    "EmailResubscription",
    "EmailUnsubscription",
    "Event",
    "EventParam",
    "EventParamV2",
    "EventV2",
    "Order",
    "OrderItem",
    "PastEvent",
    "PreparedMessage",
    "SegmentAttachment",
    "SegmentDetachment",
    "SingleContactUpsert",
]
