"""Holding the lanes of an account, and letting them go on. A pause is kept in Redis."""

from __future__ import annotations

import redis

from producers import lanes
from worker.scripts import Script

RESUME = Script("resume")


def pause(client: redis.Redis, account: str, reason: str) -> None:
    """Hold every lane of the account: nothing is sent, and everything can still be enqueued."""
    client.hset(lanes.PAUSED, account, reason)


def resume(client: redis.Redis, account: str) -> bool:
    """Make the account's lanes due again; False when it was not paused."""
    keys = [lanes.PAUSED, lanes.LANES, lanes.DUE]
    return bool(RESUME(client, keys, [account, lanes.PREFIX]))
