"""What alerts are decided by: the samples now, and what they were before. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from batchline.worker.metrics import table
from batchline.worker.metrics.metric import Metric
from batchline.worker.metrics.samples import Samples, Series, folded

#: The metrics whose past alerts look at.
REMEMBERED = (
    *(table.ACCEPTED, table.DELIVERED, table.DIED, table.LATE, table.UNCONFIRMED, table.BACKLOG),
    *(table.LANE_REQUESTS, table.LANE_FAILED, table.REDIS_EVICTED),
)


@dataclass(frozen=True, slots=True)
class Past:
    """Samples of the remembered metrics at an earlier moment."""

    #: UNIX ms.
    at: int
    samples: Samples


@dataclass(frozen=True, slots=True)
class View:
    """The samples now, and earlier ones; the oldest first."""

    #: UNIX ms.
    now: int
    samples: Samples
    history: Sequence[Past] = ()

    def series(self, metric: Metric, *labels: str, by: str = "max", **equal: str) -> Series:
        """The metric now, by these labels; of the series alone whose labels are `equal`."""
        return _by(metric, self.samples.get(metric.name, {}), labels, by, equal)

    def increase(self, metric: Metric, seconds: float, *labels: str) -> Series:
        """By how much it has grown within so many seconds, summed by these labels.

        A counter that became smaller began anew. Empty while nothing is known of before.
        """
        before = self._before(seconds)
        if before is None:
            return {}
        past, now = before.samples.get(metric.name, {}), self.samples.get(metric.name, {})
        grown = {key: value - _since(past.get(key, 0.0), value) for key, value in now.items()}
        return _by(metric, grown, labels, "sum", {})

    def change(self, metric: Metric, seconds: float, *labels: str) -> Series:
        """By how much a gauge has changed within so many seconds; empty as `increase`."""
        before = self._before(seconds)
        if before is None:
            return {}
        past, now = before.samples.get(metric.name, {}), self.samples.get(metric.name, {})
        changed = {key: value - past.get(key, 0.0) for key, value in now.items()}
        return _by(metric, changed, labels, "sum", {})

    def _before(self, seconds: float) -> Past | None:
        start = self.now - round(seconds * 1000)
        return next((one for one in self.history if start <= one.at < self.now), None)


def _since(before: float, now: float) -> float:
    return before if before <= now else 0.0


def _by(
    metric: Metric, series: Series, labels: Sequence[str], by: str, equal: Mapping[str, str]
) -> Series:
    wanted = {metric.labels.index(name): value for name, value in equal.items()}
    chosen = {
        key: value
        for key, value in series.items()
        if all(key[place] == text for place, text in wanted.items())
    }
    return folded(chosen, [metric.labels.index(name) for name in labels], by)


def above(series: Series, limit: float) -> Series:
    """The series whose value is above the limit."""
    return {key: value for key, value in series.items() if value > limit}


def without(series: Series, *others: Series) -> Series:
    """The series whose labels are in none of the others."""
    return {key: value for key, value in series.items() if not any(key in one for one in others)}


def both(series: Series, other: Series) -> Series:
    """The series whose labels are in the other too."""
    return {key: value for key, value in series.items() if key in other}


def share(part: Series, whole: Series) -> Series:
    """Part by whole, where the whole is more than nothing."""
    return {key: part.get(key, 0.0) / of for key, of in whole.items() if of > 0}
