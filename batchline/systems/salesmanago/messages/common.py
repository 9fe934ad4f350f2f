"""Field types that several of SALESmanago's methods share.

A text with a "Max. length" may be empty: "" clears a value. An identifier may not be empty.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from batchline.systems import identifiers
from batchline.systems.message import MillisField, When, to_millis


def _joined(value: object, separator: str) -> object:
    if not isinstance(value, list | tuple):
        return value
    return separator.join(_element(one) for one in value)


def _element(value: object) -> str:
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise ValueError("each value of the list must be a text or a whole number")
    text = str(identifiers.cleaned(str(value).strip()))
    if not text or "," in text:
        raise ValueError("no value of the list may be empty or hold a comma: commas separate them")
    return text


def each_cleaned(listed: str) -> str:
    """The identifiers, separated by commas; as they are written where there is nothing to clean."""
    listed = listed.strip()
    written = [one.removeprefix(" ") for one in listed.split(",")]
    cleaned = [str(identifiers.cleaned(one)) if one.strip() else "" for one in written]
    return listed if cleaned == written else ", ".join(cleaned)


def comma_separated(value: object) -> object:
    """`a,b` from a list or tuple; other values as they are. Raises ValueError for bad elements."""
    return _joined(value, ",")


def comma_space_separated(value: object) -> object:
    """`a, b` from a list or tuple, as the push samples write it; else as `comma_separated`."""
    return _joined(value, ", ")


#: What the two functions above take.
Texts = str | Sequence[str | int]


def _flag_of_word(value: object) -> object:
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


def now_in_millis() -> int:
    """The present moment in UNIX milliseconds."""
    return round(time.time() * 1000)


def _millis_or_now(value: object) -> object:
    return now_in_millis() if value is None else to_millis(value)


#: Milliseconds of a day.
DAY_IN_MILLIS = 86_400_000

Text255 = Annotated[str, Field(max_length=255)]
Text2048 = Annotated[str, Field(max_length=2048)]

#: A text that may not be empty, such as a tag or the name of a detail.
Name255 = Annotated[str, Field(min_length=1, max_length=255)]

#: "Email validation": up to 64 characters, an @, a valid Internet domain; up to 254 in all.
Email = identifiers.Email

#: contactId and pushId. Most methods document "UUID", contact/batchAddContactExtEvent "255", and
#: the samples show `a1b2-...-c3d4`. So the alphabet and the length are checked, but not the shape;
#: an e-mail address in the wrong field is refused.
Identifier = Annotated[
    str,
    Field(max_length=255, pattern=r"^[0-9A-Za-z._-]+$"),
    identifiers.Cleaned,
]

#: An id or a number of your own; "" clears it.
OwnId255 = Annotated[str, Field(max_length=255), identifiers.Cleaned]

#: A text that names one thing, such as a coupon or a user of the account.
Code255 = Annotated[str, Field(min_length=1, max_length=255), identifiers.Cleaned]

#: "true/false": the JSON boolean; "true" and 1 are refused.
Flag = Annotated[bool, Field(strict=True)]

#: A boolean that the samples write as a text: "true" and "false" are accepted, the boolean is sent.
FlagOrWord = Annotated[
    bool,
    BeforeValidator(_flag_of_word, json_schema_input_type=bool | Literal["true", "false"]),
    Field(strict=True),
]

#: A moment in UNIX milliseconds (see `Millis`); now for None.
MillisOrNow = Annotated[
    int, MillisField, BeforeValidator(_millis_or_now, json_schema_input_type=When | None)
]

#: "Array of standard details": names and texts of up to 255 characters each.
Properties = dict[Name255, Text255]


def key_of(contact_id: str | None, email: str | None) -> str:
    """The contact's id if given, else the lower-cased address: only the address has an @."""
    return contact_id or (email or "").lower()
