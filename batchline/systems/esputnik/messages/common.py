"""Field types that several of eSputnik's methods share.

The documents limit few texts: where no length is given here, none is documented.
"""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

#: "How to use the generate event page": neither eventTypeKey nor keyValue may hold these.
FORBIDDEN_IN_KEYS = "<;'\\/|\"`^?!,>"
#: Characters of eventTypeKey and of keyValue.
LONGEST_EVENT_TYPE = 100
LONGEST_KEY_VALUE = 300

_EMAIL = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+")
#: "Getting started", dates; with seconds and an offset as in the sample of POST /v1/orders.
_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:?\d\d)?)?", re.ASCII
)


def _address(value: str) -> str:
    if not _EMAIL.fullmatch(value):
        raise ValueError("must be an e-mail address such as ann@example.com")
    return value


def _digits(value: str) -> str:
    number = value.removeprefix("+")
    if not (number.isascii() and number.isdigit()):
        raise ValueError("must be a phone number: digits with the country code, as 380501234567")
    return number


def _moment(value: object) -> object:
    """The documented text of a datetime (with a time zone) or a date."""
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
    found = sorted({letter for letter in value if letter in FORBIDDEN_IN_KEYS})
    if found:
        raise ValueError(f"must not hold any of {FORBIDDEN_IN_KEYS} (found: {' '.join(found)})")
    return value


def _no_flag(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("must be a whole number")
    return value


def json_text(value: Any) -> Any:
    """A text as it is; anything else as the JSON that says it, for fields that take only texts."""
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise ValueError("must be a text, or a value that JSON can hold") from None


#: A text that says nothing when empty.
Name = Annotated[str, Field(min_length=1)]
#: Its case is kept; blanks around it are dropped.
Email = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_address)]
#: "Phone values": digits with the country code; a plus and blanks around it are dropped.
Phone = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_digits)]
#: The API's own id of a contact, a segment, a message or a field; digits in a text are taken.
ApiId = Annotated[int, BeforeValidator(_no_flag), Field(gt=0)]
#: Your own id of a contact or an order; matched case-sensitively.
ExternalId = Annotated[str, StringConstraints(strip_whitespace=True), Field(min_length=1)]
#: A datetime (with a time zone), a date, or the text of either.
Moment = Annotated[str, BeforeValidator(_moment), AfterValidator(_real_moment)]
EventTypeKey = Annotated[
    str, Field(min_length=1, max_length=LONGEST_EVENT_TYPE), AfterValidator(_no_forbidden)
]
KeyValue = Annotated[
    str, Field(min_length=1, max_length=LONGEST_KEY_VALUE), AfterValidator(_no_forbidden)
]
#: What follows "subscribeUpdateFromApi-" in an event's key.
FormType = Annotated[
    str,
    Field(min_length=1, max_length=LONGEST_EVENT_TYPE - len("subscribeUpdateFromApi-")),
    AfterValidator(_no_forbidden),
]
#: The JSON boolean, nothing that merely looks like one.
Flag = Annotated[bool, Field(strict=True)]
