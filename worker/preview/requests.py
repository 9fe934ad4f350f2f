"""The requests that a worker would make of messages; none is sent. Pure.

Messages are merged, planned and made into requests as `delivery` does it, in batches of lanes that
hold nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from batchline.producers.enqueue import Stored, Target
from batchline.producers.lanes import Lane
from batchline.producers.outgoing import Copy
from batchline.producers.settings import Settings
from batchline.systems.columns import Columns, messages
from batchline.systems.registry import systems
from batchline.systems.requests import HttpCall
from batchline.worker.preview.masking import masked_call


@dataclass(frozen=True, slots=True)
class Previewed:
    """One request, its secrets masked, and how many messages it stands for."""

    lane: Lane
    operation: str
    messages: int
    call: HttpCall


def preview(copies: Sequence[Copy], settings: Settings, now: float) -> Iterator[Previewed]:
    """The requests, lane by lane, in the order in which they would go; `now` in UNIX seconds."""
    lanes: dict[Lane, list[Stored]] = {}
    for out in copies:
        stored = Target.of(out.message, out.account, settings).stored(out.message)
        lanes.setdefault(stored.lane, []).append(stored)
    for lane, waiting in lanes.items():
        size = settings.account(lane.account).operation(lane.operation).batch_size
        for start in range(0, len(waiting), size):
            batch = waiting[start : start + size]
            rows = [(stored.contact, stored.options, stored.payload) for stored in batch]
            yield from of_rows(lane, rows, settings, now)


def of_rows(
    lane: Lane, rows: Sequence[tuple[str, str, bytes]], settings: Settings, now: float
) -> Iterator[Previewed]:
    """The requests of one batch of a lane: contacts, options and payloads."""
    account = settings.account(lane.account)
    system, operation = systems()[account.system].adapter, account.operation(lane.operation)
    columns = Columns.of(lane.operation, rows)
    merged = system.merge(lane.operation, columns.all())
    for wave in system.plan(merged, lane.operation, operation, account):
        for request in wave:
            call = masked_call(system, request, account, now)
            yield Previewed(lane, request.operation, len(messages(request.items)), call)
