"""What decides about lanes beside their own state: workers, pauses, breakers, limits, parking."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from batchline.producers.settings import Settings
from batchline.systems.account import Limits
from batchline.worker.store import pause, redis_clock
from batchline.worker.store.lane_states import LaneState
from batchline.worker.store.lanes import number
from batchline.worker.store.message_ids import is_lane
from batchline.worker.store.pause import PausedBy
from batchline.worker.store.store import Store

#: Parked messages that are looked at for when the next of a lane comes back: the first to.
MOST_PARKED = 1000
NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Breaker:
    """A breaker that is not closed."""

    #: "open": nobody sends until then; "half": one lane tries.
    state: str
    #: UNIX ms.
    until: int


@dataclass(frozen=True, slots=True)
class Use:
    """How much of an account's limits is used now, by all workers together."""

    limits: Limits = NO_LIMITS
    #: Requests granted within the last second and minute, and under way.
    last_second: int = 0
    last_minute: int = 0
    under_way: int = 0
    #: UNIX ms until which the API refuses everything; 0: it does not.
    locked: int = 0
    #: The share of the limits that is used since the API said that it is too much; 1: all.
    factor: float = 1.0

    def is_used_up(self, now: int) -> bool:
        """Whether no request is granted now."""
        if self.locked > now:
            return True
        limits, factor = self.limits, self.factor
        return (
            _reached(self.last_second, limits.per_second, factor)
            or _reached(self.last_minute, limits.per_minute, factor)
            or _reached(self.under_way, limits.concurrent, 1.0)
        )


@dataclass(frozen=True, slots=True)
class Waits:
    """How the messages of an operation wait, by the settings."""

    #: Seconds, and messages.
    linger: float
    batch_size: int


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What decides about lanes beside their state, at one moment. Times are UNIX ms."""

    now: int
    #: Worker -> when it was last seen; account -> when a worker that knows it last dispatched.
    workers: Mapping[str, int] = field(default_factory=dict)
    accounts: Mapping[str, int] = field(default_factory=dict)
    #: Paused scope -> reason, and -> who paused it.
    paused: Mapping[str, str] = field(default_factory=dict)
    paused_by: Mapping[str, PausedBy] = field(default_factory=dict)
    #: Key of a breaker that is not closed -> it.
    breakers: Mapping[str, Breaker] = field(default_factory=dict)
    #: Account -> the use of its limits; none without limits or where nobody knows them.
    use: Mapping[str, Use] = field(default_factory=dict)
    #: Lane -> when the next of its parked messages comes back, if it is among the first of all.
    comes_back: Mapping[str, int] = field(default_factory=dict)
    #: (Account, operation) -> how its messages wait, as far as the settings here know it.
    waits: Mapping[tuple[str, str], Waits] = field(default_factory=dict)
    stall_after: float = 600.0
    #: The beginning of the keys (`Keys.start`).
    start: str = ""

    def breaker_of(self, account: str, operation: str) -> Breaker | None:
        """The breaker of an account's operation, unless it is closed."""
        return self.breakers.get(f"{self.start}breaker:{account}:{operation}")

    def has_worker(self) -> bool:
        """Whether a worker gave a sign of life a moment ago."""
        return any(self.now - seen <= pause.GONE_AFTER * 1000 for seen in self.workers.values())


def read(
    store: Store,
    settings: Settings,
    states: Iterable[LaneState],
    accounts: Iterable[str] = (),
) -> Surroundings:
    """What decides about these lanes now; a few round trips however many they are.

    `accounts`: those whose limits are read though no lane of them is among these.
    """
    lanes = list(states)
    now = redis_clock.now(store)
    reasons = pause.paused(store)
    return Surroundings(
        now=now,
        workers=_times(store, store.keys.workers),
        accounts=_times(store, store.keys.accounts),
        paused=reasons,
        paused_by=pause.paused_by(store, reasons) if reasons else {},
        breakers=_breakers(store, lanes, now),
        use=_use(store, settings, {*accounts, *(one.lane.account for one in lanes)}, now),
        comes_back=_comes_back(store) if any(one["parked"] for one in lanes) else {},
        waits={key: _waits(settings, *key) for key in _operations(settings, lanes)},
        stall_after=settings.stall_after,
        start=store.keys.start,
    )


def _times(store: Store, key: str) -> dict[str, int]:
    rows: Any = store.client.zrange(key, 0, -1, withscores=True)
    return {name.decode(errors="replace"): round(at) for name, at in rows}


def _breakers(store: Store, lanes: list[LaneState], now: int) -> dict[str, Breaker]:
    """Only where a lane has met a failure: a breaker opens by failures alone."""
    keys: dict[str, None] = {}
    for one in lanes:
        waits_with = one.texts.get("waits_with")
        if waits_with:
            keys[waits_with] = None
        if waits_with or one["attempts"] or "error" in one.texts:
            keys[store.keys.breaker(one.lane.account, one.lane.operation)] = None
    pipeline: Any = store.client.pipeline(transaction=False)
    for key in keys:
        pipeline.hmget(key, "state", "until")
    found = {}
    for key, (state, until) in zip(keys, pipeline.execute(raise_on_error=False), strict=True):
        if state is not None:
            is_open = state == b"open" and number(until) > now
            found[key] = Breaker("open" if is_open else "half", number(until))
    return found


def _use(store: Store, settings: Settings, accounts: set[str], now: int) -> dict[str, Use]:
    named = sorted(name for name in accounts if name in settings.accounts)
    pipeline: Any = store.client.pipeline(transaction=False)
    for name in named:
        grants, under_way, adaptation = store.keys.limits(name)
        pipeline.zcount(grants, f"({now - 1000}", "+inf")
        pipeline.zcount(grants, f"({now - 60_000}", "+inf")
        pipeline.zcount(under_way, f"({now}", "+inf")
        pipeline.hmget(adaptation, "locked", "factor")
    answers = pipeline.execute()
    found = {}
    for at, name in enumerate(named):
        second, minute, under_way, (locked, factor) = answers[4 * at : 4 * at + 4]
        limits = settings.accounts[name].limits
        if limits != NO_LIMITS or number(locked) > now:
            found[name] = Use(limits, second, minute, under_way, number(locked), _share(factor))
    return found


def _share(factor: bytes | None) -> float:
    try:
        return float(factor or 1)
    except ValueError:
        return 1.0


def _comes_back(store: Store) -> dict[str, int]:
    rows: Any = store.client.zrange(store.keys.parked, 0, MOST_PARKED - 1, withscores=True)
    found: dict[str, int] = {}
    for member, at in rows:
        lane = member.decode(errors="replace").partition("@")[0]
        if is_lane(lane):
            found.setdefault(lane, round(at))
    return found


def _operations(settings: Settings, lanes: list[LaneState]) -> set[tuple[str, str]]:
    found = {(one.lane.account, one.lane.operation) for one in lanes}
    return {
        (account, operation)
        for account, operation in found
        if account in settings.accounts and operation in settings.accounts[account].known_operations
    }


def _waits(settings: Settings, account: str, operation: str) -> Waits:
    own = settings.accounts[account].operation(operation)
    return Waits(own.linger, own.batch_size)


def _reached(used: int, limit: float | None, factor: float) -> bool:
    return limit is not None and used >= max(1, int(limit * factor))
