"""The rest after the faults: a lane that gets on may take its time, any other stands still."""

from dataclasses import dataclass

from tests.chaos.progress import MachineTime
from tests.chaos.rest import FALLS, STANDSTILL, Progress


@dataclass
class Lane:
    lane: str = "a:event.add"
    backlog: int = 5
    parked: int = 0
    confirming: int = 0
    delivered: int = 0
    dead: int = 0
    confirmed: int = 0
    unconfirmed: int = 0


def looks(lanes):
    """Look at the lane every 50 s."""
    progress = Progress()
    return [progress.stands_still([lane], 50.0 * at) for at, lane in enumerate(lanes)]


def test_a_lane_that_settles_a_message_now_and_then_does_not_stand_still():
    assert not any(looks(Lane(delivered=number // 2) for number in range(40)))
    assert not any(looks(Lane(dead=number // 2) for number in range(40)))


def test_a_lane_that_holds_messages_and_settles_none_stands_still():
    seen = looks(Lane(backlog=5 - at % 2, parked=at % 2) for at in range(6))
    assert [bool(found) for found in seen] == [50.0 * at > STANDSTILL for at in range(6)]


def test_a_lane_that_holds_nothing_never_stands_still():
    assert not any(looks([Lane(backlog=0)] * 40))
    assert not any(looks([*[Lane(backlog=0)] * 40, Lane()]))


def test_the_rest_lasts_as_long_as_ever_less_waits():
    progress = Progress()
    step = FALLS - 1
    slow = [progress.falls([Lane(backlog=100 - at)], step * at) for at in range(100)]
    assert all(slow)
    ended = step * 99
    assert progress.falls([Lane(backlog=3)], ended + FALLS)
    assert not progress.falls([Lane(backlog=3)], ended + FALLS + 1)


def test_a_look_that_a_loaded_machine_takes_long_for_counts_as_any_other():
    times = iter([0.0, 0.3, 0.6, 40.6, 40.9])
    machine = MachineTime(0.5, lambda: next(times))
    assert [round(machine.passed(), 1) for _ in range(4)] == [0.3, 0.6, 1.1, 1.4]
