"""Messages for SALESmanago, with every limit that API v2 and Mobile push document."""

from __future__ import annotations

from batchline.systems.salesmanago.messages.attachments import (
    Attachment,
    AttachmentAddressee,
    EmailWithAttachment,
)
from batchline.systems.salesmanago.messages.contact_changes import (
    MonitoredContact,
    MonitoringRestoration,
    MonitoringStop,
    OwnerChange,
)
from batchline.systems.salesmanago.messages.contact_deletions import (
    ContactDeletion,
    ContactMassDeletion,
    DeletedContacts,
)
from batchline.systems.salesmanago.messages.contacts import (
    Address,
    ConsentDetail,
    Contact,
    ContactUpsert,
    DictionaryProperty,
    Relation,
)
from batchline.systems.salesmanago.messages.coupons import CouponAddition, CouponRedemption
from batchline.systems.salesmanago.messages.emails import (
    ConfirmationEmail,
    EmailAddressees,
    EmailProperty,
    EmailSending,
    EmailUpsert,
    ExcludedContacts,
)
from batchline.systems.salesmanago.messages.event_changes import (
    EventDeletion,
    EventUpdate,
    UpdatedEvent,
)
from batchline.systems.salesmanago.messages.event_types import EVENT_TYPES, UnknownEventType
from batchline.systems.salesmanago.messages.events import ContactEvent, ExternalEvent
from batchline.systems.salesmanago.messages.funnels import (
    FunnelAddition,
    FunnelContacts,
    FunnelDeletion,
    FunnelEntry,
    FunnelStage,
)
from batchline.systems.salesmanago.messages.loyalty import (
    LoyaltyContacts,
    LoyaltyEntry,
    LoyaltyExit,
    PointsChange,
)
from batchline.systems.salesmanago.messages.notes import Note
from batchline.systems.salesmanago.messages.pushes import (
    Addressees,
    CustomMassPush,
    CustomPush,
    MassPush,
    Push,
    PushText,
)
from batchline.systems.salesmanago.messages.sms_providers import PROVIDERS
from batchline.systems.salesmanago.messages.tasks import Task, TaskUpdate
from batchline.systems.salesmanago.messages.text_messages import (
    Channel,
    MessageAddressees,
    TextMessage,
    TransactionalAddressee,
    TransactionalMessage,
)

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
