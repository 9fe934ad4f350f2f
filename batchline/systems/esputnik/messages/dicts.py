"""What the messages take, for type checkers: written by `make dicts`."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from decimal import Decimal
from typing import Literal, Required, TypedDict

from batchline.systems.esputnik.messages.contact_parts import (
    Address,
    Channel,
    ContactParts,
    CustomField,
    Device,
)
from batchline.systems.esputnik.messages.events import EventParam, EventParamV2
from batchline.systems.esputnik.messages.orders import OrderItem


class DeviceDict(TypedDict, total=False):
    """What `Device` takes."""

    app_id: str | None
    os: str | None
    device_model: str | None
    locale: str | None
    client_version: str | None
    app_version: str | None
    active: bool | None


class ChannelDict(TypedDict, total=False):
    """What `Channel` takes."""

    type: Required[Literal["email", "sms", "push", "mobilepush", "webpush"]]
    value: Required[str]
    device: Device | DeviceDict | None


class CustomFieldDict(TypedDict, total=False):
    """What `CustomField` takes."""

    id: Required[int | str]
    value: Required[str]


class AddressDict(TypedDict, total=False):
    """What `Address` takes."""

    region: str | None
    town: str | None
    address: str | None
    postcode: str | None
    country_code: str | None


class ContactPartsDict(TypedDict, total=False):
    """What `ContactParts` takes."""

    external_customer_id: str | None
    channels: Sequence[Channel | ChannelDict] | None
    first_name: str | None
    last_name: str | None
    address: Address | AddressDict | None
    fields: Sequence[CustomField | CustomFieldDict] | None
    language_code: str | None
    time_zone: str | None


class ContactUpsertDict(TypedDict, total=False):
    """What `ContactUpsert` takes."""

    external_customer_id: str | None
    channels: Sequence[Channel | ChannelDict] | None
    first_name: str | None
    last_name: str | None
    address: Address | AddressDict | None
    fields: Sequence[CustomField | CustomFieldDict] | None
    language_code: str | None
    time_zone: str | None
    id: int | str | None
    dedupe_on: (
        Literal[
            "email",
            "sms",
            "email_or_sms",
            "externalCustomerId",
            "id",
            "fieldId",
            "push",
            "mobilepush",
            "webpush",
        ]
        | None
    )
    field_id: int | str | None
    custom_fields_ids: Sequence[int | str] | None
    contact_fields: list[str] | tuple[str, ...] | None
    group_names: list[str] | tuple[str, ...] | None
    group_names_exclude: list[str] | tuple[str, ...] | None
    restore_deleted: bool | None
    event_key_for_new_contacts: str | None


class SingleContactUpsertDict(TypedDict, total=False):
    """What `SingleContactUpsert` takes."""

    external_customer_id: str | None
    channels: Sequence[Channel | ChannelDict] | None
    first_name: str | None
    last_name: str | None
    address: Address | AddressDict | None
    fields: Sequence[CustomField | CustomFieldDict] | None
    language_code: str | None
    time_zone: str | None


class ContactUpdateDict(TypedDict, total=False):
    """What `ContactUpdate` takes."""

    external_customer_id: str | None
    channels: Sequence[Channel | ChannelDict] | None
    first_name: str | None
    last_name: str | None
    address: Address | AddressDict | None
    fields: Sequence[CustomField | CustomFieldDict] | None
    language_code: str | None
    time_zone: str | None
    contact_id: Required[int | str]


class ContactDeletionDict(TypedDict, total=False):
    """What `ContactDeletion` takes."""

    contact_id: int | str | None
    external_customer_id: str | None
    erase: bool | None


class EmailSendDict(TypedDict, total=False):
    """What `EmailSend` takes."""

    tags: list[str] | tuple[str, ...] | None
    external_request_id: str | None
    subscriptions_keys: list[str] | tuple[str, ...] | None
    track_urls: bool | None
    email: Required[str]
    sender: Required[str]
    subject: Required[str]
    html_text: Required[str]
    plain_text: str | None
    amp_html_text: str | None
    skip_personalisation: bool | None


class SmsSendDict(TypedDict, total=False):
    """What `SmsSend` takes."""

    tags: list[str] | tuple[str, ...] | None
    external_request_id: str | None
    subscriptions_keys: list[str] | tuple[str, ...] | None
    track_urls: bool | None
    phone_number: Required[str]
    sender: Required[str]
    text: Required[str]


class ViberSendDict(TypedDict, total=False):
    """What `ViberSend` takes."""

    tags: list[str] | tuple[str, ...] | None
    external_request_id: str | None
    subscriptions_keys: list[str] | tuple[str, ...] | None
    track_urls: bool | None
    phone_number: Required[str]
    text: Required[str]
    ios_expirity_text: Required[str]
    sender: str | None
    ttl_seconds: int | None
    img: str | None
    caption: str | None
    action: str | None


class EventParamDict(TypedDict, total=False):
    """What `EventParam` takes."""

    name: Required[str]
    value: Required[object]


class EventDict(TypedDict, total=False):
    """What `Event` takes."""

    event_type_key: Required[str]
    key_value: Required[str]
    params: Sequence[EventParam | EventParamDict] | None


class EventParamV2Dict(TypedDict, total=False):
    """What `EventParamV2` takes."""

    name: Required[str]
    value: Required[object]


class EventV2Dict(TypedDict, total=False):
    """What `EventV2` takes."""

    event_type_key: Required[str]
    key_value: str | None
    params: Sequence[EventParamV2 | EventParamV2Dict] | None


class PastEventDict(TypedDict, total=False):
    """What `PastEvent` takes."""

    event_type_key: Required[str]
    key_value: Required[str]
    occurred: Required[datetime.datetime | datetime.date | str]
    params: Sequence[EventParam | EventParamDict] | None


class PastEventV2Dict(TypedDict, total=False):
    """What `PastEventV2` takes."""

    event_type_key: Required[str]
    key_value: Required[str]
    occurred: Required[datetime.datetime | datetime.date | str]
    params: Sequence[EventParamV2 | EventParamV2Dict] | None


class OrderItemDict(TypedDict, total=False):
    """What `OrderItem` takes."""

    external_item_id: Required[str]
    name: Required[str]
    quantity: Required[int]
    cost: Required[float | Decimal]
    url: Required[str]
    image_url: Required[str]
    category: str | None
    description: str | None


class OrderDict(TypedDict, total=False):
    """What `Order` takes."""

    external_order_id: Required[str]
    external_customer_id: str | None
    total_cost: Required[float | Decimal]
    status: Required[
        Literal["INITIALIZED", "IN_PROGRESS", "DELIVERED", "CANCELLED", "ABANDONED_SHOPPING_CART"]
    ]
    date: Required[datetime.datetime | datetime.date | str]
    email: str | None
    phone: str | None
    first_name: str | None
    last_name: str | None
    currency: str | None
    shipping: float | Decimal | None
    discount: float | Decimal | None
    taxes: float | Decimal | None
    delivery_method: str | None
    payment_method: str | None
    delivery_address: str | None
    items: Sequence[OrderItem | OrderItemDict] | None


class PreparedMessageDict(TypedDict, total=False):
    """What `PreparedMessage` takes."""

    message_id: Required[int | str]
    locator: str | None
    contact_id: int | str | None
    json_param: object | None
    language_code: str | None
    email: bool | None
    from_name: str | None
    external_request_id: str | None


class SegmentAttachmentDict(TypedDict, total=False):
    """What `SegmentAttachment` takes."""

    segment_id: Required[int | str]
    contact_ids: Sequence[int | str] | None
    external_customer_ids: list[str] | tuple[str, ...] | None


class SegmentDetachmentDict(TypedDict, total=False):
    """What `SegmentDetachment` takes."""

    segment_id: Required[int | str]
    contact_ids: Sequence[int | str] | None
    external_customer_ids: list[str] | tuple[str, ...] | None


class ContactSubscriptionDict(TypedDict, total=False):
    """What `ContactSubscription` takes."""

    contact: Required[ContactParts | ContactPartsDict]
    groups: list[str] | tuple[str, ...] | None
    subscriptions: list[str] | tuple[str, ...] | None
    form_type: str | None


class ContactsUploadDict(TypedDict, total=False):
    """What `ContactsUpload` takes."""

    link: Required[str]
    dedupe_on: Required[Literal["email", "sms", "email_or_sms", "id"]]
    group_names: list[str] | tuple[str, ...] | None
    group_names_exclude: list[str] | tuple[str, ...] | None
    restore_deleted: bool | None
    event_key_for_new_contacts: str | None
