"""What stands still: whatever is due, and not moved for `stall_after`, for any reason.

A lane moves when a batch of it is settled, or when settling told it to wait. The state's `moved` is
when it did, or until when it waits (`worker/store/lua/settle.lua`). A parked message moves back to
its lane, and a job to its next question, when a worker looks at what is due: each one of them does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from batchline.worker.store import lanes
from batchline.worker.store.lane_states import LaneState
from batchline.worker.store.message_ids import is_lane
from batchline.worker.store.pause import pause_of, paused
from batchline.worker.store.store import Store

#: The longest `linger` that can be set, in ms.
LONGEST_LINGER = 3_600_000
#: Seconds between two dispatches of a job.
JOB_GRACE = 60.0
#: Overdue parked messages and jobs that are looked at, the oldest.
MOST_OVERDUE = 1000
#: UNIX ms before which nothing was parked: messages with such a time are to come back at once.
AT_ONCE = 10**12


@dataclass(frozen=True, slots=True)
class Course:
    """What Redis holds of a lane, as far as it says whether the lane stands still. UNIX ms."""

    #: Messages that wait, and when the oldest of them entered the lane.
    waiting: int
    oldest: int
    #: When the lane is due; None: never.
    due: int | None
    #: Whether somebody decides when it is due: it was dispatched, claimed, or told to wait.
    held: bool
    moved: int
    #: Until when somebody owns it, and how often it was claimed since it moved.
    leased_until: int
    claims: int


def stands_since(course: Course, now: int) -> int | None:
    """UNIX ms since when the lane stands still; None: it has nothing to do, or is at work."""
    if course.waiting == 0:
        return None
    if course.leased_until > now and course.claims <= 1:
        return None  # one owner, which prolongs its lease: a long batch
    since = max(course.oldest, course.moved)
    if not course.held and course.due is not None:
        since = max(since, min(course.due, since + LONGEST_LINGER))
    return since


@dataclass(frozen=True, slots=True)
class Stall:
    """A lane that stands still, or its parked messages, or one of its jobs."""

    lane: str
    since: int
    #: Messages of the lane that wait; 0 for a job.
    waiting: int
    #: The job; or "".
    job: str = ""
    #: Whether its messages are parked, and overdue.
    parked: bool = False

    @property
    def kind(self) -> str:
        """The kind of trouble that it is."""
        return "job_stuck" if self.job else "stalled"

    @property
    def what(self) -> str:
        """What of the lane it is, before the time for which it stands; "" for the lane itself."""
        return "parked messages are due, " if self.parked else f"{self.job}, " if self.job else ""


def find(store: Store, states: Iterable[LaneState], stall_after: float, now: int) -> list[Stall]:
    """What stands still for `stall_after` seconds.

    `states`: every lane; `now`: UNIX ms of Redis.
    """
    return [
        *_lanes(store, states, stall_after, now),
        *_parked(store, stall_after, now),
        *_jobs(store, stall_after, now),
    ]


def _overdue(store: Store, key: str, stall_after: float, now: int) -> Iterator[tuple[str, int]]:
    """The members of this sorted set that are overdue, each with the UNIX ms since when."""
    until = now - round(stall_after * 1000)
    client: Any = store.client
    found = client.zrangebyscore(key, "-inf", until, 0, MOST_OVERDUE, withscores=True)
    looked = int(client.hget(store.keys.clock, "last") or now) if found else now
    for member, score in found:
        # How long one is overdue that is to come back at once, only the last look says.
        since = round(score) if score >= AT_ONCE else looked
        if since <= until:
            yield member.decode(errors="replace"), since


def _parked(store: Store, stall_after: float, now: int) -> Iterator[Stall]:
    """Parked messages that nobody brings back, by the lanes that they were parked in."""
    since: dict[str, list[int]] = {}
    for member, at in _overdue(store, store.keys.parked, stall_after, now):
        since.setdefault(member.partition("@")[0], []).append(at)
    reasons = paused(store) if since else {}
    for lane, times in since.items():
        if is_lane(lane) and not pause_of(lane, reasons):
            yield Stall(lane, min(times), len(times), parked=True)


def _jobs(store: Store, stall_after: float, now: int) -> Iterator[Stall]:
    """Jobs that nobody asks about.

    A job is dispatched once in `JOB_GRACE` seconds until the API has been asked about it.
    """
    dispatched: Any = store.client.hgetall(store.keys.jobs_dispatched)
    since = dict(_overdue(store, store.keys.jobs, stall_after, now))
    for name, times in dispatched.items():
        waits = (int(times) - 1) * JOB_GRACE
        if waits >= stall_after:
            since[name.decode(errors="replace")] = now - round(waits * 1000)
    for name, at in since.items():
        lane = name.partition("@")[0]
        if is_lane(lane):
            yield Stall(lane, at, 0, name)


def _lanes(store: Store, states: Iterable[LaneState], stall_after: float, now: int) -> list[Stall]:
    """A lane that is paused, or whose breaker is open, is not due."""
    reasons = paused(store)
    found = []
    for one in states:
        name, since = str(one.lane), stands_since(course_of(one), now)
        is_old = since is not None and now - since >= stall_after * 1000
        if since is not None and is_old and not pause_of(name, reasons):
            found.append(Stall(name, since, one.backlog))
    return [stall for stall in found if not _breaker_is_open(store, stall.lane, now)]


def course_of(one: LaneState) -> Course:
    """The course of a lane."""
    return Course(
        waiting=one.backlog,
        oldest=one.oldest,
        due=one.due,
        held="hold" in one.texts,
        moved=one["moved"],
        leased_until=one["until"],
        claims=one["claims"],
    )


def _breaker_is_open(store: Store, lane: str, now: int) -> bool:
    """Whether the breaker with which the lane waits is open, its operation's or its host's."""
    breaker: Any = store.client.hget(store.keys.state(lane), "waits_with")
    until: Any = store.client.hget(breaker, "until") if breaker is not None else None
    return lanes.number(until) > now
