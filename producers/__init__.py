"""What application code imports to enqueue: light, without Celery and without requests.

from producers import Producer, ExternalEvent, add_external_event
"""

from __future__ import annotations

from producers.aio import AsyncProducer
from producers.enqueue import Outgoing
from producers.errors import (
    BatchlineError,
    EnqueueError,
    InvalidSettings,
    LaneFull,
    NoRedis,
    NotReplicated,
    OutcomeUnknown,
    RedisUnavailable,
    UnknownAccount,
    WrongSystem,
)
from producers.helpers import add_external_event, redeem_coupon, send_push, upsert_contact
from producers.models.salesmanago import (
    Contact,
    ContactEvent,
    ContactUpsert,
    CouponRedemption,
    CustomMassPush,
    CustomPush,
    ExternalEvent,
    MassPush,
    Push,
    UnknownEventType,
)
from producers.producer import Producer, default_producer
from producers.settings import Settings

__all__ = [
    "AsyncProducer",
    "BatchlineError",
    "Contact",
    "ContactEvent",
    "ContactUpsert",
    "CouponRedemption",
    "CustomMassPush",
    "CustomPush",
    "EnqueueError",
    "ExternalEvent",
    "InvalidSettings",
    "LaneFull",
    "MassPush",
    "NoRedis",
    "NotReplicated",
    "OutcomeUnknown",
    "Outgoing",
    "Producer",
    "Push",
    "RedisUnavailable",
    "Settings",
    "UnknownAccount",
    "UnknownEventType",
    "WrongSystem",
    "add_external_event",
    "default_producer",
    "redeem_coupon",
    "send_push",
    "upsert_contact",
]
