"""A call past the lanes in the order of its contact: what it would pass, and its place.

The call waits for older messages of its contact, and older calls, or is refused. Then it counts as
the contact's newest message: an older one that is replayed from the dead letters is superseded, and
later ones go behind the call, as behind a change of address (`address_changes.py`), until it is
over. A lease bounds that: a caller that is killed holds nobody up for longer.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from batchline.producers.lanes import Lane, partition_of
from batchline.producers.settings import Settings
from batchline.systems import identities
from batchline.systems.message import Message
from batchline.worker.delivery import address_changes, superseded
from batchline.worker.store import clock, parking, suppression
from batchline.worker.store.message_ids import in_order
from batchline.worker.store.scripts import Argument, Script
from batchline.worker.store.store import Store

COUNT_WAITING = Script("count_waiting")
TAKE_PLACE = Script("take_place")
LEAVE_PLACE = Script("leave_place")
#: Entries of a lane that one call looks at: it blocks Redis for a few ms.
PAGE = 5000
#: Seconds that Redis is waited for: the caller waits for an API anyway.
REDIS_TIMEOUT = 5.0
#: Seconds by which the lease of a call outlives it. A call that stood still for half of them before
#: it was made takes a new place.
SLACK = 10.0
#: Seconds between two looks at the lane.
PAUSE = 0.2


class Place(NamedTuple):
    """The place of a call in the order of its lane, which it has until `leave_place`."""

    lane: Lane
    #: Its message id: no message has it.
    message_id: str
    #: Every key under which the contact may be known.
    contacts: Sequence[str]
    #: Slot of the table of `superseded.py` -> what it held before.
    slots: dict[int, str]
    #: `clock.seconds` at which the lease began.
    began: float


def take_turn(
    settings: Settings,
    lane: Lane,
    partitions: int,
    contacts: Sequence[str],
    lease: float,
    wait: float,
    even_if_behind: bool,
) -> Place | int:
    """Wait for older messages, then take the call's place: it is to be made now.

    `lane`: the contact's. `contacts`: every key under which the contact may be known. Later
    messages of the contact, and later calls, wait until `leave_place`, or for `lease` seconds and
    `SLACK`, for this caller may be killed. Returns how many messages still wait after `wait`
    seconds, where the call does not go ahead `even_if_behind`.
    """
    store = Store.open(settings, REDIS_TIMEOUT)
    ends = time.monotonic() + wait
    try:
        while True:
            waiting = 0 if even_if_behind else _wait(store, lane, partitions, contacts, ends)
            if waiting:
                return waiting
            place = _take_place(store, lane, partitions, contacts, lease + SLACK)
            # Between the last look and the place, older ones may have come.
            if not even_if_behind:
                waiting = _waiting(store, lane, partitions, contacts, place)
            if not waiting and clock.seconds() - place.began < SLACK / 2:
                return place
            _leave(store, place, undone=True)
    finally:
        _close(store)


def leave_place(settings: Settings, place: Place) -> None:
    """Let later messages of the contact go: the call has been answered, or was not sent."""
    store = Store.open(settings, REDIS_TIMEOUT)
    try:
        _leave(store, place, undone=False)
    finally:
        _close(store)


def _leave(store: Store, place: Place, *, undone: bool) -> None:
    keys = [
        store.keys.newest_sent(place.lane.account, place.lane.operation),
        store.keys.parked_blocking(place.lane.account),
        store.keys.calls,
    ]
    members = [f"{contact}\t{place.message_id}" for contact in place.contacts]
    number = str(superseded.number_of(place.message_id))
    before = place.slots if undone else {}
    LEAVE_PLACE(store, keys, [json.dumps(members), number, json.dumps(before)])


def _close(store: Store) -> None:
    store.connections.close()
    store.client.close()


def is_suppressed(settings: Settings, account: str, message: Message) -> bool:
    """Whether the message is about a contact of the suppression list."""
    store = Store.open(settings, REDIS_TIMEOUT)
    try:
        if not store.client.hexists(store.keys.clock, "listed"):
            return False
        own = identities.about(message.contact_key(), message.payload())
        return bool(suppression.check(store, own, account))
    finally:
        _close(store)


def _wait(store: Store, lane: Lane, partitions: int, contacts: Sequence[str], ends: float) -> int:
    """Wait for older messages until `time.monotonic` is `ends`; returns how many are left."""
    while True:
        waiting = _waiting(store, lane, partitions, contacts)
        left = ends - time.monotonic()
        if not waiting or left <= 0:
            return waiting
        time.sleep(min(PAUSE, left))


def _take_place(
    store: Store, lane: Lane, partitions: int, contacts: Sequence[str], lease: float
) -> Place:
    slots = sorted({superseded.slot_of(contact.encode()) for contact in contacts})
    numbers = {partition_of(contact, partitions) for contact in contacts} - {lane.partition}
    keys = [
        store.keys.newest_sent(lane.account, lane.operation),
        store.keys.parked_blocking(lane.account),
        store.keys.calls,
        store.keys.stream(lane),
        *(store.keys.stream(lane._replace(partition=number)) for number in sorted(numbers)),
    ]
    arguments: list[Argument] = [str(lane), superseded.EPOCH, superseded.PER_MILLI]
    arguments += [json.dumps(list(contacts)), json.dumps(slots), round(lease * 1000)]
    began = clock.seconds()
    stream_id, *before = (one.decode() for one in TAKE_PLACE(store, keys, arguments))
    held = dict(zip(slots, before, strict=True))
    return Place(lane, f"{lane}@{stream_id}", contacts, held, began)


def _waiting(
    store: Store,
    lane: Lane,
    partitions: int,
    contacts: Sequence[str],
    place: Place | None = None,
) -> int:
    """How many messages and calls of the contacts wait; with `place`: that are older than it."""

    def older(ids: Iterable[str]) -> list[str]:
        if place is None:
            return list(ids)
        return [one for one in ids if in_order(one) < in_order(place.message_id)]

    def in_parked() -> int:
        found = (older(_parked(store, lane, contact)) for contact in contacts)
        return sum(len(parking.parked_among(store, ids)) for ids in found)

    last = "+" if place is None else "(" + place.message_id.rpartition("@")[2]
    numbers = sorted({partition_of(contact, partitions) for contact in contacts})
    # A message moves both ways while this looks: twice is needed to see it.
    was_parked = in_parked()
    lanes = (lane._replace(partition=number) for number in numbers)
    in_lanes = sum(_in_lane(store, one, contacts, last) for one in lanes)
    parked = was_parked or in_parked()
    blocking = address_changes.blocking(store, lane, contacts)
    changes = address_changes.changes_among(store, lane, blocking)
    changes = address_changes.without_the_gone(store, lane, changes)
    # A call blocks under every key of its contact.
    others = set(older(one for ids in changes.values() for one in ids))
    return in_lanes + parked + len(others)


def _in_lane(store: Store, lane: Lane, contacts: Sequence[str], last: str) -> int:
    """The messages of these contacts in the lane, those that are being sent included."""
    total, after = 0, "-"
    while after:
        arguments: list[Argument] = [after, last, PAGE, json.dumps(contacts)]
        count, looked_at = COUNT_WAITING(store, [store.keys.stream(lane)], arguments)
        total, after = total + int(count), looked_at.decode()
    return total


def _parked(store: Store, lane: Lane, contact: str) -> list[str]:
    """Ids of the contact's messages that are parked in the lane, or were and are not settled."""
    start = f"[{contact}\t{lane.account}:{lane.operation}:"
    parked = store.keys.parked_by_contact(lane.account)
    members: list[Any] = store.client.zrangebylex(parked, start, start + "\x7f")
    return [member.decode().rpartition("\t")[2] for member in members]
