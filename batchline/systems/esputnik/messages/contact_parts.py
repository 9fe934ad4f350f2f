"""The fields of a contact, in POST /v1/contact, /v1/contacts and /v1/contact/subscribe alike.

A field left out keeps its value; "" clears a text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self, Unpack

from pydantic import Field, model_validator

from batchline.systems.esputnik.messages.common import (
    ApiId,
    ExternalId,
    Flag,
    Identifier,
    Name,
    digits_of_phone,
)
from batchline.systems.identified import Group, Identified, is_empty, without_empty
from batchline.systems.identifiers import checked_email
from batchline.systems.message import ApiModel

if TYPE_CHECKING:
    from batchline.systems.esputnik.messages.dicts import (
        ChannelDict,
        ContactPartsDict,
        CustomFieldDict,
    )


ChannelType = Literal["email", "sms", "push", "mobilepush", "webpush"]

#: Type of a channel -> what its value is checked with.
_CHECKS: dict[str, Callable[[str], str]] = {
    "email": checked_email,
    "sms": digits_of_phone,
}


class Device(ApiModel):
    """The device of a mobilepush channel, as the support page on push tokens shows it."""

    app_id: Identifier | None = None
    os: str | None = None
    device_model: str | None = None
    locale: str | None = None
    client_version: str | None = None
    app_version: str | None = None
    active: Flag | None = None


class Channel(ApiModel):
    """channels: an e-mail address, a phone number (`sms`), or the token of a push channel.

    A plus and blanks around a phone number are dropped.
    """

    type: ChannelType
    value: Identifier
    device: Device | None = None

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[ChannelDict]) -> None: ...

    @model_validator(mode="after")
    def _fits_its_type(self) -> Self:
        check = _CHECKS.get(self.type)
        if check is not None:
            self.value = check(self.value)
        return self


class Address(ApiModel):
    """address: texts without a documented length; "" clears one."""

    region: str | None = None
    town: str | None = None
    address: str | None = None
    postcode: str | None = None
    country_code: str | None = None


class CustomField(ApiModel):
    """fields: the value of an additional field by its id (GET /v1/addressbooks lists them)."""

    id: ApiId
    value: str

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[CustomFieldDict]) -> None: ...


class ContactParts(Identified):
    """The fields of a contact, and the identifiers by which it is known.

    A channel without a value is none, where the contact has another identifier.
    """

    identifiers: ClassVar[tuple[Group, ...]] = (("external_customer_id", "channels"),)

    external_customer_id: ExternalId | None = None
    channels: Annotated[list[Channel], Field(min_length=1)] | None = None
    first_name: str | None = None
    last_name: str | None = None
    address: Address | None = None
    fields: Annotated[list[CustomField], Field(min_length=1)] | None = None
    language_code: Name | None = None
    #: A time zone such as +02:00 or Europe/Kyiv; the documents show no value.
    time_zone: Name | None = None

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[ContactPartsDict]) -> None: ...

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, value: Any) -> Any:
        return without_empty(_without_empty_channels(value, *cls.identifiers), *cls.identifiers)

    @model_validator(mode="after")
    def _each_field_once(self) -> Self:
        ids = [field.id for field in self.fields or ()]
        if len(set(ids)) < len(ids):
            raise ValueError("fields: an id is given twice, give each field once")
        return self


def _without_empty_channels(value: Any, *groups: Group) -> Any:
    """The input, without channels that have no value, where something else names the contact."""
    channels = value.get("channels") if isinstance(value, dict) else None
    if not isinstance(channels, list | tuple):
        return value
    kept = [channel for channel in channels if not _has_no_value(channel)]
    if len(kept) == len(channels):
        return value
    bare = {**value, "channels": kept}
    return bare if kept or "channels" not in without_empty(bare, *groups) else value


def _has_no_value(channel: Any) -> bool:
    return isinstance(channel, dict) and is_empty(channel.get("value"))


def key_of(parts: ContactParts, contact_id: int | None = None) -> str:
    """The contact's key; "" if it has none.

    It is externalCustomerId, else the lower-cased e-mail address, else the phone number, else a
    token, else `id:N`.
    """
    if parts.external_customer_id is not None:
        return parts.external_customer_id
    by_type: dict[str, str] = {}
    for channel in parts.channels or ():
        by_type.setdefault(channel.type, channel.value)
    if "email" in by_type:
        return by_type["email"].lower()
    if by_type:
        return by_type.get("sms") or next(iter(by_type.values()))
    return f"id:{contact_id}" if contact_id is not None else ""


def field_names(contact: Mapping[str, Any]) -> set[str]:
    """The API's names of the fields in a contact's JSON.

    The types of its channels stand for `channels`, the parts of its address for `address`.
    """
    channels = {channel["type"] for channel in contact.get("channels") or ()}
    address = (contact.get("address") or {}).keys()
    return contact.keys() - {"channels", "address"} | channels | address
