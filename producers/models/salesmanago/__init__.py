"""SALESmanago: what may be enqueued, with every limit that API v2 and Mobile push document."""

from __future__ import annotations

from producers.models.salesmanago.contact_changes import (
    MonitoredContact,
    MonitoringRestoration,
    MonitoringStop,
    OwnerChange,
)
from producers.models.salesmanago.contact_deletions import (
    ContactDeletion,
    ContactMassDeletion,
    DeletedContacts,
)
from producers.models.salesmanago.contacts import (
    Address,
    ConsentDetail,
    Contact,
    ContactUpsert,
    DictionaryProperty,
    Relation,
)
from producers.models.salesmanago.coupons import CouponRedemption
from producers.models.salesmanago.event_changes import EventDeletion, EventUpdate, UpdatedEvent
from producers.models.salesmanago.event_types import EVENT_TYPES, UnknownEventType
from producers.models.salesmanago.events import ContactEvent, ExternalEvent
from producers.models.salesmanago.pushes import (
    Addressees,
    CustomMassPush,
    CustomPush,
    MassPush,
    Push,
    PushText,
)

__all__ = [
    "EVENT_TYPES",
    "Address",
    "Addressees",
    "ConsentDetail",
    "Contact",
    "ContactDeletion",
    "ContactEvent",
    "ContactMassDeletion",
    "ContactUpsert",
    "CouponRedemption",
    "CustomMassPush",
    "CustomPush",
    "DeletedContacts",
    "DictionaryProperty",
    "EventDeletion",
    "EventUpdate",
    "ExternalEvent",
    "MassPush",
    "MonitoredContact",
    "MonitoringRestoration",
    "MonitoringStop",
    "OwnerChange",
    "Push",
    "PushText",
    "Relation",
    "UnknownEventType",
    "UpdatedEvent",
]
