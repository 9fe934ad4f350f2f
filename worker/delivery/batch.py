"""The delivery of one batch: uncertain messages are resolved, then wave after wave is sent."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass

from batchline.producers.lanes import enqueued_at
from batchline.systems.columns import Run
from batchline.systems.contract import Verifies
from batchline.systems.operation import EffectiveOperation
from batchline.systems.requests import Request
from batchline.systems.verdicts import Dead, DestinationFailed, RateLimited, ShuttingDown
from batchline.worker.delivery import ordering as orderings
from batchline.worker.delivery import superseded
from batchline.worker.delivery.context import AccountContext
from batchline.worker.delivery.interpret import (
    Rules,
    behind,
    interpret,
    interpret_question,
)
from batchline.worker.delivery.ledger import Ledger, Step
from batchline.worker.delivery.ordering import Ordering
from batchline.worker.delivery.prefetch import Prefetch
from batchline.worker.delivery.sender import Answered, Sender
from batchline.worker.delivery.uncertain import Uncertain
from batchline.worker.store.batch import Batch
from batchline.worker.store.lease import Lease

#: Detail of a dead letter whose message a worker that ended may have sent.
CRASHED = "a worker ended between sending and settling"


@dataclass(frozen=True, slots=True)
class BatchResult:
    """The result of delivering a batch."""

    ledger: Ledger
    #: HTTP calls made.
    requests: int
    #: The lane's mark of the messages that stay uncertain; or "".
    mark: str
    #: Seconds that the delivery took.
    seconds: float


def deliver_batch(
    context: AccountContext,
    lease: Lease,
    operation: EffectiveOperation,
    batch: Batch,
    prefetch: Prefetch,
) -> BatchResult:
    """Send every message of the batch that may be sent.

    Raises `LeaseLost` when another worker may own the lane by now.
    """
    started = time.monotonic()
    ledger = Ledger(len(batch), context.account.flood_guard)
    uncertain = Uncertain(batch, operation.ambiguous, lease.mark, lease.marked)
    sender = Sender(context, lease, uncertain, prefetch)
    rules = _rules(context, operation, batch, uncertain)
    _resolve_uncertain(context, operation, batch, ledger, uncertain, sender)
    _reject_superseded(context, batch, ledger)
    ordering, waves = _plan(context, lease, batch, ledger, rules)
    while waves and ledger.stop is None:
        for sent in sender.send(_ready(waves.popleft(), ordering, ledger), rules, ledger):
            step = _interpreted(sent, rules)
            _apply(step, ledger, uncertain, ordering, context)
            waves.extendleft(reversed(step.resend))
    if isinstance(ledger.stop, DestinationFailed):
        _give_up_the_old(context, batch, ledger, uncertain)
    elif ledger.stop is None and ledger.open():
        raise AssertionError(f"the plan of {lease.lane.operation} left out messages")
    superseded.note(context, batch, ledger.taken())
    mark = uncertain.mark(among=ledger.open())
    return BatchResult(ledger, sender.requests, mark, time.monotonic() - started)


def _rules(
    context: AccountContext, operation: EffectiveOperation, batch: Batch, uncertain: Uncertain
) -> Rules:
    name, account = batch.lane.operation, context.account
    return Rules(
        operation=name,
        policy=operation.ambiguous,
        verify_after=account.verify_after,
        own=uncertain.own,
        plan=lambda items: context.system.plan(items, name, operation, account),
        item=batch.columns.item,
    )


def _resolve_uncertain(
    context: AccountContext,
    operation: EffectiveOperation,
    batch: Batch,
    ledger: Ledger,
    uncertain: Uncertain,
    sender: Sender,
) -> None:
    """Hold the messages that a former owner may have sent, or ask the API about them."""
    if not uncertain:
        return
    if operation.ambiguous == "hold":
        ledger.hold(list(uncertain), CRASHED)
        return
    system = context.system
    assert isinstance(system, Verifies), "the settings allow verify only where it can be"
    items = Run(batch.columns, list(uncertain))
    questions = deque(system.verify(items, batch.lane.operation))
    while questions and ledger.stop is None:
        for sent in sender.ask(questions.popleft(), ledger):
            if isinstance(sent, Answered):
                step = interpret_question(sent.request, sent.outcome, uncertain.unreadable)
            else:
                step = Step(stop=sent)
            ledger.apply(step)
            uncertain.apply(step)
            questions.extendleft(reversed(step.ask))


def _reject_superseded(context: AccountContext, batch: Batch, ledger: Ledger) -> None:
    if ledger.stop is None and batch.metas:
        for index in superseded.rejected(context, batch):
            if ledger.is_open(index):
                ledger.settle((index,), superseded.VERDICT)


def _plan(
    context: AccountContext, lease: Lease, batch: Batch, ledger: Ledger, rules: Rules
) -> tuple[Ordering, deque[list[Request]]]:
    """The open messages as waves of requests, and the order that they have to keep."""
    items = Run(batch.columns, ledger.open() if ledger.stop is None else ())
    poll = context.account.jobs.poll
    ordering = orderings.read(context.store, lease, items, batch.message_ids, poll)
    going, waiting = ordering.ready(items)
    for item, verdict in waiting:
        ledger.apply(behind(item, verdict))
    merged = context.system.merge(rules.operation, going)
    return ordering, deque(rules.plan(merged))


def _ready(wave: list[Request], ordering: Ordering, ledger: Ledger) -> list[Request]:
    """The wave without the items that have to wait by now, behind older ones of their contact."""
    ready = []
    for request in wave:
        going, waiting = ordering.ready(request.items)
        for item, verdict in waiting:
            ledger.apply(behind(item, verdict))
        if going:
            ready.append(request.with_items(going) if waiting else request)
    return ready


def _interpreted(sent: Answered | RateLimited | ShuttingDown, rules: Rules) -> Step:
    if isinstance(sent, Answered):
        return interpret(sent.request, sent.outcome, rules)
    return Step(stop=sent)


def _apply(
    step: Step, ledger: Ledger, uncertain: Uncertain, ordering: Ordering, context: AccountContext
) -> None:
    ledger.apply(step)
    uncertain.apply(step)
    for item, verdict in step.parked:
        ordering.park(item, verdict)
    if step.job is not None and context.account.jobs.confirm:
        ordering.accepted_as_job(step.job[1])


def _give_up_the_old(
    context: AccountContext, batch: Batch, ledger: Ledger, uncertain: Uncertain
) -> None:
    assert ledger.stop is not None
    now = round(time.time() * 1000)
    for index in ledger.open():
        if age(batch, index, now) > context.account.max_age * 1000:
            reason = "ambiguous" if index in uncertain else "expired"
            ledger.settle((index,), Dead(reason, ledger.stop.detail))


def age(batch: Batch, index: int, now: int) -> int:
    """Milliseconds since the message was accepted, or last replayed; `now` in UNIX ms."""
    since = enqueued_at(batch.message_id(index))
    meta = batch.metas.get(index)
    if meta:
        since = max(since, meta.last_replay()[0])
    return now - since
