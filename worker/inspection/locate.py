"""Where messages are now: in a lane, parked, in an open job, or among the dead letters."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import redis

from batchline.producers import lanes
from batchline.producers.lanes import Lane
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.dead_letters.filter import Filter
from batchline.worker.dead_letters.store import DeadLetter
from batchline.worker.delivery.confirmations import Job
from batchline.worker.inspection import status
from batchline.worker.inspection.status import LaneStatus
from batchline.worker.store.lease import Entry, entries
from batchline.worker.store.message_ids import parse
from batchline.worker.store.parking import Meta

#: Entries of a lane read in one call.
PAGE = 1000
#: Messages before one in its lane that are counted.
MOST_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Location:
    """Where a message is, and what happens to it next."""

    state: Literal["waiting", "parked", "confirming", "dead", "gone"]
    lane: str = ""
    #: UNIX ms: the lane is due, it leaves parking, its job is asked about; it died.
    at: int | None = None
    #: Messages before it in its lane; None for more than `MOST_COUNTED`.
    before: int | None = None
    #: Why it is parked or dead.
    reason: str = ""
    #: The API's words, or what the lane waits for.
    detail: str = ""
    #: What befell it before: [UNIX ms, words].
    history: list[tuple[int, str]] = field(default_factory=list)
    #: Whether it waits in the lane for the first time.
    is_new: bool = False


GONE = Location("gone")


def find(client: redis.Redis, message_id: str) -> Location:
    """The message's place; `GONE` when it is in none. ValueError for what is no message id."""
    lane, stream_id = parse(message_id)
    # Outside twice: it may have gone there from the lane while that was searched.
    return (
        _outside(client, message_id)
        or _new_in_lane(client, lane, stream_id)
        or _returned(client, message_id, lane, stream_id)
        or _in_job(client, message_id)
        or _outside(client, message_id)
        or GONE
    )


def of_contact(client: redis.Redis, contact: str) -> dict[str, Location]:
    """The messages about a contact (its key as stored) that are somewhere, by their ids."""
    found: dict[str, Location] = {}
    states = {lane.lane: lane for lane in status.read(client).lanes}
    for name, state in states.items():
        lane = Lane.parse(name)
        for before, entry in enumerate(_read(client, lane, "-")):
            if entry.contact == contact:
                found[entry.id(lane)] = _waiting(state, entry, before)
    for name, job in _jobs(client):
        ids = [letter.id for letter in job.letters if letter.contact == contact]
        found |= dict.fromkeys(ids, _confirming(client, name, job))
    for message_id, body in client.hscan_iter(lanes.PARKED_BODY, count=PAGE):
        if json.loads(body)["contact"] == contact:
            found[message_id.decode()] = _parked(client, message_id.decode(), body)
    for letter in dead_letters.find(client, Filter(contact=contact)):
        found[letter.id] = _dead(letter)
    return found


def _outside(client: redis.Redis, message_id: str) -> Location | None:
    letter = dead_letters.show(client, message_id)
    if letter is not None:
        return _dead(letter)
    body: Any = client.hget(lanes.PARKED_BODY, message_id)
    return None if body is None else _parked(client, message_id, body)


def _dead(letter: DeadLetter) -> Location:
    return Location(
        "dead",
        str(letter.lane),
        letter.died_at,
        reason=letter.reason,
        detail=letter.detail,
        history=letter.meta.history,
    )


def _parked(client: redis.Redis, message_id: str, text: bytes) -> Location:
    body = json.loads(text)
    until = client.zscore(lanes.PARKED, message_id)
    return Location(
        "parked",
        body["lane"],
        None if until is None else int(until),
        reason=body["reason"],
        detail=body.get("detail", ""),
        history=Meta.from_json(body["meta"]).history,
    )


def _new_in_lane(client: redis.Redis, lane: Lane, stream_id: str) -> Location | None:
    found = entries(client.xrange(lane.stream, stream_id, stream_id))
    return _in_lane(client, lane, found[0]) if found else None


def _returned(client: redis.Redis, message_id: str, first: Lane, stream_id: str) -> Location | None:
    """In a lane again, behind its first place: in the first lane, or where an edit has moved it."""
    members: Any = client.smembers(lanes.LANES)
    for lane in map(Lane.parse, sorted(name.decode() for name in members)):
        if (lane.account, lane.operation) == (first.account, first.operation):
            for entry in _read(client, lane, f"({stream_id}"):
                if entry.meta and entry.meta.id == message_id:
                    return _in_lane(client, lane, entry)
    return None


def _in_job(client: redis.Redis, message_id: str) -> Location | None:
    for name, job in _jobs(client):
        if any(letter.id == message_id for letter in job.letters):
            return _confirming(client, name, job)
    return None


def _jobs(client: redis.Redis) -> Iterator[tuple[str, Job]]:
    for name, body in client.hscan_iter(lanes.JOBS_BODY, count=10):
        yield name.decode(), Job.from_json(name.decode(), body)


def _confirming(client: redis.Redis, name: str, job: Job) -> Location:
    asked_at = client.zscore(lanes.JOBS, name)
    return Location("confirming", str(job.lane), None if asked_at is None else int(asked_at))


def _in_lane(client: redis.Redis, lane: Lane, entry: Entry) -> Location:
    state = next(one for one in status.read(client).lanes if one.lane == str(lane))
    ahead: Any = client.xrange(lane.stream, "-", f"({entry.stream_id}", MOST_COUNTED + 1)
    return _waiting(state, entry, len(ahead))


def _waiting(lane: LaneStatus, entry: Entry, before: int) -> Location:
    due = lane.due_seconds
    return Location(
        "waiting",
        lane.lane,
        None if due is None else round((time.time() + due) * 1000),
        before if before <= MOST_COUNTED else None,
        detail=_lane_detail(lane, before),
        history=entry.meta.history if entry.meta else [],
        is_new=entry.meta is None,
    )


def _lane_detail(lane: LaneStatus, before: int) -> str:
    if lane.paused is not None:
        return f"held: {lane.paused} (batchline resume {lane.resume})"
    if before < lane.in_flight:
        return "is being sent"
    if lane.attempts and lane.last_error:
        return f"the destination has failed {lane.attempts} times in a row: {lane.last_error}"
    return ""


def _read(client: redis.Redis, lane: Lane, start: str) -> Iterator[Entry]:
    while page := entries(client.xrange(lane.stream, start, "+", PAGE)):
        yield from page
        start = f"({page[-1].stream_id}"
