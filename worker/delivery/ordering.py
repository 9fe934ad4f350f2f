"""The order in a lane that carries several operations: which message waits behind which.

A parked message is out of its lane, and comes back to the lane's tail. The lane's own messages,
such as events that are added, may pass one another. But a message that shares the lane of another
operation, for the sake of order, passes no message of its contact, and none passes it: a deletion
must not reach the API before the event that it deletes, nor after an event added later. So

- a message that shares the lane goes behind every older message of its contact that is parked, or
  just back in the lane; and behind an open job that holds its contact, for the API has accepted
  the job and not done it yet;
- every message goes behind an older one of its contact that shares the lane and is parked or just
  back in it, and behind the messages that wait behind such a one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from batchline.producers.lanes import Lane
from batchline.systems.columns import Item, Run, contacts
from batchline.systems.planning import split
from batchline.systems.verdicts import Behind, ContactMissing, Suspected, Verdict
from batchline.worker.delivery import confirmations
from batchline.worker.store.lease import Lease
from batchline.worker.store.message_ids import in_order
from batchline.worker.store.store import Store


class Ordering:
    """Decides which items of a batch have to wait. It is asked about the items in their order."""

    def __init__(
        self,
        operation: str,
        message_ids: Callable[[Sequence[int]], list[str]],
        shared: bool,
        poll: float,
    ) -> None:
        """`operation`: the lane's. `shared`: whether the batch has messages of other operations.

        `poll`: seconds that an item waits behind a job before it is tried again.
        """
        self._operation = operation
        self._message_ids = message_ids
        self._shared = shared
        self._poll = poll
        #: Contact -> ids of its messages that are parked, or back in the lane and not settled yet.
        self.unsettled: dict[str, set[str]] = {}
        #: Contact -> ids of such messages that nothing later of the contact may pass.
        self.blocking: dict[str, set[str]] = {}
        #: Contacts in open jobs.
        self.in_jobs: set[str] = set()
        #: Ids of the batch's messages that were looked at and not parked: nothing waits for them.
        self._ahead: set[str] = set()

    def ready(self, items: Sequence[Item]) -> tuple[Sequence[Item], list[tuple[Item, Behind]]]:
        """The items that may go, and those that have to wait."""
        concerned = {*self.unsettled, *self.blocking, *self.in_jobs}
        if not concerned:
            return items, []
        keys = {contact.encode() for contact in concerned}
        if isinstance(items, Run):
            inside, outside = split(items, keys)
            free = list(outside)
        else:
            is_inside = [key in keys for key in contacts(items)]
            inside = [index for index, inside in enumerate(is_inside) if inside]
            free = [index for index, inside in enumerate(is_inside) if not inside]
        if not inside:
            return items, []
        waiting: list[tuple[Item, Behind]] = []
        for index in inside:
            item = items[index]
            behind = self.behind(item)
            if behind is None:
                free.append(index)
            else:
                self.park(item, behind)
                waiting.append((item, behind))
        free.sort()
        going = items.at(free) if isinstance(items, Run) else [items[index] for index in free]
        return going, waiting

    def behind(self, item: Item) -> Behind | None:
        """`Behind` when the item has to wait, else None.

        An item about no contact, or about many, never waits.
        """
        shares = item.operation != self._operation
        ids = self._message_ids(item.messages)
        others = (self.unsettled if shares else self.blocking).get(item.contact, set())
        last = max(map(in_order, ids))
        older = any(in_order(message_id) < last for message_id in others - self._ahead)
        self._ahead.update(ids)
        if item.contact and older:
            return Behind(0.0)
        return Behind(self._poll) if shares and item.contact in self.in_jobs else None

    def park(self, item: Item, verdict: Verdict | Behind) -> None:
        """Note that the item is parked, with this verdict (one of those that park)."""
        assert isinstance(verdict, ContactMissing | Suspected | Behind)
        blocks = not isinstance(verdict, ContactMissing) or item.operation != self._operation
        if not self._shared and not blocks:
            return  # nothing of this batch would wait for it
        ids = self._message_ids(item.messages)
        self._ahead.difference_update(ids)
        self.unsettled.setdefault(item.contact, set()).update(ids)
        if blocks:
            self.blocking.setdefault(item.contact, set()).update(ids)

    def accepted_as_job(self, items: Sequence[Item]) -> None:
        """Note that the API has accepted the items as a job, and will do them later."""
        if self._shared:
            self.in_jobs |= {key.decode() for key in contacts(items)}


def read(
    store: Store,
    lease: Lease,
    items: Sequence[Item],
    message_ids: Callable[[Sequence[int]], list[str]],
    poll: float,
) -> Ordering:
    """The ordering of these items: which of their contacts are parked, or in open jobs.

    It asks Redis only if an item shares the lane, or if a parked message blocks later ones. `poll`
    is in seconds.
    """
    lane = lease.lane
    sharing = _sharing(lane.operation, items)
    shared = {item.contact for item in sharing if item.contact}
    ordering = Ordering(lane.operation, message_ids, bool(sharing), poll)
    if shared:
        parked = store.keys.parked_by_contact(lane.account)
        ordering.unsettled = _members(store, parked, lane, shared)
        ordering.in_jobs = confirmations.open_contacts(store, lane)
    if lease.blocked:
        everybody = {key.decode() for key in contacts(items) if key}
        blocking = store.keys.parked_blocking(lane.account)
        ordering.blocking = _members(store, blocking, lane, everybody)
    return ordering


def _sharing(operation: str, items: Sequence[Item]) -> list[Item]:
    """The items of other operations than the lane's."""
    if isinstance(items, Run) and not any(b'"op":' in text for text in set(items.options())):
        return []
    return [item for item in items if item.operation != operation]


def _members(store: Store, key: str, lane: Lane, contacts: Collection[str]) -> dict[str, set[str]]:
    """Contact -> ids of its messages of this lane that are in the sorted set `key`."""
    asked = sorted(contacts)
    pipeline: Any = store.client.pipeline(transaction=False)
    for contact in asked:
        start = f"[{contact}\t{lane}@"
        pipeline.zrangebylex(key, start, start + "\x7f")
    answers: list[list[bytes]] = pipeline.execute()
    return {
        contact: {member.decode().rpartition("\t")[2] for member in members}
        for contact, members in zip(asked, answers, strict=True)
        if members
    }
