"""Delivering a lane: claim, deliver a batch, settle, batch after batch.

This is the engine. It knows no API: what the requests are and what the answers mean is said by the
account's system (`batchline.systems.adapters`).
"""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass, field

from batchline.producers.lanes import Lane
from batchline.systems.operation import EffectiveOperation
from batchline.systems.verdicts import DestinationFailed, RateLimited
from batchline.worker.delivery import backoff as retry
from batchline.worker.delivery import settle
from batchline.worker.delivery.batch import Delivery, LeaseLost
from batchline.worker.delivery.context import AccountContext
from batchline.worker.delivery.settle import BatchResult, Next
from batchline.worker.store import lease as leases
from batchline.worker.store.lease import Entry, Lease, NotClaimed


@dataclass(slots=True)
class Report:
    """What one `deliver` did, as Flower shows it."""

    counts: Counter[str] = field(default_factory=Counter)
    note: str = ""

    def __str__(self) -> str:
        order = ("delivered", "parked", "dead", "kept")
        parts = [f"{self.counts[name]:,} {name}" for name in order if self.counts[name]]
        if self.note:
            parts.append(self.note)
        return ", ".join(parts) or "nothing to do"


def deliver(lane: Lane, context: AccountContext) -> Report:
    """Deliver batches of the lane while it is ready, the budget lasts and nothing fails."""
    report = Report()
    if context.stopping():
        leases.release(context.redis, lane)
        report.note = "released: the worker is shutting down"
        return report
    operation = context.account.operation(lane.operation)
    claimed = leases.claim(context.redis, lane, context.account.lease, operation.batch_size)
    if isinstance(claimed, NotClaimed):
        report.note = claimed.why
        return report
    ends = time.monotonic() + context.budget
    ready: tuple[Lease, list[Entry]] | None = claimed
    while ready is not None:
        lease, batch = ready
        try:
            result = Delivery(context, lease, operation, batch).deliver()
        except LeaseLost:
            report.note = "the lease was lost, another worker goes on"
            return report
        ready = _settle(context, lease, operation, batch, result, ends, report)
    return report


def _settle(
    context: AccountContext,
    lease: Lease,
    operation: EffectiveOperation,
    batch: list[Entry],
    result: BatchResult,
    ends: float,
    report: Report,
) -> tuple[Lease, list[Entry]] | None:
    """Settle, note it in the report, and return the next batch if there is one to go on with."""
    now = round(time.time() * 1000)
    made = settle.change(lease, batch, result, context.account, now)
    report.counts.update({name: made.count[name] for name in ("delivered", "parked", "dead")})
    report.counts["kept"] += sum(verdict is None for verdict in result.verdicts)
    report.note = result.failure.detail if result.failure else ""
    following = _next(context, lease, result, ends)
    return settle.settle(context.redis, lease, made, following, operation, context.journal_length)


def _next(context: AccountContext, lease: Lease, result: BatchResult, ends: float) -> Next:
    failure = result.failure
    if isinstance(failure, RateLimited):
        return Next("wait", failure.seconds)
    if failure is not None:
        said = failure.retry_after if isinstance(failure, DestinationFailed) else None
        wait = retry.delay(lease.attempts, said, context.account.backoff, random.random)
        # What is in doubt is asked about only when the API has had time to finish it.
        return Next("back off", max(wait, context.account.verify_after if result.mark else 0.0))
    if context.stopping() or time.monotonic() >= ends:
        return Next("leave")
    return Next("go on", context.account.lease)
