"""Owning a lane: one owner at a time, by a token that every later write is checked against."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from batchline.producers.lanes import Lane
from batchline.worker.store.batch import Batch
from batchline.worker.store.scripts import Argument, Script
from batchline.worker.store.store import Store

CLAIM = Script("claim")
RENEW = Script("renew")
RELEASE = Script("release")


@dataclass(frozen=True, slots=True)
class Lease:
    """A lane that is ours until the lease runs out without a sign of life."""

    lane: Lane
    token: str
    #: Failures of the destination in a row before this batch.
    attempts: int = 0
    #: Which messages a former owner may have sent (`worker/delivery/uncertain.py`).
    mark: str = ""
    #: Whether the mark of the batch is written already, by us, and nothing of it is sent yet.
    marked: bool = False
    #: Whether messages of the account are parked that others may not pass.
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class NotClaimed:
    """Why there is nothing to do: "busy", "early", "open", "paused" or "empty"."""

    why: str


def claim(
    store: Store, lane: Lane, lease_seconds: float, batch_size: int
) -> tuple[Lease, Batch] | NotClaimed:
    """Take the lease and read the head of the lane, in one round trip."""
    token = secrets.token_hex(8)
    keys = [
        store.keys.stream(lane),
        store.keys.state(lane),
        store.keys.due,
        store.keys.paused,
        store.keys.breaker(lane.account),
        store.keys.parked_blocking(lane.account),
    ]
    arguments: list[Argument] = [str(lane), token, round(lease_seconds * 1000), batch_size]
    answer, head = CLAIM.with_read(store, keys, arguments, read_head(store, lane, batch_size))
    if answer[0] != b"claimed":
        return NotClaimed(answer[0].decode())
    lease = Lease(lane, token, int(answer[1]), answer[2].decode(), blocked=bool(answer[3]))
    return lease, Batch.read(lane, head)


def renew(store: Store, lease: Lease, seconds: float, mark: str = "") -> bool:
    """Prolong the lease, and write the mark of what is about to be sent; False if it is lost."""
    keys = [store.keys.state(lease.lane), store.keys.due]
    arguments: list[Argument] = [str(lease.lane), lease.token, round(seconds * 1000), mark]
    return bool(RENEW(store, keys, arguments))


def release(store: Store, lane: Lane) -> None:
    """Make a lane due at once that was dispatched to us and that we will not begin."""
    RELEASE(store, [store.keys.state(lane), store.keys.due], [str(lane)])


def read_head(store: Store, lane: Lane, count: int, after: str = "-") -> list[Argument]:
    """The command that reads so many entries, from the head or behind a stream id."""
    start = after if after == "-" else f"({after}"
    return ["XRANGE", store.keys.stream(lane), start, "+", "COUNT", count]
