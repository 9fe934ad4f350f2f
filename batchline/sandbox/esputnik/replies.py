"""Answers as they go out: JSON that was XML once, bare sentences, nothing at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from batchline.sandbox.bodies import JsonObject
from batchline.sandbox.contract import Reply, ours
from batchline.sandbox.settings import Settings

#: A 200 of /v1/event has `Content-Length: 0` and no Content-Type.
EMPTY = Reply(b"", content_type="")
#: "the body is JSON with a `status` member equal to 401"; the rest of it is ours.
UNAUTHORIZED = Reply(
    json.dumps({"status": 401, "message": ours("the API key is wrong")}).encode(), 401
)
#: Neither its words nor its window are documented.
DUPLICATED = Reply(b"Duplicated request", 409, "text/plain;charset=UTF-8")


def answered(value: Mapping[str, Any] | list[JsonObject]) -> Reply:
    """JSON."""
    return Reply(json.dumps(value).encode())


def sentence(words: str) -> Reply:
    """Words that are labelled `application/json` and are none."""
    return Reply(words.encode())


def problem(words: str, status: int = 400) -> Reply:
    """An error: "text may or may not be in the body", and it is no JSON."""
    return Reply(ours(words).encode(errors="replace"), status, "text/plain;charset=UTF-8")


def listing(settings: Settings, name: str, fields: Mapping[str, Any]) -> Reply:
    """JSON with a list under `name`, collapsed if it has one element and the settings say so."""
    collapses = settings.esputnik_collapse == "everything" or (
        settings.esputnik_collapse == "results" and name == "results"
    )
    elements = fields.get(name)
    if collapses and isinstance(elements, list) and len(elements) == 1:
        return answered({key: collapsed(value) for key, value in fields.items()})
    return answered(fields)


def collapsed(value: object) -> object:
    """What becomes of a value on its way through XML: a list of one is its element, a number or a
    boolean is text."""
    if isinstance(value, dict):
        return {name: collapsed(part) for name, part in value.items()}
    if isinstance(value, list):
        parts = [collapsed(part) for part in value]
        return parts[0] if len(parts) == 1 else parts
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


def failed(settings: Settings, sent: object, identifier: str, words: str) -> object:
    """An element of failedContacts or failedOrders, in the form that the settings say."""
    reason = ours(words)
    if settings.esputnik_failed == "identifiers":
        return identifier
    if settings.esputnik_failed == "reasons":
        return {identifier: reason}
    return {**(sent if isinstance(sent, dict) else {}), "message": reason}
