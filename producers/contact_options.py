"""Keyword arguments of the plain helpers, `upsert_contact` above all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, TypedDict

from batchline.producers.outgoing import SendOptions
from batchline.systems.salesmanago.messages import (
    Address,
    ConsentDetail,
    DictionaryProperty,
    Relation,
)


class HelperOptions(SendOptions, total=False):
    """Options that every helper passes to `Producer.send`."""

    account: str


class ContactFields(TypedDict, total=False):
    """Fields of the upsert's `Contact`."""

    contact_id: str | None
    name: str | None
    phone: str | None
    fax: str | None
    company: str | None
    external_id: str | None
    state: str | None
    address: Address | Mapping[str, str] | None


class UpsertFields(TypedDict, total=False):
    """Fields of `ContactUpsert` beside its contact."""

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
    """Keyword arguments of `upsert_contact`."""

    relation: Relation | Mapping[str, str] | None
    lang: str | None
    fire_events: bool | None
    async_: bool | None


class DirectUpsertOptions(ContactFields, UpsertFields, total=False):
    """Keyword arguments of `upsert_contact_now`: the fields that contact/upsert documents."""
