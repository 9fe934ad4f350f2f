"""Field types that several of eSputnik's methods share.

The documents limit few texts: a text without a limit here has no documented length.
"""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from batchline.systems import free_values, identifiers

#: Characters that eventTypeKey and keyValue may not hold ("How to use the generate event page").
FORBIDDEN_IN_KEYS = "<;'\\/|\"`^?!,>"
#: The most characters of eventTypeKey and of keyValue (POST /v1/event).
LONGEST_EVENT_TYPE = 100
LONGEST_KEY_VALUE = 300

#: Dates as in "Getting started"; seconds and an offset as in the sample of POST /v1/orders.
_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:?\d\d)?)?", re.ASCII
)


def digits_of_phone(value: str) -> str:
    """The number without its plus. Raises ValueError if it is no phone number."""
    number = value.removeprefix("+")
    if not (number.isascii() and number.isdigit()):
        raise ValueError("must be a phone number: digits with the country code, as 380501234567")
    return number


def _moment(value: object) -> object:
    """The documented text of a datetime (with a time zone) or a date; other values as they are."""
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(
                "this datetime has no time zone: give one, such as datetime.now(timezone.utc)"
            )
        return value.isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, date) else value


def _real_moment(value: str) -> str:
    if not _MOMENT.fullmatch(value):
        raise ValueError("must be YYYY-MM-DD, YYYY-MM-DDTHH:mm, or 2017-03-08T09:30:00+02:00")
    try:
        datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("there is no such day or time") from None
    return value


def _no_forbidden(value: str) -> str:
    forbidden = sorted({letter for letter in value if letter in FORBIDDEN_IN_KEYS})
    if forbidden:
        raise ValueError(f"must not hold any of {FORBIDDEN_IN_KEYS} (found: {' '.join(forbidden)})")
    return value


def _no_flag(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("must be a whole number")
    return value


def json_text(value: Any) -> Any:
    """A text as it is, any other value as JSON, for fields that take only texts."""
    if isinstance(value, str):
        return value
    value = free_values.checked(value)
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise ValueError("must be a text, or a value that JSON can hold") from None


#: A text that may not be empty.
Name = Annotated[str, Field(min_length=1)]
#: An e-mail address; the documents say nothing of its form.
Email = identifiers.Email
#: A phone number, "digits with the country code"; a plus and blanks around it are dropped.
Phone = Annotated[str, AfterValidator(digits_of_phone), identifiers.Cleaned]
#: The API's own id of a contact, a segment, a message or a field; a text of digits is accepted.
ApiId = Annotated[int, BeforeValidator(_no_flag, json_schema_input_type=int | str), Field(gt=0)]
#: Your own id of a contact or an order; the API matches it case-sensitively.
ExternalId = identifiers.Identifier
#: What names a contact or a request in one text: an address, a number, a token.
Identifier = identifiers.Identifier
#: A datetime (with a time zone), a date, or a text of either.
Moment = Annotated[
    str,
    BeforeValidator(_moment, json_schema_input_type=datetime | date | str),
    AfterValidator(_real_moment),
]
EventTypeKey = Annotated[
    str,
    Field(min_length=1, max_length=LONGEST_EVENT_TYPE),
    AfterValidator(_no_forbidden),
    identifiers.Cleaned,
]
KeyValue = Annotated[
    str,
    Field(min_length=1, max_length=LONGEST_KEY_VALUE),
    AfterValidator(_no_forbidden),
    identifiers.Cleaned,
]
#: eventKeyForNewContacts, the type of an event for each new contact: "a line with Latin symbols and
#: figures with no spaces".
NewContactsEvent = Annotated[str, Field(max_length=LONGEST_EVENT_TYPE, pattern="^[A-Za-z0-9]+$")]
#: The ending of an event's key, behind "subscribeUpdateFromApi-".
FormType = Annotated[
    str,
    Field(min_length=1, max_length=LONGEST_EVENT_TYPE - len("subscribeUpdateFromApi-")),
    AfterValidator(_no_forbidden),
]
#: The JSON boolean; "true" and 1 are refused.
Flag = Annotated[bool, Field(strict=True)]
