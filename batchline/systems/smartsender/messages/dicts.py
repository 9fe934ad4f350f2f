"""What the messages take, for type checkers: written by `make dicts`."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal, Required, TypedDict


class MessageSendDict(TypedDict, total=False):
    """What `MessageSend` takes."""

    contact_id: Required[str | int]
    type: Required[
        Literal[
            "text", "picture", "file", "video", "audio", "voice", "animation", "location", "contact"
        ]
    ]
    content: str | None
    media: str | None
    title: str | None
    latitude: float | None
    longitude: float | None
    full_name: str | None
    phone_number: str | None
    watermark: int | str | None


class ContactUpdateDict(TypedDict, total=False):
    """What `ContactUpdate` takes."""

    contact_id: Required[str | int]
    values: Required[Mapping[str, str | float | bool | Decimal | None]]


class EventFireDict(TypedDict, total=False):
    """What `EventFire` takes."""

    contact_id: Required[str | int]
    name: Required[str]


class ContactUniteDict(TypedDict, total=False):
    """What `ContactUnite` takes."""

    contact_id: Required[str | int]
    target_id: Required[str | int]


class ContactCreateDict(TypedDict, total=False):
    """What `ContactCreate` takes."""

    channel_id: Required[str | int]
    identifier: Required[str]
    first_name: Required[str]
    last_name: str | None
    email: str | None
    phone: str | None
    parameters: Mapping[str, object] | None
    find_contact: bool | None


class TagAddDict(TypedDict, total=False):
    """What `TagAdd` takes."""

    contact_id: Required[str | int]
    tag_id: Required[str | int]


class TagRemoveDict(TypedDict, total=False):
    """What `TagRemove` takes."""

    contact_id: Required[str | int]
    tag_id: Required[str | int]


class FunnelAddContactDict(TypedDict, total=False):
    """What `FunnelAddContact` takes."""

    contact_id: Required[str | int]
    service_key: Required[str | int]


class FunnelRemoveContactDict(TypedDict, total=False):
    """What `FunnelRemoveContact` takes."""

    contact_id: Required[str | int]
    service_key: Required[str | int]
