"""Checks of a contact, for every method that takes one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from batchline.sandbox.bodies import as_text, objects
from batchline.sandbox.checks import (
    INVALID_DOMAIN,
    Check,
    all_of,
    array,
    email,
    flag,
    identified_by,
    one_of,
    record,
    text,
    whole,
)
from batchline.sandbox.contract import Item
from batchline.sandbox.esputnik.contact_book import ADDRESS_PARTS, ADDRESSES, TEXTS, TOKENS

#: A field's id is a number in one sample of the documents and text in another.
_DIGITS = text(shortest=1, pattern="[0-9]{1,18}")
_NAME = text(shortest=1)
_TEXT = text()


def field_id(value: object) -> str | None:
    return _DIGITS(value) if type(value) is str else whole(1)(value)


def phone(value: object) -> str | None:
    """A phone number, digits with the country code; a recording had a plus, a sample a blank."""
    if type(value) is not str:
        return _TEXT(value)
    number = value.strip().removeprefix("+")
    return None if number.isascii() and number.isdigit() else ": not a phone number"


def deliverable(value: object) -> str | None:
    """An e-mail address that is not at `INVALID_DOMAIN`."""
    problem = email(value)
    if problem is None and str(value).lower().endswith(f"@{INVALID_DOMAIN}"):
        return ": the address is invalid"
    return problem


def _channel(value: object) -> str | None:
    problem = _CHANNEL(value)
    if problem or type(value) is not dict:
        return problem
    check: Check = {"email": deliverable, "sms": phone}.get(value["type"], _NAME)
    problem = check(value["value"])
    return f".value{problem}" if problem else None


_CHANNEL = record(
    {
        "type": one_of((*ADDRESSES, *TOKENS)),
        "value": _NAME,
        "device": record(
            {
                **dict.fromkeys(
                    ("appId", "os", "deviceModel", "locale", "clientVersion", "appVersion"), _TEXT
                ),
                "active": flag,
            }
        ),
    },
    required=("type", "value"),
)
_FIELDS: dict[str, Check] = {
    "externalCustomerId": _NAME,
    "channels": array(_channel, 1),
    **dict.fromkeys(TEXTS, _TEXT),
    "address": record(dict.fromkeys(ADDRESS_PARTS, _TEXT)),
    "fields": array(record({"id": field_id, "value": _TEXT}, required=("id", "value"))),
}
#: The contact of POST /v1/contact and of /v1/contact/subscribe.
CONTACT = all_of(record(_FIELDS), identified_by("channels", "externalCustomerId"))
#: The body of PUT /v1/contact/{id}.
CHANGES = record(_FIELDS)
#: An element of `contacts` in POST /v1/contacts.
BULK_CONTACT = all_of(
    record({**_FIELDS, "id": whole(1)}), identified_by("channels", "externalCustomerId", "id")
)


def channel_value(contact: Mapping[str, Any], *kinds: str) -> str:
    """The value of the contact's first channel of these types; "" if it has none."""
    channels = objects(contact.get("channels"))
    return next((as_text(each.get("value")) for each in channels if each.get("type") in kinds), "")


def contact_item(contact: Mapping[str, Any], otherwise: str = "") -> Item:
    """The item of a contact, for ledger and scripts.

    Its id is the e-mail address in lower case, else the externalCustomerId, else the phone number,
    else a token, else `otherwise`.
    """
    key = (
        channel_value(contact, "email").lower()
        or as_text(contact.get("externalCustomerId"))
        or channel_value(contact, "sms")
        or channel_value(contact, *TOKENS)
        or otherwise
    )
    return Item(key, key)
