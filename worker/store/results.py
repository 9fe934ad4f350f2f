"""The results that are kept, for people: they are read, and stay for the groups of applications."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from redis.exceptions import ResponseError

from batchline.producers.redis_client import longest_block
from batchline.producers.result import Result, parse
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
    #: Results that were dropped before the group had read them.
    lost: int


def groups(store: Store) -> list[Group]:
    """The groups that have read, by name."""
    try:
        found: Any = store.client.xinfo_groups(store.keys.results)
    except ResponseError:  # nothing was ever written
        return []
    numbers: Any = store.client.hgetall(store.keys.results_numbers)
    return sorted(
        (
            Group(
                name := one["name"].decode(),
                max(0, int(numbers.get(b"written", 0)) - _number(numbers, "read", name)),
                one["pending"],
                _number(numbers, "lost", name),
            )
            for one in found
        ),
        key=lambda group: group.name,
    )


def _number(numbers: dict[bytes, bytes], what: str, group: str) -> int:
    return int(numbers.get(f"{what}:{group}".encode(), 0))


def forget(store: Store, group: str) -> bool:
    """Delete a group that nobody reads any more; whether there was one."""
    try:
        found: Any = store.client.xgroup_destroy(store.keys.results, group)
    except ResponseError:  # nothing was ever written
        found = 0
    fields = (f"{what}:{group}" for what in ("read", "lost", "told"))
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
        for entry in _entries(reply):
            last, result = parse(entry)
            yield result
        if not reply and not follow:
            return


def _entries(reply: Any) -> list[Any]:
    """The entries in an answer of XREAD, which is a list, a dictionary (RESP3) or nothing."""
    streams = list(reply.items()) if isinstance(reply, dict) else reply or []
    return [entry for _, entries in streams for entry in entries]
