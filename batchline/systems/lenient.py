"""Reads values of an API's answer: what is not there, or of another type, is unknown (None)."""

from __future__ import annotations

import json
from typing import Any

from batchline.systems.requests import HttpAnswer

#: Yes, no, or not known.
Maybe = bool | None


def body(answer: HttpAnswer) -> Any:
    """The body as JSON; None when it is none."""
    try:
        return json.loads(answer.body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None


def flag(value: object) -> Maybe:
    """A boolean, or the text of one; None for any other value."""
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    return value if isinstance(value, bool) else None


def text(value: object) -> str | None:
    """A text that is not empty, or a number as one; None for any other value."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value).strip() or None


def number(value: object) -> float | None:
    """A number, or the text of one; None for any other value."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def whole_number(value: object) -> int | None:
    """A whole number, or the text of one; None for any other value."""
    found = number(value)
    return int(found) if found is not None and found.is_integer() else None


def fields(value: object) -> dict[str, Any]:
    """The object; an empty one for any other value."""
    return value if isinstance(value, dict) else {}


def objects(value: object) -> tuple[list[dict[str, Any]], bool]:
    """The objects of a list, and whether the list is there and each of its elements is one."""
    elements = value if isinstance(value, list) else []
    found = [element for element in elements if isinstance(element, dict)]
    return found, isinstance(value, list) and len(found) == len(elements)


def texts(value: object) -> tuple[tuple[str, ...], bool]:
    """The texts of a list, and whether the list is there and each of its elements is one."""
    elements = value if isinstance(value, list) else []
    found = tuple(one for one in map(text, elements) if one is not None)
    return found, isinstance(value, list) and len(found) == len(elements)
