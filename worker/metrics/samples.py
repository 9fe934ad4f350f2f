"""The samples of the store's metrics: what a reading of the store means, as numbers. Pure."""

from __future__ import annotations

import platform
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from batchline.worker.dead_letters.letter import REASONS
from batchline.worker.metrics import table
from batchline.worker.metrics.metric import BREAKER_STATES, PAUSED_WHY, Metric
from batchline.worker.metrics.reading import AT_ONCE, PARKED, Reading, Server
from batchline.worker.store import pause
from batchline.worker.store.lane_states import LaneState
from batchline.worker.troubles.stalls import course_of, stands_since

#: Values of labels, in the order of the metric's labels (and the partition, if asked for) -> value.
Series = dict[tuple[str, ...], float]
#: Name of a metric -> its series.
Samples = dict[str, Series]

#: Metric -> the fields of a lane's state that it is the sum of.
SUMS: Mapping[str, tuple[str, ...]] = {
    table.ACCEPTED.name: ("accepted", "unaccepted"),
    table.DELIVERED.name: ("delivered", "died_invalid"),
    table.MERGED.name: ("merged", "unmerged"),
    table.PURGED.name: ("purged", "unpurged"),
    table.ERASED.name: ("erased",),
    table.LATE.name: ("late",),
    table.UNCONFIRMED.name: ("unconfirmed",),
    table.LANE_REQUESTS.name: ("requests",),
    table.LANE_FAILED.name: ("failed_requests",),
}
#: How the reason of a pause begins that no person has typed -> how it is counted.
_PAUSED = {pause.REFUSED: "credentials", pause.FLOODED: "flood"}


def of(reading: Reading, by_partition: bool = False) -> Samples:
    """The samples of a reading; the lanes of an operation are one, unless `by_partition`."""
    samples = Samples()
    samples[table.BUILD_INFO.name] = build_info()
    _add_servers(samples, reading)
    if reading.servers.get("lanes", Server()) is None:
        return samples
    groups: dict[tuple[str, ...], list[LaneState]] = defaultdict(list)
    for one in reading.lanes:
        account, operation, partition = one.lane
        groups[(account, operation, str(partition)) if by_partition else one.lane[:2]].append(one)
    for labels, lanes in groups.items():
        _add_lanes(samples, reading, labels, lanes)
    _add_parked_ages(samples, reading, by_partition)
    _add_accounts(samples, reading)
    _add_breakers(samples, reading)
    samples[table.LANES.name] = {(): len(reading.lanes)}
    samples[table.LANES_DUE.name] = {(): sum(_lag(one, reading.now) >= 0 for one in reading.lanes)}
    samples[table.WORKERS.name] = {(): reading.workers}
    samples[table.TROUBLES.name] = {(kind,): count for kind, count in reading.troubles.items()}
    return samples


@cache
def build_info() -> Series:
    """The versions that run here."""
    others = map(_version, ("celery", "redis"))
    return {(_version("batchline"), platform.python_version(), *others): 1}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _put(samples: Samples, metric: Metric, labels: tuple[str, ...], value: float) -> None:
    samples.setdefault(metric.name, {})[labels] = value


def _add_lanes(
    samples: Samples, reading: Reading, labels: tuple[str, ...], lanes: list[LaneState]
) -> None:
    """The samples of the lanes that are shown as one."""
    now, inner = reading.now, labels[2:]  # the partition follows a metric's own labels

    def total(*names: str) -> int:
        return sum(one[name] for one in lanes for name in names)

    def put(metric: Metric, value: float, *more: str) -> None:
        _put(samples, metric, (*labels[:2], *more, *inner), value)

    put(table.BACKLOG, sum(one.backlog for one in lanes))
    ages = [now - one.oldest for one in lanes if one.oldest]
    if ages:
        put(table.OLDEST_AGE, max(0, *ages) / 1000)
    put(table.IN_FLIGHT, sum(one["in_flight"] for one in lanes if _leased(one, now)))
    put(table.FAILURES, max(one["attempts"] for one in lanes))
    lag = max(_lag(one, now) for one in lanes)
    if lag >= 0:
        put(table.DUE_LAG, lag)
    stands = max(_standstill(one, reading) for one in lanes)
    if stands > 0:
        put(table.STANDSTILL, stands)
    held = {_why(one, reading.paused) for one in lanes}
    for why in PAUSED_WHY:
        put(table.PAUSED, float(why in held), why)
    reasons = {why: total(f"parked_{reason}") for reason, why in PARKED.items()}
    reasons["delayed"] = max(0, total("parked") - sum(reasons.values()))
    for why, count in reasons.items():
        put(table.PARKED, count, why)
    for reason in REASONS:
        put(table.DIED, total(f"died_{reason}"), reason)
        if any(f"dead_{reason}" in one.numbers for one in lanes):
            put(table.DEAD, max(0, total(f"dead_{reason}")), reason)
    for name, fields in SUMS.items():
        put(table.BY_NAME[name], total(*fields))


def _leased(one: LaneState, now: int) -> bool:
    """Whether a worker owns the lane: one that was killed has left its count behind."""
    return one["until"] > now


def _lag(one: LaneState, now: int) -> float:
    """Seconds for which the lane has been due and begun by nobody; -1: it is not."""
    if one.due is None or one.due > now or not one.backlog:
        return -1
    since = one.due if one.due >= AT_ONCE else one["moved"] or now
    return max(0.0, (now - since) / 1000)


def _standstill(one: LaneState, reading: Reading) -> float:
    """Seconds for which the lane has stood still; 0: it moves, or waits for a reason."""
    since = stands_since(course_of(one), reading.now)
    waits_with_breaker = one.texts.get("waits_with") and reading.breakers.get(one.lane[:2])
    if since is None or waits_with_breaker or _why(one, reading.paused):
        return 0
    return (reading.now - since) / 1000


def _why(one: LaneState, paused: Mapping[str, str]) -> str:
    """Why the lane is paused; "" where it is not."""
    held = pause.pause_of(str(one.lane), dict(paused))
    if held is None:
        return ""
    return _PAUSED.get(held[1].partition(":")[0], "command")


def _add_parked_ages(samples: Samples, reading: Reading, by_partition: bool) -> None:
    oldest: dict[tuple[str, ...], int] = {}
    for lane, accepted_at, why in reading.parked:
        inner = (str(lane.partition),) if by_partition else ()
        labels = (lane.account, lane.operation, why, *inner)
        oldest[labels] = min(oldest.get(labels, accepted_at), accepted_at)
    for labels, at in oldest.items():
        _put(samples, table.PARKED_AGE, labels, max(0, reading.now - at) / 1000)


def _add_accounts(samples: Samples, reading: Reading) -> None:
    jobs: dict[str, list[int]] = defaultdict(list)
    for account, at in reading.jobs:
        jobs[account].append(at)
    accounts = sorted({one.lane.account for one in reading.lanes})
    books = dict.fromkeys(accounts, 0)
    for one in reading.lanes:
        books[one.lane.account] += _difference(one)
    for account in accounts:
        _put(samples, table.BOOKS, (account,), books[account])
        _put(samples, table.JOBS_OPEN, (account,), len(jobs[account]))
        if jobs[account]:
            age = max(0, reading.now - min(jobs[account])) / 1000
            _put(samples, table.JOBS_AGE, (account,), age)
        if account in reading.max_age:
            _put(samples, table.MAX_AGE, (account,), reading.max_age[account])


def _difference(one: LaneState) -> int:
    """By how much the lane's books do not balance."""
    ended = sum(one[name] for name in ("delivered", "parked", "dead", "purged", "erased"))
    return one["accepted"] - ended - one.backlog


def _add_breakers(samples: Samples, reading: Reading) -> None:
    for account, operation in {one.lane[:2] for one in reading.lanes}:
        found = reading.breakers.get((account, operation), set())
        now = "open" if "open" in found else "half_open" if "half" in found else "closed"
        for state in BREAKER_STATES:
            _put(samples, table.BREAKER, (account, operation, state), float(state == now))


def _add_servers(samples: Samples, reading: Reading) -> None:
    for role, server in reading.servers.items():
        _put(samples, table.REDIS_UP, (role,), float(server is not None))
        if server is None:
            continue
        if server.memory is not None:
            _put(samples, table.REDIS_MEMORY, (role,), server.memory)
        if server.memory is not None and server.most:
            _put(samples, table.REDIS_RATIO, (role,), server.memory / server.most)
        if server.evicted is not None:
            _put(samples, table.REDIS_EVICTED, (role,), server.evicted)


def folded(series: Series, labels: Iterable[int], by: str = "sum") -> Series:
    """The series summed (or the largest taken) by these places of their labels."""
    places, found = tuple(labels), dict[tuple[str, ...], list[float]]()
    for key, value in series.items():
        found.setdefault(tuple(key[place] for place in places), []).append(value)
    return {key: max(values) if by == "max" else sum(values) for key, values in found.items()}
