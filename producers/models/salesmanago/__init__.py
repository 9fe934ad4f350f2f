"""SALESmanago: what may be enqueued, with every limit that API v2 and Mobile push document."""

from __future__ import annotations

from producers.models.salesmanago.attachments import (
    Attachment,
    AttachmentAddressee,
    EmailWithAttachment,
)
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
from producers.models.salesmanago.coupons import CouponAddition, CouponRedemption
from producers.models.salesmanago.emails import (
    ConfirmationEmail,
    EmailAddressees,
    EmailProperty,
    EmailSending,
    EmailUpsert,
    ExcludedContacts,
)
from producers.models.salesmanago.event_changes import EventDeletion, EventUpdate, UpdatedEvent
from producers.models.salesmanago.event_types import EVENT_TYPES, UnknownEventType
from producers.models.salesmanago.events import ContactEvent, ExternalEvent
from producers.models.salesmanago.funnels import (
    FunnelAddition,
    FunnelContacts,
    FunnelDeletion,
    FunnelEntry,
    FunnelStage,
)
from producers.models.salesmanago.loyalty import (
    LoyaltyContacts,
    LoyaltyEntry,
    LoyaltyExit,
    PointsChange,
)
from producers.models.salesmanago.messages import (
    Channel,
    MessageAddressees,
    TextMessage,
    TransactionalAddressee,
    TransactionalMessage,
)
from producers.models.salesmanago.notes import Note
from producers.models.salesmanago.pushes import (
    Addressees,
    CustomMassPush,
    CustomPush,
    MassPush,
    Push,
    PushText,
)
from producers.models.salesmanago.sms_providers import PROVIDERS
from producers.models.salesmanago.tasks import Task, TaskUpdate

__all__ = [
    "EVENT_TYPES",
    "PROVIDERS",
    "Address",
    "Addressees",
    "Attachment",
    "AttachmentAddressee",
    "Channel",
    "ConfirmationEmail",
    "ConsentDetail",
    "Contact",
    "ContactDeletion",
    "ContactEvent",
    "ContactMassDeletion",
    "ContactUpsert",
    "CouponAddition",
    "CouponRedemption",
    "CustomMassPush",
    "CustomPush",
    "DeletedContacts",
    "DictionaryProperty",
    "EmailAddressees",
    "EmailProperty",
    "EmailSending",
    "EmailUpsert",
    "EmailWithAttachment",
    "EventDeletion",
    "EventUpdate",
    "ExcludedContacts",
    "ExternalEvent",
    "FunnelAddition",
    "FunnelContacts",
    "FunnelDeletion",
    "FunnelEntry",
    "FunnelStage",
    "LoyaltyContacts",
    "LoyaltyEntry",
    "LoyaltyExit",
    "MassPush",
    "MessageAddressees",
    "MonitoredContact",
    "MonitoringRestoration",
    "MonitoringStop",
    "Note",
    "OwnerChange",
    "PointsChange",
    "Push",
    "PushText",
    "Relation",
    "Task",
    "TaskUpdate",
    "TextMessage",
    "TransactionalAddressee",
    "TransactionalMessage",
    "UnknownEventType",
    "UpdatedEvent",
]
