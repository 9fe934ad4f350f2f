"""Field types that several of Smart Sender's methods share."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BeforeValidator, Field

from batchline.systems import identifiers
from batchline.systems.message import Message

#: A phone number of E.164: a plus and up to 15 digits.
_PHONE = re.compile(r"\+[1-9][0-9]{1,14}")


def _text_of_whole_number(value: object) -> object:
    """A whole number as text: the API's answers have ids as numbers, its paths as text."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _checked_part(value: str) -> str:
    if not re.fullmatch(r"[^\s/\x00-\x1f\x7f]+", value) or not value.strip("."):
        raise ValueError("stands in the path: no spaces and slashes, and not dots alone")
    return value


def _no_address(value: str) -> str:
    if "@" in value:
        raise ValueError("must be the API's own id of the contact, not an e-mail address")
    return value


def _checked_phone(value: str) -> str:
    if not _PHONE.fullmatch(value):
        raise ValueError("must be a number such as +380501234567: a plus and 2 to 15 digits")
    return value


#: A part of a request's path: an id, or a funnel's serviceKey. The documents give it no form, so
#: only characters that would break the path are refused.
PathPart = Annotated[
    str,
    Field(min_length=1, max_length=255),
    BeforeValidator(_text_of_whole_number, json_schema_input_type=str | int),
    AfterValidator(_checked_part),
    identifiers.Cleaned,
]

#: Smart Sender's own id of a contact; its API finds contacts by this id alone.
ContactId = Annotated[PathPart, AfterValidator(_no_address)]

#: A text that may not be empty.
Text = Annotated[str, Field(min_length=1)]

#: A phone number (channels/{channelId}/gates, phone: "+E.164").
Phone = Annotated[str, AfterValidator(_checked_phone), identifiers.Cleaned]


class ContactMessage(Message):
    """The base of messages about one contact, whose id is in the request's path."""

    system: ClassVar[str] = "smartsender"
    options_fields: ClassVar[frozenset[str]] = frozenset({"contact_id"})

    contact_id: ContactId

    def contact_key(self) -> str:
        return self.contact_id
