"""The forms of values in a system's message.

Each function raises ValueError for a value that does not have the form.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from batchline.systems import amounts


def text(value: Any) -> str:
    """A text as it is; numbers, `true` and `false`, and ISO 8601 dates as texts."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        raise ValueError("is a list, and this target takes one text")
    return value.isoformat() if isinstance(value, date) else amounts.as_text(value)


def number(value: Any) -> int | float:
    """The number, a whole Decimal such as 100.00 as an int; a text of digits is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValueError("must be a number for this target")
    return amounts.shortest(value) if isinstance(value, Decimal) else value


def flag(value: Any) -> bool:
    """True or False."""
    if not isinstance(value, bool):
        raise ValueError("must be True or False for this target")
    return value


def moment(value: Any) -> int:
    """UNIX ms, from a datetime (with a time zone) or a date (midnight UTC)."""
    if isinstance(value, datetime):
        return round(value.timestamp() * 1000)
    if isinstance(value, date):
        return round(datetime(value.year, value.month, value.day, tzinfo=UTC).timestamp() * 1000)
    raise ValueError("must be a date or a datetime for this target")


def texts(value: Any) -> list[str]:
    """The list of texts; a list of one from a single value."""
    return value if isinstance(value, list) else [text(value)]


def json_value(value: Any) -> Any:
    """The value as JSON can hold it; dates as ISO 8601 text."""
    return value.isoformat() if isinstance(value, date) else amounts.without_noise(value)


def value_or_plain_date(value: Any) -> Any:
    """The value as JSON can hold it; dates as `YYYY-MM-DD HH:mm:ss`, datetimes in UTC."""
    if isinstance(value, list):
        raise ValueError("is a list, and this target takes one value")
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return f"{value.isoformat()} 00:00:00"
    return amounts.without_noise(value)


def unchanged(value: Any) -> Any:
    """The value as it is: the system's own message validates it."""
    return value
