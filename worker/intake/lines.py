"""A line of `batchline enqueue`: from JSON to a message, or to a reason that can be acted on."""

from __future__ import annotations

import difflib
import json
import math
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from batchline.producers.enqueue import Target
from batchline.producers.errors import CannotMap, MessageTooLarge, NoRoute, UnknownAccount
from batchline.producers.neutral import NEUTRAL, Neutral
from batchline.producers.outgoing import LONGEST_KEY, Copy, Extras
from batchline.producers.routes import DEFAULT_ACCOUNT, Copies
from batchline.producers.settings import Settings
from batchline.systems.account import BaseAccount
from batchline.systems.message import Message
from batchline.systems.operation import Operation
from batchline.systems.registry import operation_names
from batchline.systems.text import HALF, is_whole
from batchline.worker.intake.meant import meant

#: Bytes of a line from which the size of its messages is looked at: a short line makes none that
#: is too large.
LONG = 100_000
#: Digits before the point of a number that a float keeps with its cents.
LONGEST_WHOLE = 14
FIELDS = ("op", "account", "key", "anew", "data")
#: Fields that a line of `batchline dead export` has beside; it is known by its `died_at`.
LETTER_FIELDS = (
    "id",
    "idempotency_key",
    "reason",
    "detail",
    "died_at",
    "contact",
    "options",
    "history",
)

#: A line that may spell half of a surrogate pair, by an escape or by its bytes.
_MAY_HOLD_HALF = re.compile(rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]")


class BadLine(ValueError):
    """The line is no message; the error names the field and the reason, never the value."""

    def __init__(self, text: str) -> None:
        # Half a surrogate pair, which JSON can spell, could not be printed.
        super().__init__(text.encode(errors="backslashreplace").decode())


def parse(line: bytes, account: str | None, settings: Settings) -> list[Copy]:
    """The messages of a line, for `account` if it names none; raises `BadLine` if it is none.

    A `contact` or `event` for no account is a message for each account of its route; any other is
    for `default`. An exported dead letter becomes a new message; its id is the idempotency key, so
    that it is not enqueued twice.
    """
    return parse_fields(fields_of(line), account, settings, len(line))


def parse_fields(
    fields: dict[str, Any], account: str | None, settings: Settings, size: int
) -> list[Copy]:
    """The messages of a line's fields; the line, or the row of a CSV, has `size` bytes."""
    account = text_of(fields, "account") or account
    key = text_of(fields, "key") or text_of(fields, "id")
    neutral = NEUTRAL.get(str(fields.get("op")))
    extras = Extras(key, anew=_anew(fields, key))
    copies = Copies(settings)
    try:
        if neutral is not None:
            copies.add(_neutral(neutral, fields), account, extras=extras)
        else:
            account = account or DEFAULT_ACCOUNT
            copies.add(message_of(fields, account, settings), account, extras=extras)
    except (UnknownAccount, NoRoute) as error:
        raise BadLine(f"account: {error}") from None
    except CannotMap as error:
        raise BadLine(f"data: {error}") from None
    if size >= LONG:
        _check_sizes(copies.copies, settings)
    for copy in copies.copies:
        if neutral is not None:
            _check_storable(copy.message)
        one = settings.account(copy.account)
        if copy.message.operation in one.doubtful:
            one.warn_of(copy.message, copy.account)
    return copies.copies


def route_of(fields: dict[str, Any], settings: Settings) -> tuple[str, ...]:
    """The accounts that a line goes to when nobody names one; () where its type has no route."""
    neutral = NEUTRAL.get(str(fields.get("op")))
    if neutral is None or fields.get("account"):
        return ()
    route: tuple[str, ...] = getattr(settings.routes, neutral.type_name)
    return route


def _check_sizes(copies: list[Copy], settings: Settings) -> None:
    try:
        for one in copies:
            Target.of(one.message, one.account, settings).stored(one.message)
    except MessageTooLarge as error:
        raise BadLine(f"data: {error}") from None


def _check_storable(message: Message) -> None:
    """Refuse what could not be enqueued, before it stops the messages of other lines."""
    try:
        message.payload()
        message.options().encode()
        message.contact_key().encode()
    except (ValueError, RecursionError):
        raise BadLine("data: cannot be written as JSON") from None


def message_of(fields: dict[str, Any], account: str, settings: Settings) -> Message:
    """The message of the fields `op`, `data` and `options`; raises `BadLine` if they make none."""
    operation = operation_in(fields, account, settings)
    data = _data(fields, "the API's own item")
    return validated(operation.message, _with_options(data, fields.get("options", {})))


def _neutral(model: type[Neutral], fields: dict[str, Any]) -> Neutral:
    data = _data(fields, f"the fields of a {model.type_name}")
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise BadLine(explain(error)) from None


def _data(fields: dict[str, Any], what: str) -> dict[str, Any]:
    data = fields.get("data")
    if not isinstance(data, dict):
        raise BadLine(f"data: must be an object, {what}")
    return data


def operation_in(fields: dict[str, Any], account: str, settings: Settings) -> Operation:
    """The operation that `op` names for that account; raises `BadLine` when it names none."""
    try:
        account_settings = settings.account(account)
    except UnknownAccount as error:
        raise BadLine(f"account: {error}") from None
    return _operation(fields.get("op"), account, account_settings)


def validated(model: type[Message], data: dict[str, Any]) -> Message:
    """The message with this data; raises `BadLine`, which names the field and the reason."""
    try:
        message = model.model_validate(data)
    except ValidationError as error:
        raise BadLine(explain(error, model)) from None
    _check_storable(message)
    return message


def explain(error: ValidationError, model: type[Message] | None = None) -> str:
    """The mistakes of an item: each field and its reason, without the values.

    With the model of the item: which field is meant by one that there is not.
    """
    reasons = []
    for problem in error.errors(include_input=False, include_url=False, include_context=False):
        field = ".".join(str(part) for part in ("data", *problem["loc"]))
        text = {
            "extra_forbidden": "the API documents no such field",
            "missing": "is required",
        }.get(problem["type"], problem["msg"].removeprefix("Value error, "))
        if model and problem["type"] == "extra_forbidden":
            other = meant(model, problem["loc"])
            text += f"; did you mean {other}?" if other else ""
        reasons.append(f"{field}: {text}")
    return "; ".join(reasons)


def _where(error: json.JSONDecodeError) -> str:
    """Where a line ceases to be JSON."""
    if error.msg.startswith("Unterminated string"):
        return f": the text that begins at column {error.colno} does not end"
    if error.pos >= len(error.doc):
        return f": it ends too early, at column {error.colno}"
    return f" at column {error.colno}"


def decoded(line: bytes) -> str:
    """The line's text; raises `BadLine` if it is not UTF-8. Half of a character stays one."""
    try:
        return line.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        raise BadLine(
            f"not UTF-8: byte 0x{line[error.start]:02X} at column {error.start + 1}; save the file "
            "as UTF-8"
        ) from None


def fields_of(line: bytes) -> dict[str, Any]:
    """The line's object; raises `BadLine` when it is none, or has an unknown field."""
    text = decoded(line.rstrip()).removeprefix("\ufeff")
    repeated: list[str] = []

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            repeated.extend(name for name in found if names.count(name) > 1)
        return found

    try:
        fields = json.loads(
            text,
            parse_constant=_refuse_constant,
            parse_float=_finite,
            object_pairs_hook=once,
        )
    except BadLine:
        raise
    except json.JSONDecodeError as error:
        raise BadLine(f"not JSON{_where(error)}") from None
    except (ValueError, RecursionError):
        raise BadLine("not JSON") from None
    if repeated:
        raise BadLine(f"{repeated[0][:50]}: given twice in one object, give it once")
    if not isinstance(fields, dict):
        raise BadLine('not an object such as {"op": ..., "data": {...}}')
    known = (*FIELDS, *LETTER_FIELDS) if "died_at" in fields else FIELDS
    for name in fields:
        if name not in known:
            raise BadLine(f"{name[:50]}: no such field (known: {', '.join(known)})")
    if _MAY_HOLD_HALF.search(line):
        for path in _halves(fields, ()):
            raise BadLine(f"{path}: {HALF}")
    return fields


def _refuse_constant(name: str) -> None:
    raise BadLine(f"not JSON: it has no {name}")


def _finite(text: str) -> float | Decimal:
    number = float(text)
    if not math.isfinite(number):
        raise BadLine(f"not JSON: {text[:50]} is larger than any number")
    whole = text.partition(".")[0]
    # Beside so many digits a float keeps no cents.
    return Decimal(text) if len(whole) > LONGEST_WHOLE else number


def _halves(value: Any, path: tuple[str, ...]) -> Iterator[str]:
    """The dotted paths of the texts that are no valid text."""
    if isinstance(value, str):
        if not is_whole(value):
            yield ".".join(path)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _halves(inner, (*path, str(number)))
    elif isinstance(value, dict):
        for name, inner in value.items():
            if not is_whole(name):
                yield ".".join((*path, name))
            yield from _halves(inner, (*path, name))


def _with_options(data: dict[str, Any], options: object) -> dict[str, Any]:
    """The item's fields and the request's, which a dead letter keeps apart."""
    if not isinstance(options, dict):
        raise BadLine("options: must be an object, the request's fields around the item")
    for name in options:
        if name in data:
            raise BadLine(f"options.{name[:50]}: stands in data too, give it once")
    return {**data, **options}


def _operation(name: object, account_name: str, account: BaseAccount) -> Operation:
    operations = account.known_operations
    if isinstance(name, str) and name in operations:
        return operations[name]
    if isinstance(name, str) and name in operation_names():
        raise BadLine(
            f"op: {name} is no operation of account {account_name}'s system, {account.system} "
            f"(it has {', '.join(operations)})"
        )
    known = [*operations, *account.tables]
    near = difflib.get_close_matches(str(name), known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"
    raise BadLine(f"op: {'missing' if name is None else 'unknown'}; {hint}")


def _anew(fields: dict[str, Any], key: str | None) -> bool:
    anew = fields.get("anew", False)
    if not isinstance(anew, bool):
        raise BadLine("anew: must be true or false")
    if anew and key is None:
        raise BadLine("anew: is about the message of a key; the line has none")
    return anew


def text_of(fields: dict[str, Any], name: str) -> str | None:
    """The field's text, or None when the line has no such field; raises `BadLine` otherwise."""
    value = fields.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_KEY:
        raise BadLine(f"{name}: must be a text of 1 to {LONGEST_KEY} characters")
    return value
