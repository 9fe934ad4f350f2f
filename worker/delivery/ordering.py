"""The order of a lane that carries several operations: who waits behind whom.

A message that is parked has left its lane, and comes back to its tail. The lane's own messages,
such as events that are added, may pass one another. But a guest, which travels in another
operation's lane for the sake of order, passes nothing of its contact and is passed by nothing: a
deletion must not reach the API before the event that it deletes, nor after one added later. So

- a guest goes behind what is older, of its contact, and parked or just back in the lane; and behind
  an open job with its contact, for what the API has accepted there is not done yet;
- every message goes behind an older guest that waits so, and behind what waits for one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import redis

from batchline.producers import lanes
from batchline.producers.lanes import Lane
from batchline.systems.columns import Item
from batchline.systems.verdicts import Behind, ContactMissing
from batchline.worker.delivery import confirmations as jobs
from batchline.worker.store.lease import Lease
from batchline.worker.store.message_ids import in_order


def shares_lane(operation: str, lane: Lane) -> bool:
    """Whether the operation travels in a lane that is not its own."""
    return operation != lane.operation


@dataclass(slots=True)
class Order:
    """Who of a batch has to wait."""

    lane: Lane
    #: Seconds after which it is looked again whether a job has ended.
    poll: float = 0.0
    #: Contact -> ids of its messages that are parked, or back in the lane and not settled yet.
    unsettled: dict[str, set[str]] = field(default_factory=dict)
    #: The same, of those that nothing later may pass.
    blocking: dict[str, set[str]] = field(default_factory=dict)
    #: Contacts in open jobs.
    in_jobs: set[str] = field(default_factory=set)
    #: Ids of the batch's messages that were looked at, and are not parked: they go first.
    _ahead: set[str] = field(default_factory=set)

    def is_free(self) -> bool:
        """Whether nothing can have to wait."""
        return not (self.unsettled or self.blocking or self.in_jobs)

    def verdict(self, item: Item, ids: Sequence[str]) -> Behind | None:
        """`Behind` when the item, which stands for the messages `ids`, has to wait.

        To be asked of the batch's items in their order. What is about nobody, or about many,
        never waits.
        """
        contact, guest = item.contact, shares_lane(item.operation, self.lane)
        others = (self.unsettled if guest else self.blocking).get(contact, set()) - self._ahead
        last = max(map(in_order, ids))
        self._ahead.update(ids)
        if contact and any(in_order(one) < last for one in others):
            return Behind(0.0)
        return Behind(self.poll) if guest and contact in self.in_jobs else None

    def note(self, item: Item, ids: Sequence[str], verdict: ContactMissing | Behind) -> None:
        """The item is parked, with this verdict."""
        self._ahead.difference_update(ids)
        self.unsettled.setdefault(item.contact, set()).update(ids)
        if isinstance(verdict, Behind) or shares_lane(item.operation, self.lane):
            self.blocking.setdefault(item.contact, set()).update(ids)


def read(client: redis.Redis, lease: Lease, items: Sequence[Item], poll: float) -> Order:
    """What of these items' contacts is parked or in open jobs; nothing is asked where there are no
    guests."""
    lane = lease.lane
    order = Order(lane, poll)
    guests = {item.contact for item in items if item.contact and shares_lane(item.operation, lane)}
    if guests:
        order.unsettled = _members(client, lanes.parked_by_contact(lane.account), lane, guests)
        order.in_jobs = jobs.open_contacts(client, lane)
    if lease.blocked:
        everybody = {item.contact for item in items if item.contact}
        order.blocking = _members(client, lanes.parked_blocking(lane.account), lane, everybody)
    return order


def _members(
    client: redis.Redis, key: str, lane: Lane, contacts: Collection[str]
) -> dict[str, set[str]]:
    """Contact -> the ids of this lane's messages that a set of parked ones has of it."""
    asked = sorted(contacts)
    pipeline: Any = client.pipeline(transaction=False)
    for contact in asked:
        start = f"[{contact}\t{lane}@"
        pipeline.zrangebylex(key, start, start + "\x7f")
    found: list[list[bytes]] = pipeline.execute()
    return {
        contact: {member.decode().rpartition("\t")[2] for member in members}
        for contact, members in zip(asked, found, strict=True)
        if members
    }
