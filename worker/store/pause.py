"""Holding an account, an operation of it or a lane, and letting it go on. Kept in Redis."""

from __future__ import annotations

from typing import Any

from batchline.worker.store.scripts import Script
from batchline.worker.store.store import Store

RESUME = Script("resume")


def pause(store: Store, what: str, reason: str) -> None:
    """Hold `account`, `account:operation` or a lane: nothing is sent, all can be enqueued."""
    store.client.hset(store.keys.paused, what, reason)


def resume(store: Store, what: str) -> bool:
    """Make the lanes due again; False when just that was not paused."""
    keys = [store.keys.paused, store.keys.lanes, store.keys.due]
    return bool(RESUME(store, keys, [what, store.keys.start]))


def paused(store: Store) -> dict[str, str]:
    """What is paused, and why."""
    found: Any = store.client.hgetall(store.keys.paused)
    return {what.decode(): reason.decode() for what, reason in found.items()}


def reason_for(lane: str, reasons: dict[str, str]) -> tuple[str, str] | None:
    """What holds a lane (as `resume` takes it) and why; None when nothing does."""
    account, operation, _ = lane.split(":")
    for what in (account, f"{account}:{operation}", lane):
        if what in reasons:
            return what, reasons[what]
    return None
