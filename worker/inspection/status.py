"""The state of every lane and the totals, as they are in Redis."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from batchline.producers.lanes import Lane
from batchline.worker.store import head, redis_clock
from batchline.worker.store import lanes as lanes_of
from batchline.worker.store.pause import pause_of
from batchline.worker.store.store import Store

#: Counters of a lane that add up to the totals of the same name.
COUNTERS = (
    *("accepted", "delivered", "merged", "parked", "dead", "purged", "erased", "requests"),
    *("confirming", "confirmed", "unconfirmed"),
)


@dataclass(frozen=True)
class LaneStatus:
    """The state of one lane."""

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
    #: Messages that were erased, or dropped for their contact is suppressed.
    erased: int
    requests: int
    #: Delivered messages whose job has no result yet; confirmed by it; whose job never got one.
    confirming: int
    confirmed: int
    unconfirmed: int
    #: Failures of the destination in a row.
    attempts: int
    #: The error that lasts, and the last one, which may be over; None: there was none.
    error: str | None
    last_error: str | None
    #: Seconds since the last error.
    last_error_seconds: float | None
    #: Seconds until the lane is due (0: now); None: nothing to do, or paused.
    due_seconds: float | None
    #: The reason of the pause that holds the lane, and its scope, which `batchline resume` takes.
    paused: str | None
    resume: str | None


@dataclass(frozen=True)
class Status:
    """Every lane, and their sums.

    At rest `accepted = delivered + parked + dead + purged + erased + backlog`; `merged` is the
    part of `delivered` that was merged into another message's item.
    """

    lanes: list[LaneStatus]
    totals: dict[str, int]

    def as_dict(self) -> dict[str, Any]:
        return {"lanes": [asdict(lane) for lane in self.lanes], "totals": self.totals}


def read(store: Store) -> Status:
    """The status now, in four round trips however many lanes there are."""
    names = list(map(str, lanes_of.known(store)))
    pipeline: Any = store.client.pipeline(transaction=True)
    pipeline.hgetall(store.keys.paused)
    for name in names:
        lane = Lane.parse(name)
        pipeline.hgetall(store.keys.state(lane))
        pipeline.xlen(store.keys.stream(lane))
        pipeline.zscore(store.keys.due, name)
    paused, *answers = pipeline.execute()
    reasons = {
        scope.decode(errors="replace"): reason.decode(errors="replace")
        for scope, reason in paused.items()
    }
    since = head.oldest(store, names)
    now = redis_clock.now(store) / 1000
    lanes = [
        _lane(name, reasons, now, since[i], *answers[3 * i : 3 * i + 3])
        for i, name in enumerate(names)
    ]
    return Status(lanes, totals(lanes))


def totals(lanes: Iterable[LaneStatus]) -> dict[str, int]:
    """The sums over the lanes."""
    every = list(lanes)
    names = (
        *("accepted", "delivered", "merged", "parked", "dead", "purged", "erased"),
        *("backlog", "requests"),
    )
    return {name: sum(getattr(lane, name) for lane in every) for name in names}


def _lane(
    name: str,
    paused: dict[str, str],
    now: float,
    oldest: int | None,
    state: dict[bytes, bytes],
    backlog: int,
    due: float | None,
) -> LaneStatus:
    lane = Lane.parse(name)
    counters = {counter: lanes_of.number(state.get(counter.encode())) for counter in COUNTERS}
    held = pause_of(name, paused)
    current = state.get(b"error")
    error = current or state.get(b"past_error")
    error_at = state.get(b"error_at" if current else b"past_error_at")
    return LaneStatus(
        lane=name,
        account=lane.account,
        operation=lane.operation,
        backlog=backlog,
        oldest_seconds=None if oldest is None else _age(oldest, now),
        in_flight=lanes_of.number(state.get(b"in_flight")),
        attempts=lanes_of.number(state.get(b"attempts")),
        error=current.decode(errors="replace") if current else None,
        last_error=error.decode(errors="replace") if error else None,
        last_error_seconds=_age(error_at, now) if error_at else None,
        due_seconds=None if due is None else max(0.0, round(due / 1000 - now, 1)),
        paused=held[1] if held else None,
        resume=held[0] if held else None,
        **counters,
    )


def _age(millis: bytes | int, now: float) -> float:
    return max(0.0, round(now - lanes_of.number(millis) / 1000, 1))
