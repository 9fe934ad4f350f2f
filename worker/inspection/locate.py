"""The location of messages: in a lane, parked, in an open job, or among the dead letters."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice, takewhile
from typing import Any, Literal

from batchline.producers.lanes import Lane
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.dead_letters.filter import Filter
from batchline.worker.dead_letters.letter import DeadLetter
from batchline.worker.delivery.open_job import UNREADABLE_JOB, Job
from batchline.worker.inspection import status
from batchline.worker.inspection.looked import MOST_JOBS, Looked, everything
from batchline.worker.inspection.status import LaneStatus
from batchline.worker.store import lanes, redis_clock
from batchline.worker.store.batch import Entry, entries
from batchline.worker.store.head import all_entries
from batchline.worker.store.message_ids import parked_member, parse
from batchline.worker.store.parking import Meta
from batchline.worker.store.store import Store

#: Parked messages read in one call.
PAGE = 100
#: Messages before another in its lane that are counted at most.
MOST_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Location:
    """Where a message is, and what happens to it next."""

    state: Literal["waiting", "parked", "confirming", "dead", "gone"]
    lane: str = ""
    #: UNIX ms at which its lane is due, it comes back from parking, its job is asked about, or at
    #: which it died; None when nothing is due.
    at: int | None = None
    #: Messages before it in its lane; None for more than `MOST_COUNTED`.
    before: int | None = None
    #: Why it is parked or dead.
    reason: str = ""
    #: More of the reason, or what its lane waits for.
    detail: str = ""
    #: What happened to the message before: [UNIX ms, detail].
    history: list[tuple[int, str]] = field(default_factory=list)
    #: Whether it waits in the lane for the first time.
    is_new: bool = False


#: Places that are searched, as they are named where a bound was met.
WAITING, JOBS, PARKED = "messages of its lanes", "open jobs", "parked messages"
DEAD = "dead letters (the last ones)"
#: The location of a message that is in none of these.
GONE = Location("gone")


def find(store: Store, message_id: str, looked: Looked | None = None) -> Location:
    """The message's location, or `GONE`; raises ValueError when the text is no message id.

    `looked`: how far lanes and jobs are searched, and then how far they were.
    """
    lane, stream_id = parse(message_id)
    looked = looked or everything()
    # Outside is searched twice: a message may go there while its lane is searched.
    return (
        outside(store, message_id)
        or _new_in_lane(store, lane, stream_id)
        or _returned(store, message_id, lane, stream_id, looked)
        or _in_job(store, message_id, looked)
        or outside(store, message_id)
        or GONE
    )


def of_contact(
    store: Store, contact: str | Collection[str], looked: Looked | None = None
) -> dict[str, Location]:
    """Message id -> location, of the messages about a contact (its key as stored, or several).

    `looked`: how far each place is searched, and then how far it was.
    """
    keys = {contact} if isinstance(contact, str) else set(contact)
    looked = looked or everything()
    locations: dict[str, Location] = {}
    states = status.read(store).lanes
    if looked.most is not None:  # a long lane is not to use up what others need
        states = sorted((one for one in states if one.backlog), key=lambda one: one.backlog)
    for state in states:
        lane = Lane.parse(state.lane)
        every = looked.within(enumerate(all_entries(store, lane)), WAITING, state.backlog)
        for before, entry in every:
            if entry.contact in keys:
                locations[entry.id(lane)] = _waiting(state, entry, before, redis_clock.now(store))
    jobs = store.client.hlen(store.keys.jobs_body)
    for name, job in looked.within(_jobs(store), JOBS, jobs, MOST_JOBS):
        of_job = zip(job.messages.ids, job.messages.contacts, strict=True)
        ids = [message_id for message_id, other in of_job if other in keys]
        locations |= dict.fromkeys(ids, _confirming(store, name, job))
    parked = store.client.hscan_iter(store.keys.parked_body, count=PAGE)
    for message_id, body in looked.within(
        parked, PARKED, store.client.hlen(store.keys.parked_body)
    ):
        if _contact_of(body) in keys:
            locations[message_id.decode()] = _parked(store, message_id.decode(), body)
    for letter in _letters(store, looked):
        if letter.contact in keys:
            locations[letter.id] = _dead(letter)
    return locations


def _letters(store: Store, looked: Looked) -> Iterable[DeadLetter]:
    """The dead letters: all, or the last ones as far as the bound goes."""
    if looked.most is None:
        return dead_letters.find(store, Filter())
    ids: Any = store.client.zrevrange(store.keys.dead, 0, looked.most - 1)
    there_are = store.client.zcard(store.keys.dead)
    return looked.within(dead_letters.read(store, [id_.decode() for id_ in ids]), DEAD, there_are)


def outside(store: Store, message_id: str) -> Location | None:
    """The location outside the lanes: among the dead letters, or parked."""
    letter = dead_letters.show(store, message_id)
    if letter is not None:
        return _dead(letter)
    body: Any = store.client.hget(store.keys.parked_body, message_id)
    return None if body is None else _parked(store, message_id, body)


def _dead(letter: DeadLetter) -> Location:
    return Location(
        "dead",
        str(letter.lane),
        letter.died_at,
        reason=letter.reason,
        detail=letter.detail,
        history=letter.meta.history,
    )


def _contact_of(text: bytes) -> object:
    """The contact of a parked message; None where that cannot be read."""
    try:
        found = json.loads(text)["contact"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    return found if isinstance(found, str) else None


def _parked(store: Store, message_id: str, text: bytes) -> Location:
    until = store.client.zscore(store.keys.parked, parked_member(message_id))
    try:
        return _parked_until(None if until is None else int(until), json.loads(text))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return Location(
            "parked",
            str(parse(message_id)[0]),
            None if until is None else int(until),
            detail=f"{len(text):,} bytes are stored that are no message: a worker sets them aside",
        )


def _parked_until(until: int | None, body: dict[str, Any]) -> Location:
    return Location(
        "parked",
        body["lane"],
        until,
        reason=body["reason"],
        detail=body.get("detail", ""),
        history=Meta.from_json(body["meta"]).history if body["meta"] else [],
    )


def _new_in_lane(store: Store, lane: Lane, stream_id: str) -> Location | None:
    matches = entries(store.client.xrange(store.keys.stream(lane), stream_id, stream_id))
    return _in_lane(store, lane, matches[0]) if matches else None


def _returned(
    store: Store, message_id: str, first: Lane, stream_id: str, looked: Looked
) -> Location | None:
    """The location of a message that came back to a lane: its first one, or one after an edit."""
    for lane in lanes.known(store):
        if (lane.account, lane.operation) == (first.account, first.operation):
            behind, there_are = all_entries(store, lane, stream_id), _waiting_in(store, lane)
            for entry in looked.within(behind, WAITING, there_are):
                if entry.meta and entry.meta.id == message_id:
                    return _in_lane(store, lane, entry)
    return None


def _waiting_in(store: Store, lane: Lane) -> int:
    return int(store.client.xlen(store.keys.stream(lane)))


def _in_job(store: Store, message_id: str, looked: Looked) -> Location | None:
    there_are = store.client.hlen(store.keys.jobs_body)
    for name, job in looked.within(_jobs(store), JOBS, there_are, MOST_JOBS):
        if message_id in job.messages.ids:
            return _confirming(store, name, job)
    return None


def _jobs(store: Store) -> Iterator[tuple[str, Job]]:
    for name, body in store.client.hscan_iter(store.keys.jobs_body, count=10):
        try:
            job = Job.read(name.decode(), body)
        except UNREADABLE_JOB:
            continue
        yield name.decode(), job


def _confirming(store: Store, name: str, job: Job) -> Location:
    asked_at = store.client.zscore(store.keys.jobs, name)
    return Location("confirming", str(job.lane), None if asked_at is None else int(asked_at))


def _in_lane(store: Store, lane: Lane, entry: Entry) -> Location:
    states = status.read(store).lanes
    state = next(state for state in states if state.lane == str(lane))
    counted = islice(all_entries(store, lane), MOST_COUNTED + 1)
    before = sum(1 for _ in takewhile(lambda one: one.stream_id != entry.stream_id, counted))
    return _waiting(state, entry, before, redis_clock.now(store))


def _waiting(lane: LaneStatus, entry: Entry, before: int, now: int) -> Location:
    due = lane.due_seconds
    return Location(
        "waiting",
        lane.lane,
        None if due is None else now + round(due * 1000),
        before if before <= MOST_COUNTED else None,
        detail=_lane_detail(lane, before),
        history=entry.meta.history if entry.meta else [],
        is_new=entry.is_new,
    )


def _lane_detail(lane: LaneStatus, before: int) -> str:
    if lane.paused is not None:
        return f"held: {lane.paused} (batchline resume {lane.resume})"
    if before < lane.in_flight:
        return "is being sent"
    if lane.attempts and lane.last_error:
        return f"the destination has failed {lane.attempts} times in a row: {lane.last_error}"
    return ""
