"""The rest after the faults: it lasts while something gets on, and ends when nothing waits."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from batchline.worker.inspection.status import LaneStatus, Status
from tests.chaos import evidence
from tests.chaos.evidence import waiting
from tests.chaos.progress import MachineTime
from tests.chaos.traffic import Traffic
from tests.chaos.world import World

#: Seconds after which a lane that holds messages must have settled one. A lane that was handed to a
#: worker which died waits for 30 s (`process.GRACE`), a job for 110 s (`policies.py`).
STANDSTILL = 120.0
#: Seconds after which all that waits must have become less than it ever was: how fast it does, the
#: machine decides.
FALLS = 300.0
#: Seconds that a look takes at most, pause and all, on a machine that is not loaded.
MOST_OF_A_LOOK = 0.5
#: Seconds between two messages that come by, for each operation of an account that is in trouble.
COMES_BY = 1.0


class Progress:
    """When each lane that holds messages last settled one. Pure."""

    def __init__(self) -> None:
        #: Lane -> messages that it has settled, and since when it is that many.
        self._settled: dict[str, tuple[int, float]] = {}
        #: The fewest messages that ever waited, and since when.
        self._fewest: tuple[int, float] | None = None

    def falls(self, lanes: Iterable[LaneStatus], now: float) -> bool:
        """Whether what waits became less than ever in the last `FALLS` seconds."""
        waiting = sum(lane.backlog + lane.parked + lane.confirming for lane in lanes)
        if self._fewest is None or waiting < self._fewest[0]:
            self._fewest = waiting, now
        return now - self._fewest[1] <= FALLS

    def stands_still(self, lanes: Iterable[LaneStatus], now: float) -> list[str]:
        """The lanes that hold messages and have settled none for `STANDSTILL` seconds."""
        found = []
        for lane in lanes:
            settled = lane.delivered + lane.dead + lane.confirmed + lane.unconfirmed
            holds = lane.backlog or lane.parked or lane.confirming
            before, since = self._settled.get(lane.lane, (-1, now))
            if not holds or settled != before:
                since = now
            self._settled[lane.lane] = (settled, since)
            if now - since > STANDSTILL:
                found.append(lane.lane)
        return found


def rest(world: World, traffic: Traffic, say: Callable[[str], None]) -> float | None:
    """Seconds until nothing waits and nothing is parked; None when it does not come to that.

    In a shop there are always others: while an operation is in trouble, messages that nobody minds
    come by, for who is to blame shows only while others pass.
    """
    started = time.monotonic()
    progress, machine, came_by, answered = Progress(), MachineTime(MOST_OF_A_LOOK), 0.0, 0.0
    while True:
        found, now, passed = world.status(), time.monotonic() - started, machine.passed()
        if found is None:
            if passed - answered > FALLS:
                return None
            time.sleep(0.2)
            continue
        answered = passed
        if not waiting(found) and not evidence.pending(world.sandbox.control):
            return now
        if progress.stands_still(found.lanes, passed) or not progress.falls(found.lanes, passed):
            return None
        if now - came_by > COMES_BY:
            came_by = now
            for account, operation in _in_trouble(found):
                traffic.come_by(account, operation)
        say(f"{now:.0f} s after the last fault: {'; '.join(waiting(found))}"[:200])
        time.sleep(0.2)


def _in_trouble(found: Status) -> list[tuple[str, str]]:
    """The operations of accounts with a lane that fails, or that has set messages aside."""
    return sorted(
        {(lane.account, lane.operation) for lane in found.lanes if lane.attempts or lane.parked}
    )
