"""How many dead letters there are, by reason and by lane, as the scripts count them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from batchline.systems.registry import systems
from batchline.worker.dead_letters.filter import Filter
from batchline.worker.store import lane_states
from batchline.worker.store.lane_states import LaneState
from batchline.worker.store.store import Store

#: The counters of a lane's state: `dead_rejected`.
START = "dead_"
#: Stands for letters that an older Batchline has counted without their reason.
UNKNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Counts:
    """Dead letters by reason, and by account and operation, the most first."""

    reasons: dict[str, int]
    lanes: dict[tuple[str, str], int]
    #: (account, operation, reason) -> how many; the operation is the lane's.
    cells: dict[tuple[str, str, str], int]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.cells.values())

    def of(self, wanted: Filter) -> int | None:
        """How many fit the filter; None where it asks what is not counted."""
        if wanted != Filter(wanted.account, wanted.operation, wanted.reason):
            return None
        if wanted.operation in shared() or UNKNOWN in self.reasons:
            return None
        return sum(
            number
            for (account, operation, reason), number in self.cells.items()
            if wanted.account in (None, account)
            and wanted.operation in (None, operation)
            and wanted.reason in (None, reason)
        )


def read(store: Store) -> Counts:
    """The counts now: a few calls however many letters there are; more only for more lanes."""
    return of_lanes(lane_states.read(store))


def of_lanes(states: Iterable[LaneState]) -> Counts:
    """The counts of these lanes."""
    cells = Counter[tuple[str, str, str]]()
    for one in states:
        account, operation, _ = one.lane
        left = one["dead"]
        for name, number in one.numbers.items():
            if name.startswith(START) and number > 0:
                cells[account, operation, name.removeprefix(START)] += number
                left -= number
        if left > 0:
            cells[account, operation, UNKNOWN] += left
    reasons, lanes = Counter[str](), Counter[tuple[str, str]]()
    for (account, operation, reason), number in cells.items():
        reasons[reason] += number
        lanes[account, operation] += number
    return Counts(dict(reasons.most_common()), dict(lanes.most_common()), dict(cells))


@cache
def shared() -> frozenset[str]:
    """The operations whose letters are counted together with those of another one."""
    found = set()
    for system in systems().values():
        for one in system.operations:
            if one.lane != one.name:
                found |= {one.name, one.lane}
    return frozenset(found)
