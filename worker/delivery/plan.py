"""What a batch sends, and in which order: its open messages, merged, as waves of requests."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from batchline.systems.columns import Item, Run
from batchline.systems.requests import Request
from batchline.systems.verdicts import Suspected
from batchline.worker.delivery import blame
from batchline.worker.delivery import ordering as orderings
from batchline.worker.delivery.context import AccountContext
from batchline.worker.delivery.interpret import Rules, behind
from batchline.worker.delivery.ledger import Ledger
from batchline.worker.delivery.ordering import Ordering
from batchline.worker.delivery.questions import Parked
from batchline.worker.store.batch import Batch
from batchline.worker.store.lease import Lease, Suspicion


@dataclass(frozen=True, slots=True)
class Plan:
    """What a batch sends."""

    #: The order that the messages have to keep.
    ordering: Ordering
    waves: deque[list[Request]]
    #: Who is under suspicion: if somebody is, the waves hold the trial alone.
    suspicion: Suspicion
    #: Waves of one item each, to be sent if the trial fails (`blame.py`).
    witnesses: Sequence[list[Request]] = ()
    #: Whether there are more witnesses than these; else the same may be guilty batch after batch.
    has_more_witnesses: bool = False


def make_plan(
    context: AccountContext,
    lease: Lease,
    batch: Batch,
    ledger: Ledger,
    rules: Rules,
    size: int,
    parked: Parked,
) -> Plan:
    """The open messages as waves of requests; those behind the first `size` are witnesses only.

    `parked`: items that the batch has parked already.
    """
    suspicion = lease.suspicion
    items = Run(batch.columns, ledger.open() if ledger.stop is None else ())
    poll = context.account.jobs.poll
    ordering = orderings.read(context, lease, batch, items, poll)
    for item, verdict in parked:
        ordering.park(item, verdict)
    if suspicion.guilty and items and items[0].messages[0] == 0:
        verdict = Suspected(suspicion.guilty)
        ordering.park(items[0], verdict)
        ledger.settle((0,), verdict)
        items = items[1:]
    if suspicion.guilty and ledger.stop is None:
        suspicion = Suspicion(others_passed=True)
    near = bisect_left(items.indexes, size)
    items, far = items[:near], items[near:]
    going, waiting = ordering.ready(items)
    for item, behind_others in waiting:
        ledger.apply(behind(item, behind_others))
    going, back = _apart(batch, going)
    merged = context.system.merge(rules.operation, going) if going else ()
    waves = deque(rules.plan(merged))
    last = _one_by_one(context, rules, batch, back)
    for item in last:
        waves.extend(rules.plan([item]))
    if not suspicion.window:
        return Plan(ordering, waves, suspicion)
    # The first wave waits for nobody of the batch: a witness of it passes no older message.
    free = [item for request in waves[0] for item in request.items] if waves else []
    # A merged item stays whole: of one that may have been taken, no part may come after the whole.
    trial = [item for item in merged if _is_tried(item, suspicion, items)]
    others = [item for item in free if not _is_tried(item, suspicion, items)]
    others += _first_of_their_contacts(batch, ordering, items, far)
    witnesses = _witnesses(others)
    tried_alone = [item for item in last if _is_tried(item, suspicion, items)]
    return Plan(
        ordering,
        deque([*rules.plan(trial), *(wave for item in tried_alone for wave in rules.plan([item]))]),
        suspicion,
        [wave for item in witnesses for wave in rules.plan([item])],
        len(others) > len(witnesses),
    )


def _apart(batch: Batch, going: Sequence[Item]) -> tuple[Sequence[Item], list[Item]]:
    """The items without those that were suspected, which go last; and with them what follows them.

    A later item of the same contact must not pass a suspected one.
    """
    if not any(was_suspected(batch, index) for index in batch.metas):
        return going, []
    free: list[Item] = []
    back: list[Item] = []
    held: set[str] = set()
    for item in going:
        is_suspected = was_suspected(batch, item.messages[0])
        if is_suspected and item.contact:
            held.add(item.contact)
        (back if is_suspected or item.contact in held else free).append(item)
    return free, back


def _first_of_their_contacts(
    batch: Batch, ordering: Ordering, items: Sequence[Item], far: Sequence[Item]
) -> Iterator[Item]:
    """The far items before which nothing of their contact waits, and that were not suspected."""
    seen = {contact for item in items for contact in ordering.contacts_of(item)} if far else set()
    for item in far:
        contacts = ordering.contacts_of(item)
        if seen.isdisjoint(contacts) and not was_suspected(batch, item.messages[0]):
            yield item
        seen.update(contacts)


def _one_by_one(
    context: AccountContext, rules: Rules, batch: Batch, back: Sequence[Item]
) -> list[Item]:
    """The items that go last, each by itself: those that were suspected, as they were merged then.

    Behind them go those that follow them.
    """
    suspected = [item for item in back if was_suspected(batch, item.messages[0])]
    followers = [item for item in back if not was_suspected(batch, item.messages[0])]
    merged = context.system.merge(rules.operation, suspected) if suspected else ()
    return [*merged, *followers]


def _is_tried(item: Item, suspicion: Suspicion, items: Sequence[Item]) -> bool:
    """Whether the item is, or holds, one of the first open messages, which are on trial."""
    last = items[min(suspicion.trial, len(items)) - 1].messages[0]
    return item.messages[0] <= last


def _witnesses(free: Sequence[Item]) -> list[Item]:
    """A few items, drawn anew for each batch: those of the last may be guilty too."""
    places = sorted(random.sample(range(len(free)), min(blame.WITNESSES, len(free))))
    return [free[place] for place in places]


def was_suspected(batch: Batch, index: int) -> bool:
    meta = batch.metas.get(index)
    return meta is not None and meta.suspected > 0
