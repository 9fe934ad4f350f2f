"""The effect of an upsert on a contact."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from batchline.sandbox.bodies import JsonObject
from batchline.sandbox.checks import INVALID_DOMAIN
from batchline.sandbox.salesmanago.account import Account, Contact, contact_key

_CONTACT_FIELDS = ("name", "phone", "fax", "company", "externalId", "state")
_ITEM_FIELDS = ("birthday", "province")
# Letters that Unicode does not decompose.
_LATIN = str.maketrans({"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ß": "ss"})


class InvalidContactError(Exception):
    """The upsert cannot be done; the exception's text is the reason."""


def upsert(account: Account, item: Mapping[str, Any], double_opt_in: bool, now: float) -> Contact:
    """Apply one element of `upsertDetails`, or one upsert; `now` in UNIX seconds.

    null and a missing field change nothing; "" clears. Raises InvalidContactError.
    """
    fields = item["contact"]
    known = account.find(fields.get("email"), fields.get("contactId"))
    refuse_invalid(account, item, known)
    contact = known or account.create(fields["email"], now)
    _set_fields(contact, item)
    _set_marketing(contact, item, double_opt_in)
    _set_tags(contact, item, int(now * 1000))
    _set_properties(contact, item)
    for consent in item.get("consentDetails") or ():
        _set_consent(contact, consent, int(now * 1000))
    relation = item.get("relation")
    if relation is not None and relation not in contact.relations:
        contact.relations.append(relation)
    # "For new contacts, the newEmail field will be ignored"; and it "is only possible if the
    # contact is identified with the current email address".
    new_email = item.get("newEmail")
    if new_email and known and _is_address_of(known, fields.get("email")):
        account.rename(contact, new_email)
    contact.upserts += 1
    contact.modified_on = int(now * 1000)
    return contact


def refuse_invalid(account: Account, item: Mapping[str, Any], known: Contact | None) -> None:
    """Raise InvalidContactError if the upsert cannot be done; changes nothing.

    `known` is the upsert's contact; None: it does not exist yet.
    """
    email = item["contact"].get("email")
    if email and email.lower().endswith(f"@{INVALID_DOMAIN}"):
        raise InvalidContactError("the address is invalid")
    if known is None and not email:
        raise InvalidContactError("contactId is unknown, and a new contact needs an email")
    relation = item.get("relation")
    if relation and account.find(relation["email"], None) is None:
        raise InvalidContactError("relation: that contact does not exist")
    new_email = item.get("newEmail")
    if new_email and known and _is_address_of(known, email):
        other = account.find(new_email, None)
        if other is not None and other is not known:
            raise InvalidContactError("newEmail: another contact has that address")


def _is_address_of(contact: Contact, email: str | None) -> bool:
    return email is not None and contact_key(contact.email) == contact_key(email)


def _set_fields(contact: Contact, item: Mapping[str, Any]) -> None:
    fields = item["contact"]
    for name in _CONTACT_FIELDS:
        if fields.get(name) is not None:
            contact.fields[name] = fields[name]
    for name in _ITEM_FIELDS:
        if item.get(name) is not None:
            contact.fields[name] = item[name]
    for name, value in (fields.get("address") or {}).items():
        if value is not None:
            contact.address[name] = value


def _set_marketing(contact: Contact, item: Mapping[str, Any], double_opt_in: bool) -> None:
    """Set the marketing status.

    forceOptIn counts "if the previous option [forceOptOut] has not been chosen", and "the
    useApiDoubleOptIn flag overrides the forceOptIn flag": then a mail asks for confirmation.
    """
    if item.get("forceOptOut"):
        contact.opted_out = True
    elif item.get("forceOptIn") and double_opt_in:
        contact.double_opt_ins += contact.opted_out
    elif item.get("forceOptIn"):
        contact.opted_out = False
    if item.get("forcePhoneOptOut"):
        contact.opted_out_phone = True
    elif item.get("forcePhoneOptIn"):
        contact.opted_out_phone = False


def _set_tags(contact: Contact, item: Mapping[str, Any], millis: int) -> None:
    """Set the tags: "Adding the same tag to both arrays, will remove the tag completely." """
    for tag in item.get("tags") or ():
        contact.tags.setdefault(adjusted_tag(tag), millis)
    for tag in item.get("removeTags") or ():
        contact.tags.pop(adjusted_tag(tag), None)


@lru_cache(maxsize=10_000)
def adjusted_tag(tag: str) -> str:
    """The tag in the form that the API keeps.

    "Special characters will be replaced with the underscore character (_), and diacritical
    characters ... with their Latin alphabet equivalent".
    """
    decomposed = unicodedata.normalize("NFKD", tag.translate(_LATIN))
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return re.sub(r"[^A-Za-z0-9_]", "_", plain)


def _set_properties(contact: Contact, item: Mapping[str, Any]) -> None:
    for name, value in (item.get("properties") or {}).items():
        if value == "":
            contact.properties.pop(name, None)
        elif value is not None:
            contact.properties[name] = value
    for detail in item.get("dictionaryProperties") or ():
        contact.dictionary[detail["name"]] = {"type": detail["type"], "value": detail["value"]}


def _set_consent(contact: Contact, consent: JsonObject, millis: int) -> None:
    """Set a consent; every name counts as predefined.

    "If a contact already has a confirmed or withdrawn consent status - it cannot be changed to a
    not confirmed status."
    """
    if consent.get("optOut"):
        status = "withdrawn"
    elif consent.get("consentAccept"):
        status = "confirmed"
    elif consent["consentName"] in contact.consents:
        return
    else:
        status = "not confirmed"
    contact.consents[consent["consentName"]] = {
        "status": status,
        "agreementDate": consent.get("agreementDate") or millis,
        "ip": consent.get("ip"),
        "consentDescriptionId": consent.get("consentDescriptionId"),
    }
