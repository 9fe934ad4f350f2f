"""Mends a dead letter: its message is changed as JSON, and validated as a producer would."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from batchline.producers.enqueue import Target
from batchline.producers.settings import Settings
from batchline.systems.message import Message, request_fields
from batchline.worker.dead_letters.letter import DeadLetter
from batchline.worker.dead_letters.lines import payload_json
from batchline.worker.intake.lines import BadLine, fields_of, message_of

#: Changed fields that the history names one by one.
MOST_NAMED = 8
#: Stands for the fields of a payload that cannot be read.
UNREADABLE = "payload"


def document(letter: DeadLetter) -> dict[str, Any]:
    """The letter's message as `batchline enqueue` takes it: one object for item and request.

    A payload that is no JSON object stands in it as a text, `UNREADABLE`.
    """
    item = payload_json(letter.payload)
    data = item if isinstance(item, dict) else {UNREADABLE: letter.payload}
    return {
        "op": letter.operation,
        "account": letter.lane.account,
        "data": {**data, **request_fields(letter.options)},
    }


def from_document(letter: DeadLetter, text: str) -> dict[str, Any]:
    """The data of a document that was changed by hand.

    Raises `BadLine` when the text is no document of this letter any more.
    """
    fields = fields_of(text.encode())
    for name in fields:
        if name not in ("op", "account", "data"):
            raise BadLine(f"{name[:50]}: no such field (known: op, account, data)")
    for name, kept in (("op", letter.operation), ("account", letter.lane.account)):
        if fields.get(name) != kept:
            raise BadLine(
                f"{name}: must stay {kept}; a message for another one is enqueued anew "
                "(batchline dead export, batchline enqueue)"
            )
    data = fields.get("data")
    if not isinstance(data, dict):
        raise BadLine("data: must be an object, the API's own item")
    return data


def edited(
    letter: DeadLetter, data: dict[str, Any], settings: Settings, now: int
) -> DeadLetter | None:
    """The letter with this data; None when nothing changes, `BadLine` when the data is no message.

    `now` (UNIX ms) goes into the history, with the names of the changed fields.
    """
    if data.get(UNREADABLE) == letter.payload:
        raise BadLine(
            f"data.{UNREADABLE}: what was stored is no JSON object: write the message's fields in "
            "place of it"
        )
    account = letter.lane.account
    message = message_of({"op": letter.operation, "data": data}, account, settings)
    names = list(changed_fields(document(letter)["data"], _sent(message)))
    if not names:
        return None
    stored = Target.of(message, account, settings).stored(message)
    listed = ", ".join(names[:MOST_NAMED])
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return replace(
        letter,
        lane=stored.lane,
        contact=stored.contact,
        options=stored.options,
        payload=stored.payload.decode(),
        meta=letter.meta.with_event(now, f"edited: {listed}{more}"),
        system=settings.account(account).system,
    )


def changed_fields(before: Any, after: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    """The fields in which two objects differ, as dotted paths; lists are one value."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in {**before, **after}:
            yield from changed_fields(before.get(name), after.get(name), (*path, name))
    # As JSON, because to Python 0 equals false.
    elif json.dumps(before, sort_keys=True) != json.dumps(after, sort_keys=True):
        yield ".".join(path)


def _sent(message: Message) -> dict[str, Any]:
    sent: dict[str, Any] = json.loads(message.payload())
    return {**sent, **request_fields(message.options())}
