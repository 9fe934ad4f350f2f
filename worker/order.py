"""The order of a lane that carries several operations: who waits behind whom.

A message that is parked has left its lane, and what comes after it must not pass it. A message goes
behind the parked ones of its contact

- when it travels in another operation's lane: an update must not reach the API before the event
  that it updates, nor a deletion before an upsert whose job is still open there;
- when one of these waits behind already.

Events of one contact do not wait for each other.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import redis

from producers import lanes
from producers.lanes import Lane
from worker import jobs
from worker.lease import Lease
from worker.systems.base import Item
from worker.verdicts import Behind, ContactMissing, Verdict


@dataclass(slots=True)
class Order:
    """Contacts of a lane for which some messages have to wait."""

    lane: Lane
    #: Seconds after which it is looked again whether a job has ended.
    poll: float
    #: Contacts with a message that is parked.
    parked: set[str] = field(default_factory=set)
    #: Contacts with a message that waits behind another.
    behind: set[str] = field(default_factory=set)
    #: Contacts in open jobs.
    in_jobs: set[str] = field(default_factory=set)

    def verdict(self, item: Item) -> Behind | None:
        """`Behind` when the item has to wait. What is about nobody, or about many, never does."""
        contact = item.contact
        if not contact:
            return None
        if contact in self.behind:
            return Behind(0.0)
        if item.operation == self.lane.operation:
            return None
        if contact in self.parked:
            return Behind(0.0)
        return Behind(self.poll) if contact in self.in_jobs else None

    def note(self, contact: str, verdict: Verdict | Behind) -> None:
        """A message of the contact got this verdict."""
        if isinstance(verdict, Behind):
            self.behind.add(contact)
        elif isinstance(verdict, ContactMissing):
            self.parked.add(contact)

    def is_free(self) -> bool:
        """Whether nothing can have to wait."""
        return not (self.parked or self.behind or self.in_jobs)


def read(client: redis.Redis, lease: Lease, items: Sequence[Item], poll: float) -> Order:
    """What of these items' contacts is parked or in open jobs. Nothing is asked in a lane that
    carries one operation only."""
    lane = lease.lane
    order = Order(lane, poll)
    guests = {item.contact for item in items if item.operation != lane.operation and item.contact}
    if guests:
        order.parked = _parked(client, lanes.parked_by_contact(lane.account), lane, guests)
        order.in_jobs = jobs.open_contacts(client, lane)
    if lease.behind:
        everybody = {item.contact for item in items if item.contact}
        order.behind = _parked(client, lanes.parked_behind(lane.account), lane, everybody)
    return order


def _parked(client: redis.Redis, key: str, lane: Lane, contacts: Collection[str]) -> set[str]:
    """The contacts that have a message of this lane in a set of parked ones."""
    asked = sorted(contacts)
    pipeline: Any = client.pipeline(transaction=False)
    for contact in asked:
        start = f"[{contact}\t{lane}@"
        pipeline.zrangebylex(key, start, start + "\x7f", start=0, num=1)
    found: list[list[bytes]] = pipeline.execute()
    return {contact for contact, members in zip(asked, found, strict=True) if members}
