"""What a batch sends, and in which order: its open messages, merged, as waves of requests."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from batchline.systems.columns import Item, Run
from batchline.systems.requests import Request
from batchline.worker.delivery import blame
from batchline.worker.delivery import ordering as orderings
from batchline.worker.delivery.aside import trial_half, trial_of, was_suspected
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
    #: The items that the witnesses are drawn from: nothing of their contacts is before them.
    others: Sequence[Item] = ()


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
    near = bisect_left(items.indexes, size)
    items, far = items[:near], items[near:]
    going, waiting = ordering.ready(items)
    for item, behind_others in waiting:
        ledger.apply(behind(item, behind_others))
    going, back = _apart(batch, going)
    merged = context.system.merge(rules.operation, going) if going else ()
    waves = deque(rules.plan(merged))
    last = _by_themselves(context, rules, batch, back)
    for part in last:
        waves.extend(rules.plan(part))
    if not suspicion.window:
        # Where nobody else is sent, a part of a trial has the others as its witnesses.
        first, rest = (last[0], list(chain.from_iterable(last[1:]))) if last else ([], [])
        others = [] if merged else list(_first_of_their_contacts(batch, ordering, first, rest))
        return _with_witnesses(Plan(ordering, waves, suspicion), rules, others)
    # The first wave waits for nobody of the batch: a witness of it passes no older message.
    free = [item for request in waves[0] for item in request.items] if waves else []
    # A merged item stays whole: of one that may have been taken, no part may come after the whole.
    trial = [item for item in merged if _is_tried(item, suspicion, items)]
    others = [item for item in free if not _is_tried(item, suspicion, items)]
    others += _first_of_their_contacts(batch, ordering, items, far)
    parts = [
        trial,
        *([item for item in part if _is_tried(item, suspicion, items)] for part in last),
    ]
    waves = deque(wave for part in parts if part for wave in rules.plan(part))
    return _with_witnesses(Plan(ordering, waves, suspicion), rules, others)


def _with_witnesses(plan: Plan, rules: Rules, others: Sequence[Item]) -> Plan:
    """The plan with a few of these items, drawn anew: those of the last batch may be guilty too."""
    places = sorted(random.sample(range(len(others)), min(blame.WITNESSES, len(others))))
    waves = [wave for place in places for wave in rules.plan([others[place]])]
    has_more = len(others) > len(places)
    return replace(plan, witnesses=waves, has_more_witnesses=has_more, others=others)


def _apart(batch: Batch, going: Sequence[Item]) -> tuple[Sequence[Item], list[Item]]:
    """The items without those that were set aside, which go last; and with them what follows them.

    A later item of the same contact must not pass one of those.
    """
    if not any(_was_aside(batch, index) for index in batch.metas):
        return going, []
    free: list[Item] = []
    back: list[Item] = []
    held: set[str] = set()
    for item in going:
        was_aside = _was_aside(batch, item.messages[0])
        if was_aside and item.contact:
            held.add(item.contact)
        (back if was_aside or item.contact in held else free).append(item)
    return free, back


def _was_aside(batch: Batch, index: int) -> bool:
    return was_suspected(batch, index) or bool(trial_of(batch, index))


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


def _by_themselves(
    context: AccountContext, rules: Rules, batch: Batch, back: Sequence[Item]
) -> list[Sequence[Item]]:
    """The parts that go last, each by itself: the halves of each trial, then one item at a time.

    Those are the items that were suspected, as they were merged then, and those that follow them.
    Whatever it was set aside for, an item follows older ones of its contact that go otherwise.
    """
    trials: dict[str, list[Item]] = {}
    suspected, followers = [], []
    #: Contact -> the trial of its items, "suspected", or "": they follow.
    ways: dict[str, str] = {}
    for item in back:
        index = item.messages[0]
        way = "suspected" if was_suspected(batch, index) else trial_of(batch, index)
        if item.contact and ways.setdefault(item.contact, way) != way:
            way = ways[item.contact] = ""
        if way == "suspected":
            suspected.append(item)
        elif way:
            trials.setdefault(way, []).append(item)
        else:
            followers.append(item)
    parts: list[Sequence[Item]] = []
    for trial in trials.values():
        merged = context.system.merge(rules.operation, trial)
        # Where one half has failed, the other comes alone: it is not cut again.
        size = trial_half(trial_of(batch, trial[0].messages[0]))
        parts += [merged[start : start + size] for start in range(0, len(merged), size)]
    merged = context.system.merge(rules.operation, suspected) if suspected else ()
    return [*parts, *([item] for item in (*merged, *followers))]


def _is_tried(item: Item, suspicion: Suspicion, items: Sequence[Item]) -> bool:
    """Whether the item is, or holds, one of the first open messages, which are on trial."""
    last = items[min(suspicion.trial, len(items)) - 1].messages[0]
    return item.messages[0] <= last
