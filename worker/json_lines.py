"""One line of `batchline enqueue`: from JSON to a message, or to a reason that can be acted on."""

from __future__ import annotations

import difflib
import json
from typing import Any

from pydantic import ValidationError

from producers.enqueue import LONGEST_KEY, Outgoing
from producers.errors import UnknownAccount
from producers.operations import OPERATIONS
from producers.settings import Settings

FIELDS = ("op", "account", "key", "data")


class BadLine(ValueError):
    """The line is no message; the text names the field and the reason, never the value."""


def parse(line: bytes, account: str, settings: Settings) -> Outgoing:
    """The message of a line, for `account` if the line names none; `BadLine` if there is none."""
    fields = _fields(line)
    operation = _operation(fields.get("op"))
    account = _text(fields, "account") or account
    try:
        if settings.account(account).system != OPERATIONS[operation].system:
            raise BadLine(f"op: {operation} is no operation of account {account}'s system")
    except UnknownAccount as error:
        raise BadLine(f"account: {error}") from None
    data = fields.get("data")
    if not isinstance(data, dict):
        raise BadLine("data: must be an object, the API's own item")
    try:
        message = OPERATIONS[operation].message.model_validate(data)
    except ValidationError as error:
        raise BadLine(explain(error)) from None
    return Outgoing(message, account, _text(fields, "key"))


def explain(error: ValidationError) -> str:
    """What is wrong with an item: each field and its reason, without the values."""
    reasons = []
    for problem in error.errors(include_input=False, include_url=False, include_context=False):
        field = ".".join(str(part) for part in ("data", *problem["loc"]))
        text = {
            "extra_forbidden": "the API documents no such field",
            "missing": "is required",
        }.get(problem["type"], problem["msg"].removeprefix("Value error, "))
        reasons.append(f"{field}: {text}")
    return "; ".join(reasons)


def _fields(line: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(line)
    except UnicodeDecodeError:
        raise BadLine("not UTF-8") from None
    except (ValueError, RecursionError) as error:
        where = f" at column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        raise BadLine(f"not JSON{where}") from None
    if not isinstance(fields, dict):
        raise BadLine('not an object such as {"op": ..., "data": {...}}')
    for name in fields:
        if name not in FIELDS:
            raise BadLine(f"{name[:50]}: no such field (known: {', '.join(FIELDS)})")
    return fields


def _operation(name: object) -> str:
    if isinstance(name, str) and name in OPERATIONS:
        return name
    near = difflib.get_close_matches(str(name), OPERATIONS, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(OPERATIONS)}"
    raise BadLine(f"op: {'missing' if name is None else 'unknown'}; {hint}")


def _text(fields: dict[str, Any], name: str) -> str | None:
    value = fields.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_KEY:
        raise BadLine(f"{name}: must be a text of 1 to {LONGEST_KEY} characters")
    return value
