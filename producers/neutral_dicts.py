"""What the messages take, for type checkers: written by `make dicts`."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from decimal import Decimal
from typing import Required, TypedDict


class ContactDict(TypedDict, total=False):
    """What `Contact` takes."""

    fields: Mapping[
        str,
        str
        | bool
        | int
        | float
        | Decimal
        | datetime.datetime
        | datetime.date
        | list[str]
        | tuple[str, ...]
        | None,
    ]
    email: str | None
    phone: str | None
    external_id: str | None
    first_name: str | None
    last_name: str | None
    company: str | None
    birthday: datetime.date | str | None
    language: str | None
    street: str | None
    postcode: str | None
    city: str | None
    region: str | None
    country: str | None
    email_opt_in: bool | None
    sms_opt_in: bool | None
    tags: list[str] | tuple[str, ...] | None
    remove_tags: list[str] | tuple[str, ...] | None
    groups: list[str] | tuple[str, ...] | None
    remove_groups: list[str] | tuple[str, ...] | None


class EventDict(TypedDict, total=False):
    """What `Event` takes."""

    fields: Mapping[
        str,
        str
        | bool
        | int
        | float
        | Decimal
        | datetime.datetime
        | datetime.date
        | list[str]
        | tuple[str, ...]
        | None,
    ]
    type: Required[str]
    email: str | None
    phone: str | None
    contact_external_id: str | None
    time: datetime.datetime | datetime.date | int | str
    value: int | float | Decimal | None
    currency: str | None
    products: list[str] | tuple[str, ...] | None
    description: str | None
    external_id: str | None
