"""The release of each worker, as it says so itself: a fleet of several releases is seen."""

from __future__ import annotations

from contextlib import suppress
from importlib.metadata import version
from typing import Any

from redis.exceptions import ResponseError

from batchline.worker.store.store import Store

#: Seconds after the last worker's word for which the hash is kept.
KEPT = 86_400


def own() -> str:
    """The release that is installed here."""
    return version("batchline")


def tell(store: Store) -> None:
    """Say which release this worker is of; a Redis that is full takes it another time."""
    untyped: Any = store.client
    with suppress(ResponseError):
        untyped.hset(store.keys.releases, store.owner, own())
        untyped.expire(store.keys.releases, KEPT)
        known = {name for name, _ in untyped.zscan_iter(store.keys.workers)}
        gone = [name for name in untyped.hkeys(store.keys.releases) if name not in known]
        if gone:
            untyped.hdel(store.keys.releases, *gone)


def told(store: Store) -> dict[str, str]:
    """Worker -> its release; without workers that have not said it."""
    untyped: Any = store.client
    return {
        worker.decode(errors="replace"): release.decode(errors="replace")
        for worker, release in untyped.hgetall(store.keys.releases).items()
    }
