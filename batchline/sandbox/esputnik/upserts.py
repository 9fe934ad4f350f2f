"""Upserts: the lookup of the contact, and the change of its fields."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from batchline.sandbox.esputnik.contact_book import (
    ADDRESS_PARTS,
    ADDRESSES,
    TEXTS,
    TOKENS,
    Contact,
    ContactBook,
)
from batchline.sandbox.esputnik.contact_shapes import channel_value

#: Names that `contactFields` may have: the first eight are evidenced, the others are the contact's
#: own names.
FIELD_NAMES = (
    *("firstName", "lastName", "email", "sms", "region", "town", "address", "postcode"),
    *("languageCode", "timeZone", "countryCode", *TOKENS),
)


class NotUpsertedError(Exception):
    """The contact cannot be added or updated; the exception's text is the reason."""


def find(
    book: ContactBook, fields: Mapping[str, Any], dedupe_on: str | None, field_id: int | None = None
) -> Contact | None:
    """The contact of an upsert with these fields, which may be a deleted one; None: there is none.

    It is looked for by externalCustomerId, then by the field that `dedupe_on` names (None: e-mail
    address, then phone number). Of several contacts it is the most recently changed one. A contact
    with another externalCustomerId is not it; a contact without one gets this one.
    """
    external_id = fields.get("externalCustomerId")
    if external_id is not None:
        contact = book.with_external_id(external_id)
        if contact is not None:
            return contact
    candidates = _candidates(book, fields, dedupe_on, field_id)
    if external_id is not None:
        candidates = [each for each in candidates if each.external_id is None]
    return candidates[0] if candidates else None


def _candidates(
    book: ContactBook, fields: Mapping[str, Any], dedupe_on: str | None, field_id: int | None
) -> Sequence[Contact]:
    if dedupe_on == "externalCustomerId":
        return []
    if dedupe_on == "id":
        contact = book.get(fields.get("id") or 0)
        return [contact] if contact else []
    if dedupe_on == "fieldId":
        value = custom_fields(fields).get(field_id or 0)
        return [each for each in book if value and each.custom.get(field_id or 0) == value]
    kinds = ADDRESSES if dedupe_on in (None, "email_or_sms") else (str(dedupe_on),)
    for kind in kinds:
        with_channel = book.with_channel(kind, channel_value(fields, kind))
        if with_channel:
            return with_channel
    return []


def custom_fields(contact: Mapping[str, Any]) -> dict[int, str]:
    """Id of an additional field -> its value."""
    return {int(each["id"]): each["value"] for each in contact.get("fields") or ()}


def set_present(book: ContactBook, contact: Contact, fields: Mapping[str, Any]) -> None:
    """Overwrite the contact's fields that are present, as the methods for one contact do."""
    names = _present_names(fields)
    overwrite(book, contact, fields, names, custom_fields(fields))


def overwrite(
    book: ContactBook,
    contact: Contact,
    fields: Mapping[str, Any],
    names: Collection[str],
    custom_ids: Collection[int],
) -> None:
    """Overwrite the fields in `names` and `custom_ids` by `fields`; absent ones become empty.

    "If contactFields is omitted every field is updated, and missing data overwrites with null.
    Custom fields change only if listed in customFieldsIDs." A deleted contact is restored.
    """
    contact.deleted = False
    texts = _texts(fields)
    for name in (each for each in (*TEXTS, *ADDRESS_PARTS) if each in names):
        contact.fields.pop(name, None)
        if texts.get(name):
            contact.fields[name] = texts[name]
    for kind in (each for each in (*ADDRESSES, *TOKENS) if each in names):
        _set_channels(book, contact, fields, kind)
    custom = custom_fields(fields)
    for custom_id in custom_ids:
        contact.custom.pop(custom_id, None)
        if custom.get(custom_id):
            contact.custom[custom_id] = custom[custom_id]
    external_id = fields.get("externalCustomerId")
    if external_id is not None and external_id != contact.external_id:
        book.set_external_id(contact, external_id)
    book.note_change(contact)


def _texts(fields: Mapping[str, Any]) -> dict[str, str]:
    address = fields.get("address") or {}
    texts = {name: fields.get(name) for name in TEXTS}
    texts |= {name: address.get(name) for name in ADDRESS_PARTS}
    return {name: value for name, value in texts.items() if value is not None}


def _present_names(fields: Mapping[str, Any]) -> set[str]:
    return {*_texts(fields), *(channel["type"] for channel in fields.get("channels") or ())}


def _set_channels(
    book: ContactBook, contact: Contact, fields: Mapping[str, Any], kind: str
) -> None:
    """Set the channels of one type: an address replaces the former one, tokens add up.

    Without a channel of the type all of them are removed.
    """
    channels = [each for each in fields.get("channels") or () if each["type"] == kind]
    if channels and kind in TOKENS:
        values = {each["value"] for each in channels}
        kept = [each for each in contact.channels if each["type"] == kind]
        channels = [*(each for each in kept if each["value"] not in values), *channels]
    book.set_channels(contact, kind, channels)
