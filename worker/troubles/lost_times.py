"""Bodies without a time: parked messages, open jobs and dead letters that nobody would find.

Each of them is in two keys, a sorted set by time and a hash with its body, and no script changes
one without the other. A person, a tool or half a restore can: what is missing in the sorted set is
put there again. Counting says whether something is missing; only then are the bodies looked
through, some at each look.
"""

from __future__ import annotations

from typing import Any

from batchline.worker.store.scripts import Script
from batchline.worker.store.store import Store
from batchline.worker.troubles.trouble import Trouble

FIND = Script("find_times")
#: Calls in one look; each looks at some thousand bodies.
MOST_CALLS = 20
#: The two keys are counted so often: between two counts, a message may come or go.
COUNTS = 3


def missing(store: Store) -> dict[str, int]:
    """Sorted set ("parked", "jobs", "dead") -> how many bodies are not in it."""
    counted = [_counted(store)]
    while len(counted) < COUNTS and any(counted[-1].values()):
        counted.append(_counted(store))
    least = {name: min(one[name] for one in counted) for name in counted[0]}
    return {name: count for name, count in least.items() if count > 0}


def _counted(store: Store) -> dict[str, int]:
    pipeline: Any = store.client.pipeline(transaction=False)
    for times, bodies in _keys(store).values():
        pipeline.hlen(bodies)
        pipeline.zcard(times)
    counts = iter(pipeline.execute(raise_on_error=False))
    pairs = zip(counts, counts, strict=True)
    return {
        # A key that somebody else made something else has no count.
        name: max(0, held - timed) if isinstance(held, int) and isinstance(timed, int) else 0
        for name, (held, timed) in zip(_keys(store), pairs, strict=True)
    }


def find(store: Store, now: int) -> list[Trouble]:
    """What is missing, as troubles that no worker has mended yet; `now` in UNIX ms."""
    detail = "no worker has found them yet"
    return [
        Trouble("times_lost", name, now, now, 1, count, "", detail)
        for name, count in missing(store).items()
    ]


def mend(store: Store) -> dict[str, int]:
    """Put what is missing into the sorted sets again; sorted set -> how many."""
    mended: dict[str, int] = {}
    for name in missing(store):
        times, bodies = _keys(store)[name]
        for _ in range(MOST_CALLS):
            found, is_end = FIND(store, [times, bodies, store.keys.lost_times], [name])
            mended[name] = mended.get(name, 0) + int(found)
            if is_end:
                break
    return {name: count for name, count in mended.items() if count}


def _keys(store: Store) -> dict[str, tuple[str, str]]:
    keys = store.keys
    return {
        "parked": (keys.parked, keys.parked_body),
        "jobs": (keys.jobs, keys.jobs_body),
        "dead": (keys.dead, keys.dead_body),
    }
