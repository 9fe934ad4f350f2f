"""Keyword arguments of the helpers for SALESmanago."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Literal, TypedDict

from batchline.producers.outgoing import SendOptions
from batchline.systems.salesmanago.messages import (
    Address,
    Channel,
    ConsentDetail,
    DictionaryProperty,
    Relation,
)
from batchline.systems.salesmanago.messages.dicts import (
    AddressDict,
    ChannelDict,
    ConsentDetailDict,
    DictionaryPropertyDict,
    RelationDict,
)

Moment = datetime.datetime | datetime.date | int


class HelperOptions(SendOptions, total=False):
    """Options that every helper passes to `Producer.send`."""

    account: str


class ContactFields(TypedDict, total=False):
    """Fields of the upsert's `Contact`, but for its e-mail address."""

    contact_id: str | None
    name: str | None
    phone: str | None
    fax: str | None
    company: str | None
    external_id: str | None
    state: Literal["CUSTOMER", "PROSPECT", "PARTNER", "OTHER", "UNKNOWN"] | None
    address: Address | AddressDict | None


class DirectUpsertFields(ContactFields, total=False):
    """What `upsert_contact_and_wait` takes: the fields that contact/upsert documents."""

    province: str | None
    birthday: datetime.date | str | None
    new_email: str | None
    force_opt_in: bool | None
    force_opt_out: bool | None
    force_phone_opt_in: bool | None
    force_phone_opt_out: bool | None
    tags: list[str] | tuple[str, ...] | None
    remove_tags: list[str] | tuple[str, ...] | None
    properties: Mapping[str, str] | None
    dictionary_properties: Sequence[DictionaryProperty | DictionaryPropertyDict] | None
    consent_details: Sequence[ConsentDetail | ConsentDetailDict] | None
    owner: str | None
    use_api_double_opt_in: bool | None
    double_opt_in_email_id: str | None
    double_opt_in_language: str | None


class UpsertFields(DirectUpsertFields, total=False):
    """What `upsert_contact.build` takes."""

    relation: Relation | RelationDict | None
    lang: str | None
    fire_events: bool | None
    async_: bool | None


class UpsertOptions(UpsertFields, HelperOptions, total=False):
    """What `upsert_contact` takes."""


class EventFields(TypedDict, total=False):
    """Fields of an event that an update and an add have in common."""

    contact_id: str | None
    date: Moment | None
    products: str | Sequence[str | int] | None
    value: float | Decimal | None
    location: str | None
    description: str | None
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
    owner: str | None


class AddedEventFields(EventFields, total=False):
    """What `add_external_event.build` takes."""

    single: bool | None


class AddedEventOptions(AddedEventFields, HelperOptions, total=False):
    """What `add_external_event` takes."""


class UpdatedEventFields(EventFields, total=False):
    """What `update_external_event.build` takes."""

    event_id: str | None


class UpdatedEventOptions(UpdatedEventFields, HelperOptions, total=False):
    """What `update_external_event` takes."""


class DeletedEventFields(TypedDict, total=False):
    """What `delete_external_event.build` takes."""

    contact_id: str | None
    event_id: str | None
    external_id: str | None
    owner: str | None


class DeletedEventOptions(DeletedEventFields, HelperOptions, total=False):
    """What `delete_external_event` takes."""


class OwnerField(TypedDict, total=False):
    """What `delete_contact.build` and `set_contact_owner.build` take."""

    owner: str | None


class OwnerOptions(OwnerField, HelperOptions, total=False):
    """What `delete_contact` and `set_contact_owner` take."""


class PushFields(TypedDict, total=False):
    """What `send_push.build` takes."""

    email: str | None
    contact_id: str | None
    user_id: str | None
    properties: Mapping[str, str] | None
    send_to_all_devices: bool | None


class PushOptions(PushFields, HelperOptions, total=False):
    """What `send_push` takes."""


class CouponFields(TypedDict, total=False):
    """What `add_coupon.build` takes."""

    coupon: str | None
    length: int | None
    valid: Moment | None


class CouponOptions(CouponFields, HelperOptions, total=False):
    """What `add_coupon` takes."""


class EmailFields(TypedDict, total=False):
    """What `send_email.build` takes."""

    contact_id: str | None
    properties: Mapping[str, str] | None
    date: Moment | None
    user: str | None


class EmailOptions(EmailFields, HelperOptions, total=False):
    """What `send_email` takes."""


class TextMessageFields(TypedDict, total=False):
    """What `send_message.build` takes."""

    contact_id: str | None
    text_content: str | None
    template_name: str | None
    sender: str | None
    messaging_channel_integration: Sequence[Channel | ChannelDict] | None
    shorten_links: bool | None
    allow_diacritics: bool | None
    time: Moment | None
    user: str | None


class TextMessageOptions(TextMessageFields, HelperOptions, total=False):
    """What `send_message` takes."""


class NoteFields(TypedDict, total=False):
    """What `add_note.build` takes."""

    contact_id: str | None
    priv: bool | None
    owner: str | None


class NoteOptions(NoteFields, HelperOptions, total=False):
    """What `add_note` takes."""


class PointsFields(TypedDict, total=False):
    """What `modify_points.build` takes."""

    contact_id: str | None
    comment: str | None
    owner: str | None


class PointsOptions(PointsFields, HelperOptions, total=False):
    """What `modify_points` takes."""
