"""Replies of the API: JSON that was XML once, bare sentences, empty bodies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from batchline.sandbox.bodies import JsonObject
from batchline.sandbox.contract import Reply, ours
from batchline.sandbox.settings import Settings

#: A 200 of /v1/event has `Content-Length: 0` and no Content-Type.
EMPTY = Reply(b"", content_type="")
#: "the body is JSON with a `status` member equal to 401"; the rest of the body is ours.
UNAUTHORIZED = Reply(
    json.dumps({"status": 401, "message": ours("the API key is wrong")}).encode(), 401
)
#: The documents describe neither its text nor how long it applies.
DUPLICATED = Reply(b"Duplicated request", 409, "text/plain;charset=UTF-8")


def json_reply(value: Mapping[str, Any] | list[JsonObject]) -> Reply:
    """A JSON reply."""
    return Reply(json.dumps(value).encode())


def sentence(text: str) -> Reply:
    """A sentence that is labelled `application/json` and is no JSON."""
    return Reply(text.encode())


def problem(detail: str, status: int = 400) -> Reply:
    """An error with a text that is no JSON: "text may or may not be in the body"."""
    return Reply(ours(detail).encode(errors="replace"), status, "text/plain;charset=UTF-8")


def listing(settings: Settings, name: str, fields: Mapping[str, Any]) -> Reply:
    """A JSON reply with a list under `name`.

    The reply is collapsed if the list has one element and the settings say so.
    """
    collapses = settings.esputnik_collapse == "everything" or (
        settings.esputnik_collapse == "results" and name == "results"
    )
    elements = fields.get(name)
    if collapses and isinstance(elements, list) and len(elements) == 1:
        return json_reply({key: collapsed(value) for key, value in fields.items()})
    return json_reply(fields)


def collapsed(value: object) -> object:
    """The value after XML: a list of one is its element, numbers and booleans are text."""
    if isinstance(value, dict):
        return {name: collapsed(part) for name, part in value.items()}
    if isinstance(value, list):
        parts = [collapsed(part) for part in value]
        return parts[0] if len(parts) == 1 else parts
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


def failed(settings: Settings, sent: object, identifier: str, detail: str) -> object:
    """An element of failedContacts or failedOrders, in the form that the settings choose."""
    reason = ours(detail)
    if settings.esputnik_failed == "identifiers":
        return identifier
    if settings.esputnik_failed == "reasons":
        return {identifier: reason}
    return {**(sent if isinstance(sent, dict) else {}), "message": reason}
