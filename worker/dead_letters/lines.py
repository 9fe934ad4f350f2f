"""Dead letters as lines of JSON: for `batchline dead export`, and back for `dead import`."""

from __future__ import annotations

import json
from typing import Any

from batchline.producers.enqueue import Target
from batchline.producers.errors import MessageTooLarge
from batchline.producers.lanes import Lane
from batchline.producers.outgoing import LONGEST_KEY
from batchline.producers.settings import Settings
from batchline.systems.api_text import cleaned_text
from batchline.systems.message import LARGEST_MILLIS, request_fields
from batchline.systems.text import is_whole
from batchline.worker.dead_letters.letter import REASONS, DeadLetter
from batchline.worker.intake.lines import BadLine, message_of, operation_in
from batchline.worker.store.message_ids import parse
from batchline.worker.store.parking import Meta

#: Fields that a line must have to be a dead letter.
NEEDED = ("id", "account", "op", "reason", "died_at", "data")


def as_dict(letter: DeadLetter) -> dict[str, Any]:
    """A dead letter as JSON shows it; `batchline dead import` reads it back."""
    key = {"idempotency_key": letter.idempotency_key} if letter.idempotency_key else {}
    return {
        "id": letter.id,
        **key,
        "account": letter.lane.account,
        "op": letter.operation,
        "reason": letter.reason,
        "detail": letter.detail,
        "died_at": letter.died_at,
        "contact": letter.contact,
        "options": request_fields(letter.options),
        "data": payload_json(letter.payload),
        "history": letter.meta.history,
    }


def to_line(letter: DeadLetter) -> str:
    """A dead letter as one line of JSON, as `from_fields` reads it."""
    return as_json(as_dict(letter), separators=(",", ":"))


def as_json(value: dict[str, Any], **form: Any) -> str:
    """JSON with letters of every alphabet; spelled by escapes where one is half of a character."""
    text = json.dumps(value, ensure_ascii=False, **form)
    return text if is_whole(text) else json.dumps(value, **form)


def payload_json(payload: str) -> Any:
    """The payload's JSON; its text where it is none, as in a letter that nothing could process."""
    try:
        return json.loads(payload, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return payload


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def from_fields(fields: dict[str, Any], settings: Settings, now: int) -> DeadLetter:
    """The letter of a line's fields; raises `BadLine`, which names the field and the reason.

    The message is validated as a producer would. `contact` is not read but worked out from the
    data, which may have been mended in the file; texts are made fit to be shown. `now` (UNIX ms)
    goes into the history.
    """
    for name in NEEDED:
        if name not in fields:
            raise BadLine(f"{name}: is missing; lines come from batchline dead export")
    message_id, account = _text(fields, "id"), _text(fields, "account")
    reason = _text(fields, "reason")
    if reason not in REASONS:
        raise BadLine(f"reason: unknown; known: {', '.join(REASONS)}")
    died_at = fields["died_at"]
    if not _is_millis(died_at):
        raise BadLine("died_at: must be UNIX milliseconds")
    lane = _lane_of(message_id)
    _agree("account", lane.account, account)
    _agree("op", lane.operation, operation_in(fields, account, settings).lane)
    message = message_of(fields, account, settings)
    try:
        stored = Target.of(message, account, settings).stored(message)
    except MessageTooLarge as error:
        raise BadLine(f"data: {error}") from None
    meta = Meta(message_id, 0, _history(fields.get("history", [])))
    return DeadLetter(
        id=message_id,
        lane=stored.lane,
        reason=reason,
        detail=cleaned_text(_text({"detail": "", **fields}, "detail")),
        died_at=died_at,
        contact=stored.contact,
        options=stored.options,
        payload=stored.payload.decode(),
        meta=meta.with_event(now, "imported"),
        system=settings.account(account).system,
        idempotency_key=_key(fields),
    )


def _key(fields: dict[str, Any]) -> str:
    key = _text({"idempotency_key": "", **fields}, "idempotency_key")
    if len(key) > LONGEST_KEY or not is_whole(key):
        raise BadLine(f"idempotency_key: must be a text of 1 to {LONGEST_KEY} characters")
    return key


def _lane_of(message_id: str) -> Lane:
    try:
        return parse(message_id)[0]
    except ValueError as error:
        raise BadLine(f"id: {error}") from None


def _agree(name: str, in_id: str, value: str) -> None:
    if in_id != value:
        raise BadLine(f"{name}: the id says {in_id}")


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields[name]
    if not isinstance(value, str):
        raise BadLine(f"{name}: must be a text")
    return value


def _is_millis(value: object) -> bool:
    return type(value) is int and 0 < value <= LARGEST_MILLIS


def _history(value: object) -> list[tuple[int, str]]:
    if not isinstance(value, list) or not all(map(_is_event, value)):
        raise BadLine("history: must be a list of [UNIX milliseconds, detail]")
    return [(at, cleaned_text(detail)) for at, detail in value]


def _is_event(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and _is_millis(value[0])
        and isinstance(value[1], str)
    )
