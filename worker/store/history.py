"""The history of the last hour and day: counters per account and operation, sampled each minute.

One worker at a time samples the counters that the lanes keep anyway: neither enqueueing nor
settling costs more for it. A minute in which no worker ran has no sample: the series has a gap
there, and no zero.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from batchline.worker.store import lane_states, redis_clock
from batchline.worker.store.lane_states import LaneState
from batchline.worker.store.scripts import Argument, Script
from batchline.worker.store.store import Store

BEGIN = Script("begin_sample")
KEEP = Script("keep_sample")
#: Minutes of an hour and of a day: so far back the two series go.
HOUR, DAY = 60, 1440
#: Minutes between two samples of the day.
QUARTER = 15
MINUTE_MS = 60_000
#: Minutes in which the newest sample is looked for: the last one may be under way, or lost.
NEWEST = 5
#: What a sample holds of each account and operation, in this order.
SAMPLED = ("accepted", "delivered", "died", "backlog", "requests", "failed_requests")

#: (Account, operation).
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Series:
    """What happened in each step of a history, oldest first. None: nobody knows."""

    #: Messages enqueued; delivered; that became dead letters; that waited at its end.
    enqueued: tuple[int | None, ...]
    delivered: tuple[int | None, ...]
    died: tuple[int | None, ...]
    backlog: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class History:
    """A history: `times[n]` is when step n of every series ended (UNIX ms)."""

    times: tuple[int, ...]
    #: Minutes of a step.
    step: int
    rows: Mapping[Key, Series]
    totals: Series

    def of(self, account: str, operation: str) -> Series:
        """The series of an operation; one that no sample knows is all gaps."""
        gap = (None,) * len(self.times)
        return self.rows.get((account, operation), Series(gap, gap, gap, gap))

    def per_minute(self, values: Sequence[int | None]) -> float | None:
        """The last known value of a series, per minute; None: nobody knows."""
        last = next((value for value in reversed(values) if value is not None), None)
        return None if last is None else last / self.step

    def per_second(self, values: Sequence[int | None]) -> float | None:
        """The mean of a series per second, over the steps that are known; None: there are none."""
        known = [value for value in values if value is not None]
        return sum(known) / (len(known) * self.step * 60) if known else None


@dataclass(frozen=True, slots=True)
class Sample:
    """The counters of one moment."""

    #: UNIX ms.
    at: int
    #: (Account, operation) -> the numbers of `SAMPLED`.
    rows: Mapping[Key, Sequence[int]]

    @classmethod
    def of(cls, at: int, states: Iterable[LaneState]) -> Sample:
        """The sample of these lanes."""
        rows: dict[Key, list[int]] = {}
        for one in states:
            row = rows.setdefault((one.lane.account, one.lane.operation), [0] * len(SAMPLED))
            for index, value in enumerate(_values(one)):
                row[index] += value
        return cls(at, rows)

    @classmethod
    def from_bytes(cls, text: bytes) -> Sample:
        fields = json.loads(zlib.decompress(text))
        rows = {_key(name): values for name, values in fields["rows"].items()}
        return cls(fields["at"], rows)

    def to_bytes(self) -> bytes:
        rows = {":".join(key): values for key, values in self.rows.items()}
        return zlib.compress(json.dumps({"at": self.at, "rows": rows}).encode())


def sample(store: Store) -> bool:
    """Sample this minute, unless a worker has begun to; whether this call did.

    A worker that dies in between leaves a gap.
    """
    minute, now = map(int, BEGIN(store, [store.keys.history_sampled], []))
    if not minute:
        return False
    taken = Sample.of(now, lane_states.read(store))
    arguments: list[Argument] = [minute, taken.to_bytes(), minute - minute % QUARTER]
    # One step more than is shown: the first one is the difference to it.
    arguments += [minute - HOUR, minute - DAY - QUARTER]
    KEEP(store, [store.keys.history_minutes, store.keys.history_quarters], arguments)
    return True


def last_hour(store: Store) -> History:
    """The last hour, by the minute: `HOUR` steps."""
    return _read(store, store.keys.history_minutes, 1, HOUR)


def last_day(store: Store) -> History:
    """The last 24 hours, by the quarter of an hour."""
    return _read(store, store.keys.history_quarters, QUARTER, DAY // QUARTER)


def newest(store: Store) -> Sample | None:
    """The last sample that a worker took; None: it took none, or the last ones failed."""
    minute: Any = store.client.get(store.keys.history_sampled)
    if minute is None:
        return None
    names = [str(int(minute) - ago) for ago in range(NEWEST)]
    found: Any = store.client.hmget(store.keys.history_minutes, names)
    text = next((text for text in found if text is not None), None)
    return None if text is None else Sample.from_bytes(text)


@dataclass(frozen=True, slots=True)
class Growth:
    """By how much counters have grown between two samples (UNIX ms)."""

    since: int
    until: int
    #: (Account, operation) -> counter of `SAMPLED` -> its growth; None: nobody knows.
    rows: Mapping[Key, Mapping[str, int | None]]


def growth(store: Store) -> Growth | None:
    """What happened in the last hour, by its first and last sample; None: there are not two."""
    minutes: Any = store.client.hkeys(store.keys.history_minutes)
    oldest = redis_clock.now(store) // MINUTE_MS - HOUR
    known = sorted(number for number in map(int, minutes) if number >= oldest)
    if len(known) < 2:
        return None
    found: Any = store.client.hmget(store.keys.history_minutes, [str(known[0]), str(known[-1])])
    if None in found:  # a worker has just thrown it away
        return None
    return growth_between(*map(Sample.from_bytes, found))


def growth_between(before: Sample, after: Sample) -> Growth:
    """The growth from one sample to the other. Pure."""
    rows = {key: _growth(before.rows.get(key), row) for key, row in after.rows.items()}
    return Growth(before.at, after.at, rows)


def _growth(old: Sequence[int] | None, new: Sequence[int]) -> dict[str, int | None]:
    """A release before this one sampled fewer counters: these are not known then."""
    known = min(len(new), len(SAMPLED) if old is None else len(old))
    was = old or [0] * known
    found: dict[str, int | None] = dict.fromkeys(SAMPLED)
    found.update({name: max(0, new[n] - was[n]) for n, name in enumerate(SAMPLED[:known])})
    return found


def series_of(samples: Mapping[int, Sample], last: int, step: int, steps: int) -> History:
    """The history that samples tell, by the number of their minute; `last`: that of the last. Pure.

    A step is the difference between two samples that follow each other.
    """
    numbers = range(last - step * steps, last + 1, step)
    pairs = [(samples.get(n - step), samples.get(n)) for n in numbers[1:]]
    keys = {key for one in samples.values() for key in one.rows}
    rows = {key: _series([_step(*pair, key) for pair in pairs]) for key in keys}
    totals = _series([_sum(before, after, keys) for before, after in pairs])
    return History(tuple(n * MINUTE_MS for n in numbers[1:]), step, rows, totals)


def _read(store: Store, key: str, step: int, steps: int) -> History:
    raw: Any = store.client.hgetall(key)
    samples = {int(number): Sample.from_bytes(text) for number, text in raw.items()}
    minute = redis_clock.now(store) // MINUTE_MS
    # The sample of a minute comes within its first seconds.
    newest = minute - minute % step
    last = newest if newest in samples else newest - step
    return series_of(samples, last, step, steps)


_Step = tuple[int | None, int | None, int | None, int | None]
_GAP: _Step = (None, None, None, None)


def _step(before: Sample | None, after: Sample | None, key: Key) -> _Step:
    if after is None:
        return _GAP
    new = after.rows.get(key, (0,) * len(SAMPLED))
    if before is None:
        return (None, None, None, new[3])
    old = before.rows.get(key, (0,) * len(SAMPLED))
    # A counter may go back a little: a job's result calls messages invalid that were delivered.
    enqueued, delivered, died = (max(0, new[n] - old[n]) for n in range(3))
    return enqueued, delivered, died, new[3]


def _sum(before: Sample | None, after: Sample | None, keys: Iterable[Key]) -> _Step:
    if after is None:
        return _GAP
    steps = [_step(before, after, key) for key in keys]
    backlog = sum(one[3] or 0 for one in steps)
    if before is None:
        return None, None, None, backlog
    enqueued, delivered, died = (sum(one[n] or 0 for one in steps) for n in range(3))
    return enqueued, delivered, died, backlog


def _series(steps: Sequence[_Step]) -> Series:
    columns = zip(*steps, strict=True) if steps else ((), (), (), ())
    enqueued, delivered, died, backlog = map(tuple, columns)
    return Series(enqueued, delivered, died, backlog)


def _values(one: LaneState) -> list[int]:
    return [one.backlog if name == "backlog" else one[name] for name in SAMPLED]


def _key(name: str) -> Key:
    account, _, operation = name.partition(":")
    return account, operation
