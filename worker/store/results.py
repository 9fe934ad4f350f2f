"""The results that are kept, for people: they are read, and stay for the groups of applications."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from redis.exceptions import NoPermissionError, ResponseError

from batchline.producers.redis_client import longest_block
from batchline.producers.result import Result, parse, results_among
from batchline.worker.store.store import Store

#: Results read in one call; ms of one wait for more, at most.
PAGE = 1000
WAIT = 1000


@dataclass(frozen=True, slots=True)
class Group:
    """How far a group of the application is in reading results."""

    name: str
    #: Results that are written and that no loop of the group was given yet.
    unread: int
    #: Results that a loop has, and has not acknowledged.
    unacknowledged: int
    #: Results that were dropped before the group had read them, as far as a loop has noticed.
    lost: int
    #: Results that are dropped, and no loop has noticed yet.
    dropped: int
    #: Results that are lost, and of which a worker has told.
    noted: int
    #: UNIX ms of the oldest result that is unread and kept; None: none is.
    oldest: int | None


def names(store: Store) -> list[str]:
    """The names of the groups that have read."""
    return sorted(one["name"].decode() for one in _infos(store))


def groups(store: Store) -> list[Group]:
    """The groups that have read, by name."""
    found = _infos(store)
    if not found:
        return []
    numbers: Any = store.client.hgetall(store.keys.results_numbers)
    read = [_group(store, numbers, one) for one in found]
    return sorted(read, key=lambda group: group.name)


def _infos(store: Store) -> list[dict[str, Any]]:
    try:
        found: Any = store.client.xinfo_groups(store.keys.results)
    except NoPermissionError:
        raise
    except ResponseError:  # nothing was ever written
        return []
    return list(found)


def _group(store: Store, numbers: dict[bytes, bytes], info: dict[str, Any]) -> Group:
    name, written = info["name"].decode(), int(numbers.get(b"written", 0))
    read = _number(numbers, "read", name)
    last = info["last-delivered-id"].decode()
    (reply,) = store.connections.send(["XRANGE", store.keys.results, f"({last}", "+", "COUNT", 1])
    first = _readable(reply)
    upto = first.number - 1 if first else written
    erased: Any = store.client.zcount(store.keys.results_erased, read + 1, upto)
    return Group(
        name,
        unread=max(0, written - read),
        unacknowledged=info["pending"],
        lost=_number(numbers, "lost", name),
        dropped=max(0, upto - read - int(erased)),
        noted=_number(numbers, "noted", name),
        oldest=first.at if first else None,
    )


def kept(store: Store) -> tuple[int, int | None]:
    """How many results are kept, and UNIX ms of the oldest; None: there is none."""
    try:
        count, oldest = store.connections.send(
            ["XLEN", store.keys.results], ["XRANGE", store.keys.results, "-", "+", "COUNT", 1]
        )
    except NoPermissionError:
        raise
    except ResponseError:  # somebody else has given the key another type
        return 0, None
    first = _readable(oldest)
    return count, first.at if first else None


def _readable(entries: list[Any]) -> Result | None:
    """The result of the only entry; None for no entry, and for one that somebody else wrote."""
    try:
        return parse(entries[0])[1]
    except (AssertionError, LookupError, ValueError):
        return None


def _number(numbers: dict[bytes, bytes], what: str, group: str) -> int:
    return int(numbers.get(f"{what}:{group}".encode(), 0))


def forget(store: Store, group: str) -> bool:
    """Delete a group that nobody reads any more; whether there was one."""
    try:
        found: Any = store.client.xgroup_destroy(store.keys.results, group)
    except ResponseError:  # nothing was ever written
        found = 0
    fields = (f"{what}:{group}" for what in ("read", "lost", "told", "noted"))
    store.client.hdel(store.keys.results_numbers, *fields)
    return bool(found)


def browse(
    store: Store, follow: bool = False, stop: Callable[[], bool] = lambda: False
) -> Iterator[Result]:
    """Every result that is kept, oldest first; with `follow` those that come later too.

    It ends when `stop` returns True, within a second.
    """
    last = b"0-0"
    wait = min(WAIT, round(longest_block(store.client) * 1000))
    while not stop():
        command: list[Any] = ["XREAD", "COUNT", PAGE]
        command += ["BLOCK", wait] if follow else []
        (reply,) = store.connections.send([*command, "STREAMS", store.keys.results, last])
        entries = _entries(reply)
        for _, result in results_among(entries):
            yield result
        last = entries[-1][0] if entries else last
        if not reply and not follow:
            return


def _entries(reply: Any) -> list[Any]:
    """The entries in an answer of XREAD, which is a list, a dictionary (RESP3) or nothing."""
    streams = list(reply.items()) if isinstance(reply, dict) else reply or []
    return [entry for _, entries in streams for entry in entries]
