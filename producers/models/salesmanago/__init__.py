"""SALESmanago: what may be enqueued, with every limit that API v2 and Mobile push document."""

from __future__ import annotations

from producers.models.salesmanago.contacts import (
    Address,
    ConsentDetail,
    Contact,
    ContactUpsert,
    DictionaryProperty,
    Relation,
)
from producers.models.salesmanago.coupons import CouponRedemption
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
    "ContactEvent",
    "ContactUpsert",
    "CouponRedemption",
    "CustomMassPush",
    "CustomPush",
    "DictionaryProperty",
    "ExternalEvent",
    "MassPush",
    "Push",
    "PushText",
    "Relation",
    "UnknownEventType",
]
