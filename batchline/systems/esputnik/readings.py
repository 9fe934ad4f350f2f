"""Reads eSputnik's answers: an empty body, a sentence, or JSON that was once XML.

A list of one element may arrive as the element alone, a number or a boolean as a text. A sentence
may be labelled as JSON, and JSON may have no label.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from batchline.systems.answers import shorten
from batchline.systems.requests import HttpAnswer

#: Fields in which an object may report an error. Only `errorMessage` was seen with a 200.
_COMPLAINTS = (
    *("errorMessage", "error", "errors", "message"),
    *("fault", "exception", "failedContacts", "failedOrders"),
)
#: The beginning of a tag: a text that has one is a page.
_TAG = re.compile("<[a-z!/?]", re.IGNORECASE)
#: The beginning of a page, of an object or of a list: JSON that is broken, and no sentence.
_CUT_OFF = re.compile(r"<|\{|\[\s*([\[{\"\d-]|$)")
#: Words of a sentence that is, or may be, about a failure.
_OF_FAILURE = frozenset(
    (
        *("no", "not", "cannot", "never", "nothing", "none", "without", "unable", "unknown"),
        *("error", "errors", "fail", "fails", "failed", "failure", "failures", "exception"),
        *("invalid", "incorrect", "wrong", "bad", "missing", "malformed", "unsupported"),
        *("refused", "rejected", "denied", "forbidden", "unauthorized", "blocked", "disabled"),
        *("unavailable", "unreachable", "maintenance", "timeout", "timed", "expired", "down"),
        *("many", "limit", "limited", "exceeded", "throttled", "quota", "busy", "overloaded"),
        *("wait", "retry", "later", "again", "redirecting", "moved", "login", "javascript"),
        *("skipped", "ignored", "duplicate", "duplicated"),
    )
)


def read(answer: HttpAnswer) -> dict[str, Any] | str | None:
    """The body as an object or a sentence ("" if empty); None for anything else, such as HTML."""
    try:
        text = answer.body.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        return None
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return None if _CUT_OFF.match(text) else text
    return body if isinstance(body, dict | str) else None


def detail(answer: HttpAnswer) -> str:
    """The API's text about an error: "text may or may not be in the body"."""
    body = read(answer)
    if isinstance(body, dict):
        text = next((body[name] for name in _COMPLAINTS[:4] if body.get(name)), "")
        body = text if isinstance(text, str) else json.dumps(text, ensure_ascii=False)
    return shorten(body or f"HTTP {answer.status}, without a text")


def words(sentence: str) -> set[str]:
    """The words of a sentence, in lower case; of "couldn't" both parts, and "not"."""
    text = sentence.lower().replace("n't", " not")
    return set(re.findall(r"\w+", text))


def tells_of_failure(sentence: str) -> bool:
    """Whether a sentence is, or may be, about a failure: a page, or in another language, too."""
    is_plain = sentence.isascii() and not _TAG.search(sentence)
    return not is_plain or not _OF_FAILURE.isdisjoint(words(sentence))


def complains(body: Mapping[str, Any]) -> bool:
    """Whether an object has a field that may report a failure."""
    status = body.get("status")
    failed = isinstance(status, int) or str(status).upper() in ("ERROR", "FAILED")
    refused = any(str(body.get(name)).lower() == "false" for name in ("success", "state"))
    return failed or refused or any(body.get(name) for name in _COMPLAINTS)


def as_list(value: object) -> list[Any]:
    """The list, which may have arrived as its only element, or as nothing."""
    if value is None or value == "":
        return []
    return value if isinstance(value, list) else [value]
