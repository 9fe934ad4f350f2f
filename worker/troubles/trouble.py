"""Troubles that last, and the news of them, as Redis holds them (`store/lua/trouble.lua`)."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from batchline.producers.lanes import Lane
from batchline.worker.store.scripts import Argument, Script
from batchline.worker.store.store import Store
from batchline.worker.troubles.kinds import KINDS, Kind

BEGIN = Script("begin_trouble")
END = Script("end_trouble")
TELL = Script("tell")
#: Seconds in which news of one kind and operation is told once.
WINDOW = 60.0
#: Seconds after which news that a worker has taken, and not told, is told by another.
AGAIN = 30.0
#: News looked at in one call.
MOST_NEWS = 200


@dataclass(frozen=True, slots=True)
class Trouble:
    """A trouble that lasts, or news of one."""

    kind: str
    #: What it is about: a lane, "account:operation", an account, a key.
    scope: str
    #: UNIX ms of its beginning, and of the last time that it was met.
    since: int
    last: int
    #: How often it was met, and messages that wait for it, or that it made dead letters of.
    times: int
    messages: int
    #: The lane where it was met; or "".
    lane: str
    detail: str
    #: Whether it counts as a trouble: a kind that takes many messages may have too few yet.
    told: bool = True
    #: News only: "began" or "ended", and when (UNIX ms).
    event: str = ""
    at: int = 0
    #: Of an ended one: messages that were delivered then; the kind that came next, or "".
    delivered: int = 0
    followed: str = ""
    #: How many more of this kind and operation there were meanwhile.
    more: int = 0
    #: Where in a sampled trace the batch is that met it last (`producers/traceparent.py`); or "".
    trace: str = ""

    @classmethod
    def from_json(cls, text: bytes) -> Trouble:
        fields = json.loads(text.decode(errors="replace"))
        return cls(**{name: fields[name] for name in cls.__slots__ if name in fields})

    @property
    def row(self) -> Kind:
        """Its row in the table; a newer worker may have written one that this one lacks."""
        return KINDS.get(self.kind) or Kind(self.kind, 30, "process", self.kind, "update workers")


def redis_away(detail: str) -> Trouble:
    """Redis does not answer: the one trouble that Redis cannot hold."""
    now = round(time.time() * 1000)
    return Trouble("redis_away", "Redis", now, now, 1, 0, "", detail, event="began")


def begin(
    store: Store,
    kind: str,
    scope: Lane | str,
    detail: str = "",
    lane: Lane | str = "",
    messages: int = 0,
) -> None:
    """Note that this trouble begins, or goes on."""
    _begin(store, what(kind, str(scope), detail, str(lane), messages), "")


def begin_of_lane(store: Store, lane: Lane | str, kind: str, detail: str) -> None:
    """Note why a lane cannot be delivered: the detail is its error, until it is delivered."""
    _begin(store, what(kind, str(lane), detail, str(lane)), detail)


def what(
    kind: str, scope: str, detail: str = "", lane: str = "", messages: int = 0
) -> dict[str, Any]:
    """A trouble that is met, as `begin_trouble` of `trouble.lua` takes it."""
    row = KINDS[kind]
    return {
        "kind": kind,
        "scope": scope,
        "detail": detail,
        "lane": lane,
        "messages": max(messages, 1) if row.ends == "quiet" else messages,
        "adds": row.ends == "quiet",
        "least": row.least,
    }


def end(store: Store, troubles: Iterable[Trouble]) -> None:
    """End these troubles, unless they were met again since they were read."""
    arguments: list[Argument] = [store.keys.start]
    for one in troubles:
        arguments += [one.kind, one.scope, one.last]
    if len(arguments) > 1:
        END(store, [store.keys.troubles], arguments)


def read(store: Store) -> list[Trouble]:
    """Every trouble in Redis, also those that do not count yet; the oldest first."""
    found: Any = store.client.hvals(store.keys.troubles)
    return sorted(map(Trouble.from_json, found), key=lambda one: (one.since, one.kind, one.scope))


def take_news(
    store: Store, taking: str, window: float = WINDOW, again: float = AGAIN
) -> list[Trouble]:
    """The news that is to be told now; no other worker gets it, unless `are_told` does not follow.

    `taking`: a name for this call, for `are_told`.
    """
    keys = store.keys
    of_news = [keys.troubles_news, keys.troubles_told, keys.troubles_telling, keys.troubles]
    arguments: list[Argument] = [round(window * 1000), MOST_NEWS, taking, round(again * 1000)]
    return [Trouble.from_json(one) for one in TELL(store, of_news, arguments)]


def are_told(store: Store, taking: str) -> None:
    """Note that the news of that call is told."""
    store.client.hdel(store.keys.troubles_telling, taking)


def _begin(store: Store, trouble: dict[str, Any], error: str) -> None:
    keys, text = [store.keys.troubles], json.dumps(trouble)
    BEGIN(store, keys, [text, error, store.keys.start])
