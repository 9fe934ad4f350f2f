"""Pauses of accounts, operations and lanes, kept in Redis.

The scope of a pause is "account", "account:operation" or the name of a lane.
"""

from __future__ import annotations

from typing import Any

from batchline.worker.store.scripts import Script
from batchline.worker.store.store import Store

RESUME = Script("resume")


def pause(store: Store, scope: str, reason: str) -> None:
    """Hold the scope: its messages are accepted, and none is sent."""
    store.client.hset(store.keys.paused, scope, reason)


def resume(store: Store, scope: str) -> bool:
    """End the pause and make its lanes due; False when the scope itself was not paused."""
    keys = [store.keys.paused, store.keys.lanes, store.keys.due]
    return bool(RESUME(store, keys, [scope, store.keys.start]))


def paused(store: Store) -> dict[str, str]:
    """Paused scope -> reason."""
    reasons: Any = store.client.hgetall(store.keys.paused)
    return {scope.decode(): reason.decode() for scope, reason in reasons.items()}


def pause_of(lane: str, reasons: dict[str, str]) -> tuple[str, str] | None:
    """The scope that holds a lane, and the reason; None when none does."""
    account, operation, _ = lane.split(":")
    for scope in (account, f"{account}:{operation}", lane):
        if scope in reasons:
            return scope, reasons[scope]
    return None
