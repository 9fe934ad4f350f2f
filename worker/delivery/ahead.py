"""A call past the lanes in the order of its contact: what it would pass, and its place.

The call waits for older messages of its contact, or is refused. Then it counts as the contact's
newest message: an older one that is replayed from the dead letters is superseded.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any

from batchline.producers.lanes import Lane, partition_of
from batchline.producers.settings import Settings
from batchline.systems import identities
from batchline.systems.message import Message
from batchline.worker.delivery import address_changes, superseded
from batchline.worker.store import parking, suppression
from batchline.worker.store.scripts import Argument, Script
from batchline.worker.store.store import Store

COUNT_WAITING = Script("count_waiting")
TAKE_PLACE = Script("take_place")
#: Entries of a lane that one call looks at: it blocks Redis for a few ms.
PAGE = 5000
#: Seconds that Redis is waited for: the caller waits for an API anyway.
REDIS_TIMEOUT = 5.0
#: Seconds between two looks at the lane.
PAUSE = 0.2


def take_turn(
    settings: Settings,
    lane: Lane,
    partitions: int,
    contacts: Sequence[str],
    wait: float,
    even_if_behind: bool,
) -> int:
    """Wait for older messages, then take the call's place: it is to be made now.

    `lane`: the contact's. `contacts`: every key under which the contact may be known. Returns how
    many messages still wait after `wait` seconds: then the place is taken only if the call goes
    ahead `even_if_behind`, and the number is 0.
    """
    store = Store.open(settings, REDIS_TIMEOUT)
    try:
        waiting = 0 if even_if_behind else _wait(store, lane, partitions, contacts, wait)
        if not waiting:
            _take_place(store, lane, contacts)
        return waiting
    finally:
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
        store.connections.close()
        store.client.close()


def _wait(
    store: Store, lane: Lane, partitions: int, contacts: Sequence[str], seconds: float
) -> int:
    ends = time.monotonic() + seconds
    while True:
        waiting = _waiting(store, lane, partitions, contacts)
        left = ends - time.monotonic()
        if not waiting or left <= 0:
            return waiting
        time.sleep(min(PAUSE, left))


def _take_place(store: Store, lane: Lane, contacts: Sequence[str]) -> None:
    slots = sorted({superseded.slot_of(contact.encode()) for contact in contacts})
    keys = [store.keys.stream(lane), store.keys.newest_sent(lane.account, lane.operation)]
    arguments: list[Argument] = [superseded.EPOCH, superseded.PER_MILLI, json.dumps(slots)]
    TAKE_PLACE(store, keys, arguments)


def _waiting(store: Store, lane: Lane, partitions: int, contacts: Sequence[str]) -> int:
    numbers = sorted({partition_of(contact, partitions) for contact in contacts})
    # A message moves both ways while this looks: twice is needed to see it.
    was_parked = sum(_parked(store, lane, contact) for contact in contacts)
    in_lanes = sum(_in_lane(store, lane._replace(partition=number), contacts) for number in numbers)
    parked = was_parked or sum(_parked(store, lane, contact) for contact in contacts)
    blocking = address_changes.blocking(store, lane, contacts)
    changes = address_changes.changes_among(store, lane, blocking)
    changes = address_changes.without_the_gone(store, lane, changes)
    return in_lanes + parked + sum(map(len, changes.values()))


def _in_lane(store: Store, lane: Lane, contacts: Sequence[str]) -> int:
    """The messages of these contacts in the lane, those that are being sent included."""
    total, after = 0, "-"
    while after:
        arguments: list[Argument] = [after, PAGE, json.dumps(contacts)]
        count, last = COUNT_WAITING(store, [store.keys.stream(lane)], arguments)
        total, after = total + int(count), last.decode()
    return total


def _parked(store: Store, lane: Lane, contact: str) -> int:
    """The messages of the contact that are parked in the lane."""
    keys, client = store.keys, store.client
    start = f"[{contact}\t{lane.account}:{lane.operation}:"
    parked = keys.parked_by_contact(lane.account)
    members: list[Any] = client.zrangebylex(parked, start, start + "\x7f")
    ids = [member.decode().rpartition("\t")[2] for member in members]
    return len(parking.parked_among(store, ids))
