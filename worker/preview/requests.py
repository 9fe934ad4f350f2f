"""What would go out: the requests that a worker would make of messages, without sending any.

Pure: it merges, plans and builds requests as `delivery` does, over batches cut as they would be
from lanes that hold nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from batchline.producers.enqueue import Outgoing
from batchline.producers.lanes import Lane
from batchline.producers.settings import Settings
from batchline.systems.registry import systems
from batchline.systems.requests import HttpCall
from batchline.worker.dead_letters.edit import as_enqueued
from batchline.worker.delivery.batch import item_of
from batchline.worker.preview.masking import masked_call
from batchline.worker.store.lease import Entry


@dataclass(frozen=True, slots=True)
class Previewed:
    """One request, its secrets masked, and how many messages it stands for."""

    lane: Lane
    operation: str
    messages: int
    call: HttpCall


def preview(outgoing: Sequence[Outgoing], settings: Settings, now: float) -> Iterator[Previewed]:
    """The requests, lane by lane in the order they would go; `now` in UNIX seconds."""
    lanes: dict[Lane, list[Entry]] = {}
    for one in outgoing:
        stored = as_enqueued(one.message, one.account, settings)
        entry = Entry("", stored.contact, stored.options, stored.payload.encode(), None)
        lanes.setdefault(stored.lane, []).append(entry)
    for lane, entries in lanes.items():
        size = settings.account(lane.account).operation(lane.operation).batch_size
        for start in range(0, len(entries), size):
            yield from _batch(lane, entries[start : start + size], settings, now)


def _batch(
    lane: Lane, batch: Sequence[Entry], settings: Settings, now: float
) -> Iterator[Previewed]:
    account = settings.account(lane.account)
    system, operation = systems()[account.system].adapter, account.operation(lane.operation)
    items = [item_of(lane, entry, index) for index, entry in enumerate(batch)]
    merged = system.merge(lane.operation, items)
    for wave in system.plan(merged, lane.operation, operation, account):
        for request in wave:
            messages = sum(len(item.messages) for item in request.items)
            call = masked_call(system, request, account, now)
            yield Previewed(lane, request.operation, messages, call)
