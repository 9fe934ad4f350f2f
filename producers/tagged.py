"""Values that JSON has no form for, as a row of an outbox holds them.

    Decimal("4.90")        {"$decimal": "4.90"}
    date(2026, 1, 2)       {"$date": "2026-01-02"}
    datetime(2026, ...)    {"$datetime": "2026-01-02T10:00:00+02:00"}

So a value comes out of a row with the type that it went in with: an amount stays a number for the
systems, and a text that looks like a date stays a text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

#: A Decimal that an amount's text can be (`neutral.py`).
_PLAIN = re.compile(r"-?\d{1,20}(\.\d{1,20})?", re.ASCII)
_READ: dict[str, Callable[[str], Any]] = {
    "$decimal": Decimal,
    "$date": date.fromisoformat,
    "$datetime": datetime.fromisoformat,
}


def written(value: Any) -> Any:
    """The value for JSON: a Decimal, date or datetime with its tag, any other as it is."""
    if isinstance(value, Decimal):
        return {"$decimal": str(value)}
    if isinstance(value, datetime):
        return {"$datetime": value.isoformat()}
    return {"$date": value.isoformat()} if isinstance(value, date) else value


def amount(value: Any) -> Any:
    """An amount for JSON: a Decimal as plain text, with its tag where that would be too long."""
    if not isinstance(value, Decimal):
        return value
    text = str(value)
    return text if _PLAIN.fullmatch(text) else written(value)


def read(value: Any) -> Any:
    """The value that `written` wrote; any other as it is. Raises ValueError for a wrong text."""
    if not isinstance(value, dict) or len(value) != 1:
        return value
    (tag, text), *_ = value.items()
    if tag not in _READ or not isinstance(text, str):
        return value
    try:
        return _READ[tag](text)
    except (ValueError, InvalidOperation):
        raise ValueError(f"{tag}: its text is none of a {tag.removeprefix('$')}") from None
