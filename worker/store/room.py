"""Whether Redis has room: a full one answers, its lanes drain, and it takes no new messages."""

from __future__ import annotations

from typing import Any

from redis.exceptions import RedisError, ResponseError

from batchline.producers.redis_client import is_full
from batchline.worker.store.store import Store

#: Milliseconds for which the key is kept that is written to see whether one can be.
KEPT = 1000


def refusal(store: Store) -> RedisError | None:
    """Write a little; the error by which Redis says that it is full, or None."""
    try:
        store.client.set(store.keys.room, 1, px=KEPT)
    except RedisError as error:
        if is_full(error):
            return error
        raise
    return None


def shortage(store: Store) -> str:
    """What is short of room, by what Redis says of itself; "" for nothing. This writes nothing."""
    try:
        memory: Any = store.client.info("memory")
    except ResponseError:
        return ""  # a managed Redis, which does not show it
    used, most = int(memory.get("used_memory", 0)), int(memory.get("maxmemory", 0))
    if most == 0 or used <= most or memory.get("maxmemory_policy") != "noeviction":
        return ""
    return f"full: used_memory {used:,} of maxmemory {most:,}, new messages are refused"
