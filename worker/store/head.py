"""Reads the head of a lane, bounded in bytes as well as in messages.

A lane remembers whether it may hold large messages (`LARGE` in `lua/common.lua`), until it is
empty. Without any it is read by a native command, which is fast; with some by a script that
measures them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from batchline.producers.lanes import Lane
from batchline.worker.store.batch import Entry, entries
from batchline.worker.store.scripts import Argument, Script, repeated
from batchline.worker.store.store import Store

READ = Script("read")
OLDEST = Script("oldest")

#: The most bytes of payloads in a head; a larger message is a head of its own.
HEAD_BYTES = 8_000_000
#: Entries read before it is known whether the lane holds large ones.
FIRST = 8
#: The most messages of a head; in so many, witnesses are sought (`worker/delivery/blame.py`).
LARGEST = 4096
#: Entries read in one call, where a whole lane is looked through.
PAGE = 1000


def first(store: Store, lane: Lane) -> list[Argument]:
    """The command that reads the first entries of a head."""
    return _native(store, lane, "-", "+", FIRST)


def behind(store: Store, lane: Lane, after: str, horizon: str, count: int) -> list[Argument]:
    """The command that reads the head behind a stream id; the lane has a horizon (`claim.lua`)."""
    return _native(store, lane, f"({after}", horizon, count)


def fitting(read: list[Any]) -> list[Any]:
    """The first entries within `HEAD_BYTES`; at least one."""
    total = 0
    for index, entry in enumerate(read):
        total += len(entry[1][1])
        if index and total > HEAD_BYTES:
            return read[:index]
    return read


def whole(store: Store, lane: Lane, read: list[Any], count: int, horizon: str) -> list[Any]:
    """The head of `count` entries at most, whose first ones have been read; as XRANGE gives it."""
    read = read[:count]
    fits = fitting(read)
    if len(read) < FIRST or len(fits) < len(read) or len(read) == count:
        return fits
    last, more = read[-1][0].decode(), count - len(read)
    if horizon:
        command = behind(store, lane, last, horizon, more)
        (rest,) = repeated(lambda: store.connections.send(command))
    else:
        left = max(0, HEAD_BYTES - _bytes(read))
        rest = READ(store, [store.keys.stream(lane)], [f"({last}", more, left])
    return fitting([*read, *rest])


def oldest(store: Store, lanes: Sequence[str]) -> list[int | None]:
    """UNIX ms at which the oldest message of each lane came into it; None for an empty lane."""
    if not lanes:
        return []
    keys = [store.keys.stream(lane) for lane in lanes]
    # The client's own connections: one that broke while it was idle is replaced.
    ids: Any = store.client.eval(OLDEST.source(store.client), len(keys), *keys)
    return [int(id_.partition(b"-")[0]) if id_ else None for id_ in ids]


def all_entries(store: Store, lane: Lane, after: str = "0-0") -> Iterator[Entry]:
    """The entries of a lane behind a stream id, oldest first; few of them are held at once."""
    while True:
        if store.client.hexists(store.keys.state(lane), "large"):
            page = READ(store, [store.keys.stream(lane)], [f"({after}", PAGE, HEAD_BYTES])
        else:
            (page,) = store.connections.send(_native(store, lane, f"({after}", "+", PAGE))
        if not page:
            return
        yield from entries([(id_, dict(zip(*[iter(row)] * 2, strict=True))) for id_, row in page])
        after = page[-1][0].decode()


def _native(store: Store, lane: Lane, start: str, end: str, count: int) -> list[Argument]:
    return ["XRANGE", store.keys.stream(lane), start, end, "COUNT", count]


def _bytes(read: list[Any]) -> int:
    return sum(len(entry[1][1]) for entry in read)
