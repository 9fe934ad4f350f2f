"""What was measured, and whether it grew. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

MB = 1_000_000
#: Rows of the table: each is the median of the samples of so much of the run.
ROWS = 12


@dataclass(frozen=True)
class Bound:
    """By how much a part may grow within the second half: the larger one of the two."""

    #: A share of what it was in the middle, and bytes.
    share: float
    least: int

    def most(self, middle: float) -> float:
        """The bytes that it may have in the end."""
        return middle + max(self.share * middle, self.least)


#: Part -> its bound. Python gives memory back late, and a browser when it likes.
BOUNDS = {
    "flower": Bound(0.10, 8 * MB),
    "worker": Bound(0.10, 8 * MB),
    "redis": Bound(0.10, 8 * MB),
    "heap": Bound(0.25, 4 * MB),
}


@dataclass(frozen=True)
class Sample:
    """The bytes of each part at one moment, in seconds since the beginning."""

    at: float
    parts: dict[str, float]


@dataclass(frozen=True)
class Grown:
    """A part in the middle of the run and in its end, and what it may have."""

    part: str
    middle: float
    end: float
    most: float

    @property
    def is_too_much(self) -> bool:
        return self.end > self.most


def rows(samples: Sequence[Sample], count: int = ROWS) -> list[Sample]:
    """The samples as so many rows: of each stretch of time the medians."""
    if not samples:
        return []
    first, last = samples[0].at, samples[-1].at
    width = max(last - first, 1e-9) / count
    groups: list[list[Sample]] = [[] for _ in range(count)]
    for one in samples:
        groups[min(count - 1, int((one.at - first) / width))].append(one)
    return [
        Sample(group[-1].at, {part: median(one.parts[part] for one in group) for part in BOUNDS})
        for group in groups
        if group
    ]


def grown(samples: Sequence[Sample]) -> list[Grown]:
    """Each part: the median of the first fifth of the second half, and that of the last fifth."""
    second = samples[len(samples) // 2 :]
    fifth = max(1, len(second) // 5)
    found = []
    for part, bound in BOUNDS.items():
        middle = median(one.parts[part] for one in second[:fifth])
        end = median(one.parts[part] for one in second[-fifth:])
        found.append(Grown(part, middle, end, bound.most(middle)))
    return found
