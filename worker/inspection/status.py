"""The state of every lane and the totals, read from Redis as they stand."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from batchline.producers.lanes import Lane
from batchline.worker.store.pause import reason_for
from batchline.worker.store.store import Store

#: Counters of a lane that add up to the totals of the same name.
COUNTERS = (
    *("accepted", "delivered", "merged", "parked", "dead", "purged", "requests"),
    *("confirming", "confirmed", "unconfirmed"),
)


@dataclass(frozen=True)
class LaneStatus:
    """One lane as it stands."""

    lane: str
    account: str
    operation: str
    #: Messages waiting, those in flight included.
    backlog: int
    #: Seconds since the oldest waiting message entered the lane; None when none waits.
    oldest_seconds: float | None
    in_flight: int
    accepted: int
    delivered: int
    merged: int
    parked: int
    dead: int
    purged: int
    requests: int
    #: Of the delivered: waiting for their job's result, named well by it, and never told about.
    confirming: int
    confirmed: int
    unconfirmed: int
    #: Failures of the destination in a row.
    attempts: int
    last_error: str | None
    #: Seconds since the last error.
    last_error_seconds: float | None
    #: Seconds until somebody looks at the lane (0: at once); None: nothing to do, or paused.
    due_seconds: float | None
    #: Why the lane is held, if it is, and what `batchline resume` takes to let it go on.
    paused: str | None
    resume: str | None


@dataclass(frozen=True)
class Status:
    """Every lane, and their sums.

    At rest `accepted = delivered + parked + dead + purged + backlog`; `merged` is the part of
    `delivered` that travelled inside another message's item.
    """

    lanes: list[LaneStatus]
    totals: dict[str, int]

    def as_dict(self) -> dict[str, Any]:
        return {"lanes": [asdict(lane) for lane in self.lanes], "totals": self.totals}


def read(store: Store) -> Status:
    """The status now, in two round trips however many lanes there are."""
    members: Any = store.client.smembers(store.keys.lanes)
    names = sorted(name.decode() for name in members)
    pipeline: Any = store.client.pipeline(transaction=True)
    pipeline.hgetall(store.keys.paused)
    for name in names:
        lane = Lane.parse(name)
        pipeline.hgetall(store.keys.state(lane))
        pipeline.xlen(store.keys.stream(lane))
        pipeline.xrange(store.keys.stream(lane), count=1)
        pipeline.zscore(store.keys.due, name)
    paused, *answers = pipeline.execute()
    reasons = {account.decode(): reason.decode() for account, reason in paused.items()}
    now = time.time()
    found = [_lane(name, reasons, now, *answers[4 * i : 4 * i + 4]) for i, name in enumerate(names)]
    return Status(found, totals(found))


def totals(found: Iterable[LaneStatus]) -> dict[str, int]:
    """The sums over the lanes."""
    every = list(found)
    names = ("accepted", "delivered", "merged", "parked", "dead", "purged", "backlog", "requests")
    return {name: sum(getattr(lane, name) for lane in every) for name in names}


def _lane(
    name: str,
    paused: dict[str, str],
    now: float,
    state: dict[bytes, bytes],
    backlog: int,
    oldest: list[tuple[bytes, Any]],
    due: float | None,
) -> LaneStatus:
    lane = Lane.parse(name)
    counters = {counter: int(state.get(counter.encode(), 0)) for counter in COUNTERS}
    held = reason_for(name, paused)
    error, error_at = state.get(b"error"), state.get(b"error_at")
    return LaneStatus(
        lane=name,
        account=lane.account,
        operation=lane.operation,
        backlog=backlog,
        oldest_seconds=_age(oldest[0][0].partition(b"-")[0], now) if oldest else None,
        in_flight=int(state.get(b"in_flight", 0)),
        attempts=int(state.get(b"attempts", 0)),
        last_error=error.decode() if error else None,
        last_error_seconds=_age(error_at, now) if error_at else None,
        due_seconds=None if due is None else max(0.0, round(due / 1000 - now, 1)),
        paused=held[1] if held else None,
        resume=held[0] if held else None,
        **counters,
    )


def _age(millis: bytes, now: float) -> float:
    return max(0.0, round(now - int(millis) / 1000, 1))
