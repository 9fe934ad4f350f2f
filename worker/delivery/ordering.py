"""The order in a lane that carries several operations: which message waits behind which.

A parked message is out of its lane, and comes back to the lane's tail. The lane's own messages,
such as events that are added, may pass one another. But a message that shares the lane of another
operation, for the sake of order, passes no message of its contact, and none passes it: a deletion
must not reach the API before the event that it deletes, nor after an event added later. So

- a message that shares the lane goes behind every older message of its contact that is parked, or
  just back in the lane; and behind an open job that holds its contact, for the API has accepted
  the job and not done it yet;
- every message goes behind an older one of its contact that shares the lane and is parked or just
  back in it, and behind the messages that wait behind such a one;
- a message that gives its contact another key, and the messages about that key, keep their order
  over their lanes (`address_changes.py`);
- every message goes behind a call past the lane of its contact (`ahead.py`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence

from batchline.producers.lanes import partition_of
from batchline.systems.columns import Item, Run, contacts
from batchline.systems.planning import split
from batchline.systems.verdicts import Behind, ContactMissing, OnTrial, Suspected, Unshown, Verdict
from batchline.worker.delivery import address_changes, confirmations
from batchline.worker.delivery.address_changes import PAUSE
from batchline.worker.delivery.context import AccountContext
from batchline.worker.store.batch import Batch
from batchline.worker.store.lease import Lease
from batchline.worker.store.message_ids import in_order


class Ordering:
    """Decides which items of a batch have to wait. It is asked about the items in their order."""

    def __init__(
        self,
        operation: str,
        message_ids: Callable[[Sequence[int]], list[str]],
        shared: bool,
        poll: float,
        next_contacts: Mapping[int, str],
    ) -> None:
        """`operation`: the lane's. `shared`: whether the batch has messages of other operations.

        `poll`: seconds that an item waits behind a job before it is tried again. `next_contacts`:
        messages of the batch that give their contact another key, and that key.
        """
        self._operation = operation
        self._message_ids = message_ids
        self._shared = shared
        self._poll = poll
        self._next = next_contacts
        #: Contact -> ids of its messages that are parked, or back in the lane and not settled yet.
        self.unsettled: dict[str, set[str]] = {}
        #: Contact -> ids of such messages that nothing later of the contact may pass.
        self.blocking: dict[str, set[str]] = {}
        #: Contact -> ids of the messages among these that will give a contact this key.
        self.changes: dict[str, set[str]] = {}
        #: Messages that have to wait for older ones in another lane, about their next key.
        self.behind_others: set[int] = set()
        #: Contacts in open jobs.
        self.in_jobs: set[str] = set()
        #: Ids of the batch's messages that were looked at and not parked: nothing waits for them.
        self._ahead: set[str] = set()
        #: Contact, and whether all of its unsettled messages count or the blocking ones -> these
        #: in their order.
        self._in_order: dict[tuple[str, bool], list[tuple[tuple[int, int], str]]] = {}

    def ready(self, items: Sequence[Item]) -> tuple[Sequence[Item], list[tuple[Item, Behind]]]:
        """The items that may go, and those that have to wait."""
        concerned = {*self.unsettled, *self.blocking, *self.in_jobs}
        if not concerned and not self.behind_others:
            return items, []
        concerned |= self._changed_among(items)
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
        if any(index in self.behind_others for index in item.messages):
            return Behind(PAUSE)
        shares = item.operation != self._operation
        ids = self._message_ids(item.messages)
        last = max(map(in_order, ids))
        waits = [self._older(contact, shares, last) for contact in self.contacts_of(item)]
        self._ahead.update(ids)
        seconds = max((wait for wait in waits if wait is not None), default=None)
        if seconds is not None:
            self._ahead.difference_update(ids)
            return Behind(seconds)
        return Behind(self._poll) if shares and item.contact in self.in_jobs else None

    def contacts_of(self, item: Item) -> list[str]:
        """The keys of the item's contact: the one it has, and those that the item gives it."""
        contacts = [item.contact, *(self._next[n] for n in item.messages if n in self._next)]
        return [contact for contact in contacts if contact]

    def _older(self, contact: str, shares: bool, last: tuple[int, int]) -> float | None:
        """Seconds to wait behind older unsettled messages of the contact; None: there are none."""
        changes, found = self.changes.get(contact, ()), False
        for order, one in self._others(contact, shares):
            if order >= last:
                break
            if one in self._ahead:
                continue
            if one not in changes:
                return 0.0
            found = True
        return PAUSE if found else None

    def _others(self, contact: str, shares: bool) -> list[tuple[tuple[int, int], str]]:
        """The contact's unsettled messages that may have to go first; thousands may wait."""
        known = self._in_order.get((contact, shares))
        if known is None:
            ids = self.blocking.get(contact, set())
            if shares:
                ids = ids | self.unsettled.get(contact, set())
            known = self._in_order[contact, shares] = sorted((in_order(one), one) for one in ids)
        return known

    def _changed_among(self, items: Sequence[Item]) -> set[str]:
        """The contacts of these items that will have another key."""
        if not self._next:
            return set()
        changed = [item for item in items if not self._next.keys().isdisjoint(item.messages)]
        return {item.contact for item in changed}

    def park(self, item: Item, verdict: Verdict | Behind) -> None:
        """Note that the item is parked, with this verdict (one of those that park)."""
        assert isinstance(verdict, ContactMissing | Unshown | Suspected | OnTrial | Behind)
        waits = isinstance(verdict, ContactMissing | Unshown)
        blocks = not waits or item.operation != self._operation
        if not self._shared and not blocks:
            return  # nothing of this batch would wait for it
        ids = self._message_ids(item.messages)
        self._ahead.difference_update(ids)
        self.unsettled.setdefault(item.contact, set()).update(ids)
        self._insert(item.contact, True, ids)
        if blocks:
            self.blocking.setdefault(item.contact, set()).update(ids)
            self._insert(item.contact, False, ids)

    def _insert(self, contact: str, shares: bool, ids: Sequence[str]) -> None:
        known = self._in_order.get((contact, shares))
        if known is None:
            return
        for one in ids:
            entry = (in_order(one), one)
            place = bisect_left(known, entry)
            if known[place : place + 1] != [entry]:
                known.insert(place, entry)

    def accepted_as_job(self, items: Sequence[Item]) -> None:
        """Note that the API has accepted the items as a job, and will do them later."""
        if self._shared:
            self.in_jobs |= {key.decode() for key in contacts(items)}


def read(
    context: AccountContext, lease: Lease, batch: Batch, items: Sequence[Item], poll: float
) -> Ordering:
    """The ordering of these items: which of their contacts are parked, or in open jobs.

    It asks Redis only if an item shares the lane, if a parked message blocks later ones, or if
    messages of other partitions or calls past the lane may. `poll` is in seconds.
    """
    lane, store = lease.lane, context.store
    sharing = _sharing(lane.operation, items)
    shared = {item.contact for item in sharing if item.contact}
    find_next = context.account.known_operations[lane.operation].next_contacts
    partitions = context.account.operation(lane.operation).partitions
    nexts = find_next(batch.columns.payloads) if find_next is not None else {}
    ordering = Ordering(lane.operation, batch.message_ids, bool(sharing), poll, nexts)
    if shared:
        parked = store.keys.parked_by_contact(lane.account)
        ordering.unsettled = address_changes.members(store, parked, f"{lane}@", shared)
        ordering.in_jobs = confirmations.open_contacts(context, lane, shared, find_next)
    blocked = lease.blocked
    if find_next is not None:
        # The lease says what was so before the head was read: the head may be newer, and behind a
        # change of address in another partition, or a call past the lane.
        blocked = bool(store.client.zcard(store.keys.parked_blocking(lane.account)))
    if blocked:
        everybody = {key.decode() for key in contacts(items) if key} | set(nexts.values())
        ordering.blocking = address_changes.blocking(store, lane, everybody)
        found = address_changes.changes_among(store, lane, ordering.blocking)
        ordering.changes = address_changes.without_the_gone(store, lane, found)
        for contact, ids in found.items():
            ordering.blocking[contact] -= ids - ordering.changes.get(contact, set())
    for index, contact in nexts.items():
        if partition_of(contact, partitions) != lane.partition:
            (message_id,) = batch.message_ids([index])
            if address_changes.has_older(store, lane, partitions, contact, message_id):
                ordering.behind_others.add(index)
    return ordering


def _sharing(operation: str, items: Sequence[Item]) -> list[Item]:
    """The items of other operations than the lane's."""
    if isinstance(items, Run) and not any(b'"op":' in text for text in set(items.options())):
        return []
    return [item for item in items if item.operation != operation]
