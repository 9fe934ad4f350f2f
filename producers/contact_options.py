"""What the plain helpers take by name: `upsert_contact` above all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, TypedDict

from batchline.producers.enqueue import SendOptions
from batchline.systems.salesmanago.messages import (
    Address,
    ConsentDetail,
    DictionaryProperty,
    Relation,
)


class HelperOptions(SendOptions, total=False):
    """What every helper hands on to `Producer.send`."""

    account: str


class ContactFields(TypedDict, total=False):
    """The contact itself: fields of `Contact`."""

    contact_id: str | None
    name: str | None
    phone: str | None
    fax: str | None
    company: str | None
    external_id: str | None
    state: str | None
    address: Address | Mapping[str, str] | None


class UpsertFields(TypedDict, total=False):
    """What else is said of it: fields of `ContactUpsert`."""

    province: str | None
    birthday: date | str | None
    new_email: str | None
    force_opt_in: bool | None
    force_opt_out: bool | None
    force_phone_opt_in: bool | None
    force_phone_opt_out: bool | None
    tags: Sequence[str] | None
    remove_tags: Sequence[str] | None
    properties: Mapping[str, str] | None
    dictionary_properties: Sequence[DictionaryProperty | Mapping[str, Any]] | None
    consent_details: Sequence[ConsentDetail | Mapping[str, Any]] | None
    owner: str | None
    use_api_double_opt_in: bool | None
    double_opt_in_email_id: str | None
    double_opt_in_language: str | None


class UpsertOptions(ContactFields, UpsertFields, HelperOptions, total=False):
    """All that an upsert takes that is enqueued."""

    relation: Relation | Mapping[str, str] | None
    lang: str | None
    fire_events: bool | None
    async_: bool | None


class DirectUpsertOptions(ContactFields, UpsertFields, total=False):
    """All that an upsert takes whose answer is waited for: what contact/upsert documents."""
