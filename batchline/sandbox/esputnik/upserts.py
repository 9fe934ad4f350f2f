"""Which contact an upsert means, and what it does to it."""

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

#: What `contactFields` may name: the first eight of them are evidenced, the others are called here
#: as in the contact itself.
FIELD_NAMES = (
    *("firstName", "lastName", "email", "sms", "region", "town", "address", "postcode"),
    *("languageCode", "timeZone", "countryCode", *TOKENS),
)


class NotUpsertedError(Exception):
    """The contact cannot be added or updated; the message is the reason, in our words."""


def find(
    book: ContactBook, said: Mapping[str, Any], dedupe_on: str | None, field_id: int | None = None
) -> Contact | None:
    """The contact that is meant, perhaps a deleted one; None: there is none.

    First by externalCustomerId, then by what `dedupe_on` names (None: e-mail address, then phone).
    Several with the address: the most recently changed. A contact that has another
    externalCustomerId is not meant; one that has none gets this one.
    """
    external_id = said.get("externalCustomerId")
    if external_id is not None:
        found = book.with_external_id(external_id)
        if found is not None:
            return found
    candidates = _looked_for(book, said, dedupe_on, field_id)
    if external_id is not None:
        candidates = [each for each in candidates if each.external_id is None]
    return candidates[0] if candidates else None


def _looked_for(
    book: ContactBook, said: Mapping[str, Any], dedupe_on: str | None, field_id: int | None
) -> Sequence[Contact]:
    if dedupe_on == "externalCustomerId":
        return []
    if dedupe_on == "id":
        found = book.get(said.get("id") or 0)
        return [found] if found else []
    if dedupe_on == "fieldId":
        value = custom_fields(said).get(field_id or 0)
        return [each for each in book if value and each.custom.get(field_id or 0) == value]
    kinds = ADDRESSES if dedupe_on in (None, "email_or_sms") else (str(dedupe_on),)
    for kind in kinds:
        with_channel = book.with_channel(kind, channel_value(said, kind))
        if with_channel:
            return with_channel
    return []


def custom_fields(said: Mapping[str, Any]) -> dict[int, str]:
    """Values of additional fields, by the field's id."""
    return {int(each["id"]): each["value"] for each in said.get("fields") or ()}


def set_given(book: ContactBook, contact: Contact, said: Mapping[str, Any]) -> None:
    """Change what is given and nothing else: the methods for one contact."""
    names = _given_names(said)
    overwrite(book, contact, said, names, custom_fields(said))


def overwrite(
    book: ContactBook,
    contact: Contact,
    said: Mapping[str, Any],
    names: Collection[str],
    custom_ids: Collection[int],
) -> None:
    """Make these fields what the upsert says, empty where it says nothing.

    "If contactFields is omitted every field is updated, and missing data overwrites with null.
    Custom fields change only if listed in customFieldsIDs." A deleted contact is there again.
    """
    contact.deleted = False
    texts = _texts(said)
    for name in (each for each in (*TEXTS, *ADDRESS_PARTS) if each in names):
        contact.fields.pop(name, None)
        if texts.get(name):
            contact.fields[name] = texts[name]
    for kind in (each for each in (*ADDRESSES, *TOKENS) if each in names):
        _set_channels(book, contact, said, kind)
    given = custom_fields(said)
    for custom_id in custom_ids:
        contact.custom.pop(custom_id, None)
        if given.get(custom_id):
            contact.custom[custom_id] = given[custom_id]
    external_id = said.get("externalCustomerId")
    if external_id is not None and external_id != contact.external_id:
        book.set_external_id(contact, external_id)
    book.note_change(contact)


def _texts(said: Mapping[str, Any]) -> dict[str, str]:
    address = said.get("address") or {}
    found = {name: said.get(name) for name in TEXTS}
    found |= {name: address.get(name) for name in ADDRESS_PARTS}
    return {name: value for name, value in found.items() if value is not None}


def _given_names(said: Mapping[str, Any]) -> set[str]:
    return {*_texts(said), *(channel["type"] for channel in said.get("channels") or ())}


def _set_channels(book: ContactBook, contact: Contact, said: Mapping[str, Any], kind: str) -> None:
    """An address takes the place of another; tokens add up, unless none is given."""
    given = [each for each in said.get("channels") or () if each["type"] == kind]
    if given and kind in TOKENS:
        values = {each["value"] for each in given}
        kept = [each for each in contact.channels if each["type"] == kind]
        given = [*(each for each in kept if each["value"] not in values), *given]
    book.set_channels(contact, kind, given)
