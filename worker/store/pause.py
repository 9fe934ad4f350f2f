"""Pauses of accounts, operations and lanes, kept in Redis.

The scope of a pause is "account", "account:operation" or the name of a lane.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from batchline.worker.store import acts
from batchline.worker.store.scripts import Argument, Script
from batchline.worker.store.store import Store

PAUSE = Script("pause")
RESUME = Script("resume")
#: Seconds without a sign of life after which a worker is gone.
GONE_AFTER = 10.0
#: How the reason of a pause begins that no person has typed: the API refuses the credentials of the
#: account; it rejects nearly all messages of the lane.
REFUSED, FLOODED = "credentials refused", "flood guard"


def pause(store: Store, scope: str, reason: str, who: str = "") -> None:
    """Hold the scope: its messages are accepted, and none is sent.

    `who`: the person who does (`acts.ActLine.who`), for the acts; "": none.
    """
    by = json.dumps({"who": who, "reason": reason}) if who else ""
    keys = [store.keys.paused, store.keys.paused_by]
    PAUSE(store, keys, [scope, reason, store.keys.start, by])
    if who:
        acts.write(store, who, "paused", scope, detail=reason)


@dataclass(frozen=True, slots=True)
class Resumed:
    """What came of `resume`, in lanes of its scope."""

    #: Whether the scope itself was paused.
    was_paused: bool
    #: Lanes with messages that are tried now; that a worker is delivering; that another pause
    #: holds; and all of them, those without messages included.
    ready: int
    busy: int
    held: int
    lanes: int


def resume(store: Store, scope: str, who: str = "") -> Resumed:
    """End the pause of the scope, and let its lanes go on at once, whatever they wait for.

    Only a rate limit goes on to hold: the API would lock the account for longer. `who`: as `pause`
    takes it.
    """
    keys = [store.keys.paused, store.keys.lanes, store.keys.due, store.keys.workers]
    arguments: list[Argument] = [scope, store.keys.start, round(GONE_AFTER * 1000)]
    was_paused, *lanes = RESUME(store, [*keys, store.keys.paused_by], arguments)
    if who and (was_paused or lanes[-1]):
        acts.write(store, who, "resumed", scope)
    return Resumed(bool(was_paused), *map(int, lanes))


def paused(store: Store) -> dict[str, str]:
    """Paused scope -> reason."""
    reasons: Any = store.client.hgetall(store.keys.paused)
    return {
        scope.decode(errors="replace"): reason.decode(errors="replace")
        for scope, reason in reasons.items()
    }


@dataclass(frozen=True, slots=True)
class PausedBy:
    """The person who paused something, and when (UNIX ms)."""

    who: str
    at: int


def paused_by(store: Store, reasons: dict[str, str]) -> dict[str, PausedBy]:
    """Paused scope -> who paused it, where a person did; `reasons`: as `paused` gives them.

    A worker that pauses the same scope afterwards gives another reason: then no person counts.
    """
    rows: Any = store.client.hgetall(store.keys.paused_by)
    found = {}
    for raw_scope, raw in rows.items():
        scope, by = raw_scope.decode(errors="replace"), json.loads(raw)
        if reasons.get(scope) == by["reason"]:
            found[scope] = PausedBy(by["who"], int(by["at"]))
    return found


def pause_of(lane: str, reasons: dict[str, str]) -> tuple[str, str] | None:
    """The scope that holds a lane, and the reason; None when none does."""
    account, operation, _ = lane.split(":")
    for scope in (account, f"{account}:{operation}", lane):
        if scope in reasons:
            return scope, reasons[scope]
    return None
