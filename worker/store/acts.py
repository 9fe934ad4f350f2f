"""The acts of people: who did what to what, and when. A bounded stream, shown to all of them.

The journal says what became of messages; this says who ordered it. No line holds a payload, a
contact or a text of a message: a filter is written with these masked.
"""

from __future__ import annotations

import getpass
import socket
from dataclasses import dataclass
from typing import Any

from batchline.worker.store.message_ids import stream_order
from batchline.worker.store.scripts import Argument, Script
from batchline.worker.store.store import Store

ACT = Script("act")
#: Lines that are kept, about.
LENGTH = 10_000
#: Lines read at once where only those of an account are wanted.
LOOKED_AT = 1_000
#: Characters of a field that are kept.
LONGEST = 500


@dataclass(frozen=True, slots=True)
class ActLine:
    """One act of a person."""

    #: The line's stream id: `read` goes on behind it.
    id: str
    #: UNIX ms.
    at: int
    #: The name that the person logged in with; of the command line "user@host".
    who: str
    #: A verb, as in "paused", "resumed", "replayed", "purged", "edited", "stopped".
    what: str
    #: What it was done to: a scope, a message id, a filter, the name of a bulk act.
    on: str
    #: How many messages; None where that is no question.
    count: int | None = None
    #: The reason that was given, or what else is to be known.
    detail: str = ""


def write(
    store: Store, who: str, what: str, on: str, count: int | None = None, detail: str = ""
) -> str:
    """Write a line; return its id."""
    fields: list[Argument] = ["who", _cut(who), "what", _cut(what), "on", _cut(on)]
    if count is not None:
        fields += ["count", count]
    if detail:
        fields += ["detail", _cut(detail)]
    answer: Any = ACT(store, [store.keys.acts], [LENGTH, *fields])
    return str(answer.decode())


def read(store: Store, count: int = 100, before: str = "", account: str = "") -> list[ActLine]:
    """The newest lines, the newest first; `before`: only lines older than the one with this id.

    `account`: only lines about it (`is_about`).
    """
    if not account:
        return [_line(*row) for row in _page(store, count, before)]
    found: list[ActLine] = []
    while rows := _page(store, LOOKED_AT, before):
        found += [_line(*row) for row in rows if is_about(row[1].get(b"on", b""), account)]
        if len(found) >= count or len(rows) < LOOKED_AT:
            break
        before = rows[-1][0].decode()
    return found[:count]


def is_about(on: bytes, account: str) -> bool:
    """Whether that is the account, a scope or message of it, or a filter for it."""
    name = account.encode()
    return (on + b":").startswith(name + b":") or b"account=" + name in on.split()


def _page(store: Store, count: int, before: str) -> list[tuple[bytes, dict[bytes, bytes]]]:
    end = f"({before}" if before else "+"
    rows: Any = store.client.xrevrange(store.keys.acts, end, "-", count)
    return list(rows)


def person() -> str:
    """Who runs this command: user and host."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # no such user in a container
        user = "unknown"
    return f"{user}@{socket.gethostname()}"


def _line(raw_id: bytes, raw: dict[bytes, bytes]) -> ActLine:
    id_ = raw_id.decode()
    fields = {name.decode(): value.decode(errors="replace") for name, value in raw.items()}
    count = fields.get("count")
    return ActLine(
        id_,
        stream_order(id_)[0],
        fields.get("who", ""),
        fields.get("what", ""),
        fields.get("on", ""),
        int(count) if count is not None else None,
        fields.get("detail", ""),
    )


def _cut(text: str) -> str:
    return text[:LONGEST]
