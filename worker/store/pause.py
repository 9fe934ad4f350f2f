"""Holding an account, an operation of it or a lane, and letting it go on. Kept in Redis."""

from __future__ import annotations

from typing import Any

import redis

from batchline.producers import lanes
from batchline.worker.store.scripts import Script

RESUME = Script("resume")


def pause(client: redis.Redis, what: str, reason: str) -> None:
    """Hold `account`, `account:operation` or a lane: nothing is sent, all can be enqueued."""
    client.hset(lanes.PAUSED, what, reason)


def resume(client: redis.Redis, what: str) -> bool:
    """Make the lanes due again; False when just that was not paused."""
    keys = [lanes.PAUSED, lanes.LANES, lanes.DUE]
    return bool(RESUME(client, keys, [what, lanes.PREFIX]))


def paused(client: redis.Redis) -> dict[str, str]:
    """What is paused, and why."""
    found: Any = client.hgetall(lanes.PAUSED)
    return {what.decode(): reason.decode() for what, reason in found.items()}


def reason_for(lane: str, reasons: dict[str, str]) -> tuple[str, str] | None:
    """What holds a lane (as `resume` takes it) and why; None when nothing does."""
    account, operation, _ = lane.split(":")
    for what in (account, f"{account}:{operation}", lane):
        if what in reasons:
            return what, reasons[what]
    return None
