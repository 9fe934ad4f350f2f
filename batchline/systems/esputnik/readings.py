"""Reading what eSputnik answers: an empty body, a sentence, or JSON that was once XML.

A list of one element arrives as that element, and a number or a boolean as a text. A sentence may
be labelled as JSON; JSON may be labelled as nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from batchline.systems.answers import shorten
from batchline.systems.requests import HttpAnswer

#: Under what an object may say that something is wrong. Only `errorMessage` was seen with a 200.
_COMPLAINTS = ("errorMessage", "error", "errors", "message", "failedContacts", "failedOrders")


def read(answer: HttpAnswer) -> dict[str, Any] | str | None:
    """The object, or the sentence ("" for an empty body); None for anything else, such as HTML."""
    try:
        text = answer.body.decode().strip()
    except UnicodeDecodeError:
        return None
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return None if text.startswith(("<", "{", "[")) else text
    return body if isinstance(body, dict | str) else None


def detail(answer: HttpAnswer) -> str:
    """What the API says about an error: "text may or may not be in the body"."""
    body = read(answer)
    if isinstance(body, dict):
        said = next((body[name] for name in _COMPLAINTS[:4] if body.get(name)), "")
        body = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)
    return shorten(body or f"HTTP {answer.status}, without words")


def complains(body: Mapping[str, Any]) -> bool:
    """Whether an object has anything in it that may speak of a failure."""
    status = body.get("status")
    failed = isinstance(status, int) or str(status).upper() in ("ERROR", "FAILED")
    refused = any(str(body.get(name)).lower() == "false" for name in ("success", "state"))
    return failed or refused or any(body.get(name) for name in _COMPLAINTS)


def listed(value: object) -> list[Any]:
    """A list that may have collapsed into its only element, or into nothing."""
    if value is None or value == "":
        return []
    return value if isinstance(value, list) else [value]
