"""Reads request bodies: JSON objects, and their parts before the checks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from batchline.sandbox.contract import Incoming

#: An object out of a request body, as parsed.
JsonObject = dict[str, Any]

#: The text against a request that is not a JSON object with Content-Type application/json.
NOT_JSON = "the body must be a JSON object, its Content-Type application/json"


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def json_object(incoming: Incoming) -> JsonObject | None:
    """The request's body; None if it is no JSON object, or is not labelled as JSON."""
    kind, _, parameters = incoming.headers.get("content-type", "").partition(";")
    charset = parameters.strip().lower()
    if kind.strip().lower() != "application/json" or charset not in ("", "charset=utf-8"):
        return None
    return parsed(incoming.body)


def parsed(text: bytes) -> JsonObject | None:
    """The text as a JSON object; None if it is none."""
    try:
        body = _DECODER.decode(text.decode())
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def as_text(value: object) -> str:
    """The value if it is text, else "": for a body that is not checked yet."""
    return value if isinstance(value, str) else ""


def objects(value: object) -> list[Mapping[str, Any]]:
    """The array's elements, with {} for each that is no object: for an unchecked body."""
    elements = value if isinstance(value, list) else []
    return [element if isinstance(element, dict) else {} for element in elements]
