"""Owning a lane: one owner at a time, by a token that every later write is checked against."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

import redis

from batchline.producers import lanes
from batchline.producers.lanes import Lane, message_id
from batchline.worker.store.parking import Meta
from batchline.worker.store.scripts import Argument, Script

CLAIM = Script("claim")
RENEW = Script("renew")
RELEASE = Script("release")


@dataclass(frozen=True, slots=True)
class Entry:
    """One message as it stands in its lane."""

    stream_id: str
    contact: str
    options: str
    payload: bytes
    #: What it has been through; None for a message that is here for the first time.
    meta: Meta | None

    def id(self, lane: Lane) -> str:
        return self.meta.id if self.meta else message_id(lane, self.stream_id)


@dataclass(frozen=True, slots=True)
class Lease:
    """A lane that is ours until the lease runs out without a sign of life."""

    lane: Lane
    token: str
    #: Failures of the destination in a row before this batch.
    attempts: int
    #: What an owner before left in doubt (`batchline.worker.delivery.uncertain`).
    mark: str = ""
    #: Whether messages of the account are parked that others may not pass.
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class NotClaimed:
    """Why there is nothing to do: "busy", "early", "open", "paused" or "empty"."""

    why: str


def claim(
    client: redis.Redis, lane: Lane, lease_seconds: float, batch_size: int
) -> tuple[Lease, list[Entry]] | NotClaimed:
    """Take the lease and read the head of the lane, in one round trip."""
    token = secrets.token_hex(8)
    keys = [
        lane.stream,
        lane.state,
        lanes.DUE,
        lanes.PAUSED,
        lanes.breaker(lane.account),
        lanes.parked_blocking(lane.account),
    ]
    arguments: list[Argument] = [str(lane), token, round(lease_seconds * 1000), batch_size]
    answer, head = CLAIM.with_read(client, keys, arguments, read_head(lane, batch_size))
    if answer[0] != b"claimed":
        return NotClaimed(answer[0].decode())
    attempts, mark, blocked = int(answer[1]), answer[2].decode(), bool(answer[3])
    return Lease(lane, token, attempts, mark, blocked), entries(head)


def renew(client: redis.Redis, lease: Lease, seconds: float, mark: str = "") -> bool:
    """Prolong the lease, and write the mark of what is about to be sent; False if it is lost."""
    keys = [lease.lane.state, lanes.DUE]
    arguments: list[Argument] = [str(lease.lane), lease.token, round(seconds * 1000), mark]
    return bool(RENEW(client, keys, arguments))


def release(client: redis.Redis, lane: Lane) -> None:
    """Make a lane due at once that was dispatched to us and that we will not begin."""
    RELEASE(client, [lane.state, lanes.DUE], [str(lane)])


def read_head(lane: Lane, count: int) -> list[Argument]:
    return ["XRANGE", lane.stream, "-", "+", "COUNT", count]


def entries(head: list[tuple[bytes, dict[bytes, bytes]]] | Any) -> list[Entry]:
    """The entries of an XRANGE answer."""
    return [
        Entry(
            stream_id.decode(),
            fields[b"contact"].decode(),
            fields[b"options"].decode(),
            fields[b"payload"],
            Meta.from_json(fields[b"meta"]) if b"meta" in fields else None,
        )
        for stream_id, fields in head
    ]
