"""The lease of a lane: one owner at a time, whose token every later write is checked against."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import Any

from batchline.producers.lanes import Lane
from batchline.worker.store.batch import Batch
from batchline.worker.store.scripts import Argument, Script
from batchline.worker.store.store import Store

CLAIM = Script("claim")
RENEW = Script("renew")
RELEASE = Script("release")


@dataclass(frozen=True, slots=True)
class Lease:
    """A lane that this worker owns until the lease ends; `renew` prolongs it."""

    lane: Lane
    token: str
    #: Failures of the destination in a row before this batch.
    attempts: int = 0
    #: The messages that a former owner may have sent (`worker/delivery/uncertain.py`); or "".
    mark: str = ""
    #: Whether this owner has written the mark of the whole batch already, and sent nothing of it.
    marked: bool = False
    #: Whether a parked message of the account blocks later ones of its contact.
    blocked: bool = False
    #: How many messages were read alone, as the batch before failed by a fault of ours
    #: (`worker/delivery/fault.py`); 0: as many as there are.
    alone: int = 0


@dataclass(frozen=True, slots=True)
class NotClaimed:
    """The lane was not claimed: there is nothing to deliver now."""

    #: "busy" (another owner), "early" (backing off), "open" (the breaker), "paused" or "empty".
    reason: str


def claim(
    store: Store, lane: Lane, lease_seconds: float, batch_size: int
) -> tuple[Lease, Batch] | NotClaimed:
    """Take the lease of the lane and read its head, in one round trip."""
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
    mark, blocked, alone = answer[2].decode(), bool(answer[3]), int(answer[4])
    lease = Lease(lane, token, int(answer[1]), mark, blocked=blocked, alone=alone)
    return lease, Batch.read(lane, head[:alone] if alone else head)


def renew(store: Store, lease: Lease, seconds: float, mark: str = "") -> bool:
    """Let the lease end `seconds` from now, and write the mark unless it is "".

    False when the lease is lost: then nothing is written.
    """
    keys = [store.keys.state(lease.lane), store.keys.due]
    arguments: list[Argument] = [str(lease.lane), lease.token, round(seconds * 1000), mark]
    return bool(RENEW(store, keys, arguments))


def release(store: Store, lane: Lane) -> None:
    """Make a lane due at once that was dispatched to this worker, which will not begin it."""
    RELEASE(store, [store.keys.state(lane), store.keys.due], [str(lane)])


def note_error(store: Store, lane: Lane, detail: str) -> None:
    """Show why this worker cannot deliver a lane; the lane stays due."""
    fields: dict[Any, Any] = {"error": detail, "error_at": round(time.time() * 1000)}
    store.client.hset(store.keys.state(lane), mapping=fields)


def read_head(store: Store, lane: Lane, count: int, after: str = "-") -> list[Argument]:
    """The command that reads `count` entries of the lane, from its head or behind a stream id."""
    start = after if after == "-" else f"({after}"
    return ["XRANGE", store.keys.stream(lane), start, "+", "COUNT", count]
