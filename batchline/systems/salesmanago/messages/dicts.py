"""What the messages take, for type checkers: written by `make dicts`."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Literal, Required, TypedDict

from batchline.systems.salesmanago.messages.attachments import Attachment, AttachmentAddressee
from batchline.systems.salesmanago.messages.contact_changes import MonitoredContact
from batchline.systems.salesmanago.messages.contact_deletions import DeletedContacts
from batchline.systems.salesmanago.messages.contacts import (
    Address,
    ConsentDetail,
    Contact,
    DictionaryProperty,
    Relation,
)
from batchline.systems.salesmanago.messages.emails import (
    EmailAddressees,
    EmailProperty,
    ExcludedContacts,
)
from batchline.systems.salesmanago.messages.event_changes import UpdatedEvent
from batchline.systems.salesmanago.messages.events import ContactEvent
from batchline.systems.salesmanago.messages.funnels import FunnelContacts, FunnelStage
from batchline.systems.salesmanago.messages.loyalty import LoyaltyContacts
from batchline.systems.salesmanago.messages.pushes import Addressees, PushText
from batchline.systems.salesmanago.messages.tasks import Task
from batchline.systems.salesmanago.messages.text_messages import (
    Channel,
    MessageAddressees,
    TransactionalAddressee,
)


class AttachmentDict(TypedDict, total=False):
    """What `Attachment` takes."""

    name: Required[str]
    content_type: Required[str]
    content: Required[str | bytes]


class EmailPropertyDict(TypedDict, total=False):
    """What `EmailProperty` takes."""

    name: Required[str]
    value: Required[str]


class AttachmentAddresseeDict(TypedDict, total=False):
    """What `AttachmentAddressee` takes."""

    addressee_type: Required[Literal["EMAIL", "CONTACT_ID", "TAGS"]]
    email: str | None
    contact_id: str | None
    tag: str | None
    properties: Mapping[str, str] | Sequence[EmailProperty | EmailPropertyDict] | None


class EmailWithAttachmentDict(TypedDict, total=False):
    """What `EmailWithAttachment` takes."""

    email_id: Required[str]
    date: datetime.datetime | datetime.date | int | None
    contacts: Required[Sequence[AttachmentAddressee | AttachmentAddresseeDict]]
    exclude_contacts: Sequence[AttachmentAddressee | AttachmentAddresseeDict] | None
    immediate: bool | None
    rule: bool | None
    attachment: Required[Attachment | AttachmentDict]
    user: str | None


class MonitoredContactDict(TypedDict, total=False):
    """What `MonitoredContact` takes."""

    addressee_type: Literal["EMAIL"]
    value: Required[str]


class MonitoringStopDict(TypedDict, total=False):
    """What `MonitoringStop` takes."""

    contacts: Required[Sequence[MonitoredContact | MonitoredContactDict]]
    owner: str | None
    async_: bool | None


class MonitoringRestorationDict(TypedDict, total=False):
    """What `MonitoringRestoration` takes."""

    contacts: Required[Sequence[MonitoredContact | MonitoredContactDict]]
    owner: str | None
    async_: bool | None


class DeletedContactsDict(TypedDict, total=False):
    """What `DeletedContacts` takes."""

    addressee_type: Required[Literal["EMAIL", "CONTACT_ID", "TAG", "FUNNEL", "STAGE"]]
    value: Required[str | Sequence[str | int]]
    opt_value: str | None


class ContactMassDeletionDict(TypedDict, total=False):
    """What `ContactMassDeletion` takes."""

    contacts: Required[Sequence[DeletedContacts | DeletedContactsDict]]
    owner: str | None


class AddressDict(TypedDict, total=False):
    """What `Address` takes."""

    street_address: str | None
    zip_code: str | None
    city: str | None
    country: str | None


class ContactDict(TypedDict, total=False):
    """What `Contact` takes."""

    email: str | None
    contact_id: str | None
    name: str | None
    phone: str | None
    fax: str | None
    company: str | None
    external_id: str | None
    state: Literal["CUSTOMER", "PROSPECT", "PARTNER", "OTHER", "UNKNOWN"] | None
    address: Address | AddressDict | None


class ConsentDetailDict(TypedDict, total=False):
    """What `ConsentDetail` takes."""

    consent_name: Required[str]
    consent_accept: bool | None
    agreement_date: datetime.datetime | datetime.date | int | None
    ip: str | None
    opt_out: bool | None
    consent_description_id: int | None


class DictionaryPropertyDict(TypedDict, total=False):
    """What `DictionaryProperty` takes."""

    name: Required[str]
    type: Required[Literal["NUMBER", "DATE"]]
    value: Required[datetime.datetime | datetime.date | int]


class RelationDict(TypedDict, total=False):
    """What `Relation` takes."""

    type: Required[Literal["CHILD", "PARENT"]]
    email: Required[str]


class ContactUpsertDict(TypedDict, total=False):
    """What `ContactUpsert` takes."""

    contact: Required[Contact | ContactDict]
    new_email: str | None
    birthday: datetime.date | str | None
    province: str | None
    force_opt_in: bool | None
    force_opt_out: bool | None
    force_phone_opt_in: bool | None
    force_phone_opt_out: bool | None
    tags: list[str] | tuple[str, ...] | None
    remove_tags: list[str] | tuple[str, ...] | None
    properties: Mapping[str, str] | None
    dictionary_properties: Sequence[DictionaryProperty | DictionaryPropertyDict] | None
    consent_details: Sequence[ConsentDetail | ConsentDetailDict] | None
    relation: Relation | RelationDict | None
    owner: str | None
    use_api_double_opt_in: bool | None
    lang: str | None
    fire_events: bool | None
    async_: bool | None
    double_opt_in_email_id: str | None
    double_opt_in_language: str | None


class CouponAdditionDict(TypedDict, total=False):
    """What `CouponAddition` takes."""

    email: Required[str]
    name: Required[str]
    length: int | None
    coupon: str | None
    valid: datetime.datetime | datetime.date | int | None


class EmailAddresseesDict(TypedDict, total=False):
    """What `EmailAddressees` takes."""

    addressee_type: Required[Literal["EMAIL", "CONTACT_ID", "TAG", "FUNNEL", "STAGE"]]
    value: Required[str | Sequence[str | int]]
    opt_value: str | None
    properties: Mapping[str, str] | Sequence[EmailProperty | EmailPropertyDict] | None


class ExcludedContactsDict(TypedDict, total=False):
    """What `ExcludedContacts` takes."""

    addressee_type: Required[Literal["EMAIL", "CONTACT_ID", "TAG", "FUNNEL", "STAGE"]]
    value: Required[str | Sequence[str | int]]
    opt_value: str | None


class EmailSendingDict(TypedDict, total=False):
    """What `EmailSending` takes."""

    email_id: Required[str]
    date: datetime.datetime | datetime.date | int | None
    contacts: Required[Sequence[EmailAddressees | EmailAddresseesDict]]
    exclude_contacts: Sequence[ExcludedContacts | ExcludedContactsDict] | None
    user: str | None


class UpdatedEventDict(TypedDict, total=False):
    """What `UpdatedEvent` takes."""

    date: datetime.datetime | datetime.date | int | None
    contact_ext_event_type: Required[str]
    description: str | None
    products: str | Sequence[str | int] | None
    location: str | None
    value: float | Decimal | None
    external_id: str | None
    shop_domain: str | None
    detail1: str | None
    detail2: str | None
    detail3: str | None
    detail4: str | None
    detail5: str | None
    detail6: str | None
    detail7: str | None
    detail8: str | None
    detail9: str | None
    detail10: str | None
    detail11: str | None
    detail12: str | None
    detail13: str | None
    detail14: str | None
    detail15: str | None
    detail16: str | None
    detail17: str | None
    detail18: str | None
    detail19: str | None
    detail20: str | None
    event_id: str | None


class EventUpdateDict(TypedDict, total=False):
    """What `EventUpdate` takes."""

    email: str | None
    contact_id: str | None
    owner: str | None
    contact_event: Required[UpdatedEvent | UpdatedEventDict]


class ContactEventDict(TypedDict, total=False):
    """What `ContactEvent` takes."""

    date: datetime.datetime | datetime.date | int | None
    contact_ext_event_type: Required[str]
    description: str | None
    products: str | Sequence[str | int] | None
    location: str | None
    value: float | Decimal | None
    external_id: str | None
    shop_domain: str | None
    detail1: str | None
    detail2: str | None
    detail3: str | None
    detail4: str | None
    detail5: str | None
    detail6: str | None
    detail7: str | None
    detail8: str | None
    detail9: str | None
    detail10: str | None
    detail11: str | None
    detail12: str | None
    detail13: str | None
    detail14: str | None
    detail15: str | None
    detail16: str | None
    detail17: str | None
    detail18: str | None
    detail19: str | None
    detail20: str | None


class ExternalEventDict(TypedDict, total=False):
    """What `ExternalEvent` takes."""

    email: str | None
    contact_id: str | None
    contact_event: Required[ContactEvent | ContactEventDict]
    owner: str | None
    single: bool | None


class FunnelStageDict(TypedDict, total=False):
    """What `FunnelStage` takes."""

    name: Required[str]
    order: Required[int]


class FunnelAdditionDict(TypedDict, total=False):
    """What `FunnelAddition` takes."""

    funnel: Required[str]
    owner: str | None
    group: str | None
    pot_value: float | Decimal | None
    stages: Required[Sequence[FunnelStage | FunnelStageDict]]


class FunnelContactsDict(TypedDict, total=False):
    """What `FunnelContacts` takes."""

    addressee_type: Required[Literal["EMAIL", "CONTACT_ID", "TAG", "FUNNEL"]]
    value: Required[str | Sequence[str | int]]


class FunnelEntryDict(TypedDict, total=False):
    """What `FunnelEntry` takes."""

    funnel: Required[str]
    owner: str | None
    stage: Required[str]
    pot_value: float | Decimal | None
    modify: bool | None
    contacts: Required[Sequence[FunnelContacts | FunnelContactsDict]]


class LoyaltyContactsDict(TypedDict, total=False):
    """What `LoyaltyContacts` takes."""

    addressee_type: Required[Literal["EMAIL", "CONTACT_ID", "TAG", "FUNNEL", "STAGE"]]
    value: Required[str | Sequence[str | int]]
    opt_value: str | None


class LoyaltyEntryDict(TypedDict, total=False):
    """What `LoyaltyEntry` takes."""

    contacts: Required[Sequence[LoyaltyContacts | LoyaltyContactsDict]]
    loyalty_program: Required[str]
    owner: str | None


class LoyaltyExitDict(TypedDict, total=False):
    """What `LoyaltyExit` takes."""

    contacts: Required[Sequence[LoyaltyContacts | LoyaltyContactsDict]]
    loyalty_program: Required[str]
    owner: str | None


class PointsChangeDict(TypedDict, total=False):
    """What `PointsChange` takes."""

    contacts: Required[Sequence[LoyaltyContacts | LoyaltyContactsDict]]
    loyalty_program: Required[str]
    owner: str | None
    points: Required[int]
    modification_type: Required[Literal["ADD", "SUBTRACT"]]
    comment: str | None


class PushTextDict(TypedDict, total=False):
    """What `PushText` takes."""

    personalized: bool | Literal["true", "false"] | None
    text: Required[str]


class AddresseesDict(TypedDict, total=False):
    """What `Addressees` takes."""

    addressee_type: Required[Literal["EMAIL", "CONTACT_ID", "TAG", "USER_ID"]]
    value: Required[str | Sequence[str | int]]


class PushDict(TypedDict, total=False):
    """What `Push` takes."""

    application_id: Required[str]
    properties: Mapping[str, str] | None
    send_to_all_devices: bool | Literal["true", "false"] | None
    email: str | None
    contact_id: str | None
    user_id: str | None
    push_id: Required[str]


class CustomPushDict(TypedDict, total=False):
    """What `CustomPush` takes."""

    application_id: Required[str]
    properties: Mapping[str, str] | None
    send_to_all_devices: bool | Literal["true", "false"] | None
    email: str | None
    contact_id: str | None
    user_id: str | None
    title: Required[PushText | PushTextDict | str]
    content: PushText | PushTextDict | str | None
    deeplink: Required[PushText | PushTextDict | str]
    image_url: str | None
    sound_name: str | None
    push_id: str | None


class MassPushDict(TypedDict, total=False):
    """What `MassPush` takes."""

    application_id: Required[str]
    properties: Mapping[str, str] | None
    send_to_all_devices: bool | Literal["true", "false"] | None
    date: datetime.datetime | datetime.date | int | str | None
    contacts: Sequence[Addressees | AddresseesDict] | None
    push_id: Required[str]


class CustomMassPushDict(TypedDict, total=False):
    """What `CustomMassPush` takes."""

    application_id: Required[str]
    properties: Mapping[str, str] | None
    send_to_all_devices: bool | Literal["true", "false"] | None
    date: datetime.datetime | datetime.date | int | str | None
    contacts: Sequence[Addressees | AddresseesDict] | None
    title: Required[PushText | PushTextDict | str]
    content: Required[PushText | PushTextDict | str]
    deeplink: Required[PushText | PushTextDict | str]
    image_url: Required[str]
    sound_name: str | None


class TaskDict(TypedDict, total=False):
    """What `Task` takes."""

    contact_email: str | None
    id: str | None
    note: str | None
    date: datetime.datetime | datetime.date | int | None
    cc: str | Sequence[str | int] | None
    reminder: Literal["15_MIN", "30_MIN", "1_HOUR", "12_HOUR", "1_DAY", "1_WEEK"] | None
    realized: bool | None


class TaskUpdateDict(TypedDict, total=False):
    """What `TaskUpdate` takes."""

    finished: bool
    sm_contact_task_req: Required[Task | TaskDict]


class MessageAddresseesDict(TypedDict, total=False):
    """What `MessageAddressees` takes."""

    addressee_type: Required[
        Literal[
            "EMAIL",
            "CONTACT_ID",
            "TAG",
            "FUNNEL",
            "STAGE",
            "ID",
            "OPTED_OUT",
            "OPTED_IN",
            "PHONE_OPTED_OUT",
            "PHONE_OPTED_IN",
            "INVALID",
            "MONITORED",
            "NOT_MONITORED",
        ]
    ]
    value: str | Sequence[str | int]
    opt_value: str | None


class ChannelDict(TypedDict, total=False):
    """What `Channel` takes."""

    channel: Required[Literal["SMS", "WHATS_APP", "VIBER"]]
    provider: Required[str]


class TextMessageDict(TypedDict, total=False):
    """What `TextMessage` takes."""

    name: Required[str]
    sender: str | None
    template_name: str | None
    text_content: str | None
    messaging_channel_integration: Sequence[Channel | ChannelDict] | None
    contacts: Required[Sequence[MessageAddressees | MessageAddresseesDict]]
    shorten_links: bool | None
    time: datetime.datetime | datetime.date | int | None
    allow_diacritics: bool | None
    user: str | None


class TransactionalAddresseeDict(TypedDict, total=False):
    """What `TransactionalAddressee` takes."""

    addressee_type: Required[Literal["EMAIL", "CONTACT_ID", "USER_ID"]]
    value: Required[str | Sequence[str | int]]
    properties: Mapping[str, str] | None


class TransactionalMessageDict(TypedDict, total=False):
    """What `TransactionalMessage` takes."""

    provider: Required[str]
    integration_name: Required[str]
    template_external_id: Required[str]
    sender: Required[str]
    contact: Required[TransactionalAddressee | TransactionalAddresseeDict]
    allow_diacritical: bool | None
    shorten_links: bool | None
    user: str | None
