"""The delivery of a lane: claim it, then deliver and settle batch after batch.

This module knows no API: the account's system makes the requests and judges the answers.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial

from redis.exceptions import RedisError

from batchline.producers.lanes import Lane
from batchline.systems.addresses import host_of
from batchline.systems.operation import EffectiveOperation
from batchline.systems.verdicts import Newer
from batchline.worker.delivery import batch_log, fault, met, settle, tracing
from batchline.worker.delivery import change as changes
from batchline.worker.delivery.batch import BatchResult, deliver_batch, oldest
from batchline.worker.delivery.blame import Finding
from batchline.worker.delivery.change import Change
from batchline.worker.delivery.context import AccountContext
from batchline.worker.delivery.ledger import Ledger, Step
from batchline.worker.delivery.prefetch import Prefetch
from batchline.worker.delivery.sender import LeaseLost
from batchline.worker.delivery.settle import Settled
from batchline.worker.delivery.tracing import BatchTrace
from batchline.worker.store import lease as leases
from batchline.worker.store import redis_clock
from batchline.worker.store.batch import Batch
from batchline.worker.store.lease import Lease, NotClaimed
from batchline.worker.store.scripts import passes
from batchline.worker.troubles import trouble as troubles


@dataclass(slots=True)
class Report:
    """The result of one `deliver`, as Flower shows it."""

    counts: Counter[str] = field(default_factory=Counter)
    note: str = ""
    #: Whether the task met a trouble: then it is a failure in Flower.
    failed: bool = False
    #: Reasons of dead letters for which it is one.
    reasons: set[str] = field(default_factory=set)

    def add(self, ledger: Ledger, change: Change, settled: Settled) -> None:
        """Count a settled batch; why it stopped is the note."""
        self.counts.update({name: change.count[name] for name in ("delivered", "parked", "dead")})
        self.counts["kept"] = len(ledger.open())  # of the last batch: it is tried again
        self.note = ledger.stop.detail if ledger.stop else settled.paused or ledger.miscount()
        self.reasons.update(met.failing_reasons(change.letters, ledger.delivered))
        self.failed = bool(met.fails(ledger.stop) or settled.paused or self.reasons)

    def __str__(self) -> str:
        order = ("delivered", "parked", "dead", "kept")
        parts = [f"{self.counts[name]:,} {name}" for name in order if self.counts[name]]
        if self.reasons:
            parts.append(f"dead as {', '.join(sorted(self.reasons))}")
        if self.note:
            # A trouble comes first, as in "HTTP 503, 1,000 kept".
            parts.insert(0 if self.failed else len(parts), self.note)
        return ", ".join(parts) or "nothing to do"


def deliver(lane: Lane, context: AccountContext) -> Report:
    """Deliver batches of the lane while it is ready, the budget lasts and nothing fails."""
    report = Report()
    if context.stopping():
        leases.release(context.store, lane)
        report.note = "released: the worker is shutting down"
        return report
    operation = context.account.operation(lane.operation)
    account, timeout = context.account, context.account.timeout
    host = host_of(account.url)
    quiet = timeout.connect + timeout.read + account.verify_after
    size = operation.batch_size
    claimed = leases.claim(context.store, lane, account.lease, size, host, quiet, account.system)
    if context.meter is not None:
        context.meter.claimed(claimed.code if isinstance(claimed, NotClaimed) else "claimed")
    if isinstance(claimed, NotClaimed):
        report.note = str(claimed)
        if claimed.code == "foreign":
            troubles.begin_of_lane(context.store, lane, "foreign", report.note)
            report.failed = True
        return report
    ends = time.monotonic() + context.budget
    ready: tuple[Lease, Batch] | None = claimed
    while ready is not None:
        lease, batch = ready
        try:
            ready = _deliver_and_settle(context, operation, lease, batch, ends, report)
        except LeaseLost:
            report.note, report.failed = "the lease was lost, another worker goes on", True
            scope = f"{lane.account}:{lane.operation}"
            troubles.begin(context.store, "lease_lost", scope, lane=lane, messages=len(batch))
            break
        except Exception as error:
            if not isinstance(error, RedisError) or not passes(error):
                fault.set_back(context, operation, lease, batch, error)
            raise  # to Celery, which logs it and tells Flower and Sentry
    return report


def _deliver_and_settle(
    context: AccountContext,
    operation: EffectiveOperation,
    lease: Lease,
    batch: Batch,
    ends: float,
    report: Report,
) -> tuple[Lease, Batch] | None:
    """Deliver and settle one batch; return the next one when the lane goes on, else None."""
    if batch.fault is not None:
        raise batch.fault
    if batch.is_newer:
        _leave(context, operation, lease, batch, report)
        return None
    trace = context.tracer.begin(lease, batch, partial(oldest, context, batch))
    error = ""
    try:
        settled, error = _settled(context, operation, lease, batch, ends, report, trace)
    except Exception as fault_:
        error = type(fault_).__name__
        tracing.mark(fault_, trace)
        raise
    finally:
        trace.end(error)
    return settled.next


def _settled(
    context: AccountContext,
    operation: EffectiveOperation,
    lease: Lease,
    batch: Batch,
    ends: float,
    report: Report,
    trace: BatchTrace,
) -> tuple[Settled, str]:
    """Deliver and settle one batch; and the name of what failed, as in Flower, or ""."""
    store, account = context.store, context.account
    size, wanted = operation.batch_size, not lease.suspicion.window and not lease.cut
    prefetch = Prefetch(store, batch, size, lease.horizon, wanted=wanted)
    try:
        result = deliver_batch(context, lease, operation, batch, prefetch, trace)
        now = redis_clock.now(store)
        length = context.results_length
        change = changes.decide(lease, batch, result, account, store.keys, now, length)
        change.trace = trace.place and str(trace.place)
        # Messages that go alone, or few at a time, are for the next claim to read.
        is_few = change.alone > 0 or change.cut > 0
        is_over = context.stopping() or time.monotonic() >= ends or is_few
        following = changes.next_for(lease, result, account, is_over, random.random)
        is_done = following.action == "go on" and not result.ledger.open()
        ahead = prefetch.take() if is_done else None
        settled = settle.settle(
            store, lease, change, following, operation, context.journal_length, ahead
        )
        if settled.lost:
            raise LeaseLost
        report.add(result.ledger, change, settled)
        if context.meter is not None:
            context.meter.settled(operation, batch, result, now)
        batch_log.write(lease, batch, result, change, trace.trace_id)
        return settled, met.failure(result.ledger, settled.paused, change.letters)
    finally:
        prefetch.drop()


def _leave(
    context: AccountContext,
    operation: EffectiveOperation,
    lease: Lease,
    batch: Batch,
    report: Report,
) -> None:
    """Leave the lane to a newer worker: its head is an entry of a newer format."""
    store, account = context.store, context.account
    ledger = Ledger(len(batch), account.flood_guard)
    ledger.apply(Step(stop=Newer()))
    result = BatchResult(ledger, requests=0, mark="", seconds=0.0, finding=Finding(lease.suspicion))
    now, length = redis_clock.now(store), context.results_length
    change = changes.decide(lease, batch, result, account, store.keys, now, length)
    change.sending = None
    following = changes.next_for(lease, result, account, True, random.random)
    settle.settle(store, lease, change, following, operation, context.journal_length)
    report.note = Newer().detail
