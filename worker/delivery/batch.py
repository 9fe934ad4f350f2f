"""The delivery of one batch: uncertain messages are resolved, then wave after wave is sent."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, zip_longest
from typing import Any

from batchline.producers.lanes import enqueued_at
from batchline.systems.columns import Item
from batchline.systems.contract import System, Verifies
from batchline.systems.operation import AmbiguousPolicy, EffectiveOperation
from batchline.systems.requests import Request
from batchline.systems.verdicts import (
    Dead,
    DestinationFailed,
    RateLimited,
    ShuttingDown,
)
from batchline.worker.delivery import aside, blame, screening, superseded
from batchline.worker.delivery.blame import Evidence, Finding
from batchline.worker.delivery.context import AccountContext
from batchline.worker.delivery.interpret import (
    Rules,
    behind,
    interpret,
)
from batchline.worker.delivery.kept_requests import Kept
from batchline.worker.delivery.ledger import Ledger, Step
from batchline.worker.delivery.ordering import Ordering
from batchline.worker.delivery.plan import Plan, make_plan
from batchline.worker.delivery.prefetch import Prefetch
from batchline.worker.delivery.questions import Questions, policy_of, uncertain_of
from batchline.worker.delivery.sender import Answered, Sender
from batchline.worker.delivery.tracing import NO_TRACE, BatchTrace
from batchline.worker.delivery.uncertain import Uncertain
from batchline.worker.store import redis_clock
from batchline.worker.store.batch import Batch
from batchline.worker.store.lease import Lease


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
    #: Whose fault its failure was, and who is under suspicion now.
    finding: Finding = blame.NOTHING
    #: Whether the API answered any of its requests for messages.
    passed: bool = False
    #: The requests to keep; None: none are kept.
    kept: Kept | None = None


def deliver_batch(
    context: AccountContext,
    lease: Lease,
    operation: EffectiveOperation,
    batch: Batch,
    prefetch: Prefetch,
    trace: BatchTrace = NO_TRACE,
) -> BatchResult:
    """Send every message of the batch that may be sent.

    Raises `LeaseLost` when another worker may own the lane by now.
    """
    started = time.monotonic()
    ledger = Ledger(len(batch), context.account.flood_guard)
    policy, exempt = policy_of(context, operation, batch)
    uncertain = uncertain_of(context, lease, batch, policy, exempt)
    sender = Sender(context, lease, uncertain, prefetch, trace)
    rules = _rules(context, operation, batch, policy, uncertain)
    questions = Questions(rules, ledger, uncertain, sender, batch, lease)
    screening.drop(context, lease, batch, ledger, uncertain)
    parked = questions.resolve()
    uncertain.was_asked()
    _reject_superseded(context, batch, ledger)
    aside.give_up_suspects(context, batch, ledger)
    size = operation.batch_size
    plan = make_plan(context, lease, batch, ledger, rules, size, parked)
    evidence = Evidence()
    send = partial(_send, context, questions, plan.ordering, evidence)
    send(plan.waves)
    # Of messages that are settled, as under `hold`, nobody has to know whose fault it was.
    is_open = any(ledger.is_open(index) for index in evidence.accused)
    if plan.witnesses and evidence.failure is not None and is_open:
        _hear(plan.witnesses, send, ledger, evidence)
        _go_on(_of_other_methods(plan, rules, ledger, evidence, size), send, ledger)
    finding = _find(lease, batch, ledger, uncertain, evidence, plan)
    if isinstance(ledger.stop, DestinationFailed) and not finding.is_message:
        _give_up_the_old(context, lease, batch, ledger, uncertain)
    is_partial = plan.suspicion.window > 0 or finding.is_message
    if ledger.stop is None and ledger.open() and not is_partial:
        raise AssertionError(f"the plan of {lease.lane.operation} left out messages")
    superseded.note(context, batch, ledger.taken())
    mark = uncertain.mark(among=ledger.open())
    seconds, passed = time.monotonic() - started, evidence.passed > 0
    return BatchResult(ledger, sender.requests, mark, seconds, finding, passed, sender.kept)


def _send(
    context: AccountContext,
    questions: Questions,
    ordering: Ordering,
    evidence: Evidence,
    waves: deque[list[Request]],
) -> None:
    """Send wave after wave, and the waves that follow from the answers, until the ledger stops.

    Of a wave `Sender.width` requests go at a time, and what follows from them goes before the
    others: where a rate limit stops the batch, as many messages as can be have come to their end.
    """
    rules, ledger, sender = questions.rules, questions.ledger, questions.sender
    while waves and ledger.stop is None:
        wave, width = waves.popleft(), sender.width
        if len(wave) > width:
            waves.appendleft(wave[width:])
        following = []
        for sent in sender.send(_ready(wave[:width], ordering, ledger), rules, ledger):
            if isinstance(sent, Answered):
                evidence.note(sent.request, sent.outcome)
            step = _interpreted(sent, rules)
            if step.ask:
                step = questions.answered(step)
            _apply(step, ledger, questions.uncertain, ordering, context)
            following.append(step.resend)
        waves.extendleft(reversed(_side_by_side(following)))


def _side_by_side(following: Sequence[Sequence[list[Request]]]) -> list[list[Request]]:
    """The waves that follow from each request of a group, as waves that go at once.

    The requests of a group are of different contacts, and so are those that follow from them.
    """
    levels = zip_longest(*following, fillvalue=())
    return [list(chain.from_iterable(level)) for level in levels]


def _hear(
    witnesses: Sequence[list[Request]],
    send: Callable[[deque[list[Request]]], None],
    ledger: Ledger,
    evidence: Evidence,
) -> None:
    """Send the witnesses, until one passes: then the failure is the fault of the trial.

    Where a rate limit lets none through, the failure stays what stops the batch: else the search
    would never end, nor would messages ever be too old.
    """
    ledger.unsaved = True
    for witness in witnesses:
        if evidence.passed or not _go_on([witness], send, ledger):
            return


def _go_on(
    waves: Sequence[list[Request]], send: Callable[[deque[list[Request]]], None], ledger: Ledger
) -> bool:
    """Send these waves after the failure that stopped the batch; it stays what stops it.

    False: there was no such failure, or a rate limit lets nothing through.
    """
    failure = ledger.stop
    if not isinstance(failure, DestinationFailed):
        return False
    ledger.stop = None
    send(deque(waves))
    is_limited = ledger.is_throttled
    if ledger.stop is None or is_limited:
        ledger.stop = failure
    return not is_limited


def _of_other_methods(
    plan: Plan, rules: Rules, ledger: Ledger, evidence: Evidence, size: int
) -> list[list[Request]]:
    """Where one method of the API fails and others answer: the waves of those, for `size` items.

    The operations of a lane have methods of their own, and one that is down holds up no other.
    """
    answering = evidence.answering - evidence.failing
    items = [item for item in plan.others if answering and ledger.is_open(item.messages[0])]
    waves = rules.plan(items[:size]) if items else []
    chosen = [[one for one in wave if one.endpoint in answering] for wave in waves]
    return [wave for wave in chosen if wave]


def _find(
    lease: Lease,
    batch: Batch,
    ledger: Ledger,
    uncertain: Uncertain,
    evidence: Evidence,
    plan: Plan,
) -> Finding:
    """Whose fault the batch's failure was; a message that is found guilty is set aside."""
    still_open = ledger.open()
    first = still_open[0] if still_open else -1
    on_trial = bool(evidence.firsts) and all(aside.trial_of(batch, n) for n in evidence.firsts)
    if on_trial:
        first = min(evidence.firsts)
    tried_before = on_trial or aside.was_suspected(batch, first)
    stopped = ledger.stop is not None
    finding = blame.find(
        plan.suspicion,
        evidence,
        still_open,
        lease.attempts,
        tried_before,
        stopped,
        has_witnesses=plan.has_more_witnesses,
        passed_since=_have_passed_since(lease, batch, first, tried_before),
        on_trial=on_trial,
    )
    if not finding.is_message:
        return finding
    ledger.failed = 0
    return aside.set_aside(batch, ledger, uncertain, evidence, finding)


def _have_passed_since(lease: Lease, batch: Batch, first: int, tried_before: bool) -> bool:
    """Whether the API has answered others of the operation since this head was tried before."""
    tried_at = batch.metas[first].last_event() if tried_before else lease.failed_at
    return 0 < tried_at < lease.passed_at


def _rules(
    context: AccountContext,
    operation: EffectiveOperation,
    batch: Batch,
    policy: AmbiguousPolicy,
    uncertain: Uncertain,
) -> Rules:
    name, account = batch.lane.operation, context.account
    refuses_repeats = account.known_operations[name].refuses_repeats
    return Rules(
        operation=name,
        policy=policy,
        verify_after=account.verify_after,
        own=uncertain.own,
        plan=lambda items: context.system.plan(items, name, operation, account),
        item=batch.columns.item,
        tried=uncertain.before if refuses_repeats else (),
        verify=partial(_questions, context.system, name),
        unanswered=uncertain.unanswered,
    )


def _questions(system: System[Any], operation: str, items: Sequence[Item]) -> list[Request]:
    return system.verify(items, operation) if isinstance(system, Verifies) else []


def _reject_superseded(context: AccountContext, batch: Batch, ledger: Ledger) -> None:
    if ledger.stop is None and batch.metas:
        for index in superseded.rejected(context, batch):
            if ledger.is_open(index):
                ledger.settle((index,), superseded.VERDICT)


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
    context: AccountContext, lease: Lease, batch: Batch, ledger: Ledger, uncertain: Uncertain
) -> None:
    """Give up the messages that wait for `max_age`, if the destination has failed for as long.

    A message that is old because it was paused, or because no worker ran, is not.
    """
    assert ledger.stop is not None
    now, limit = redis_clock.now(context.store), context.account.max_age * 1000
    if not lease.failing_since or now - lease.failing_since <= limit:
        return
    for index in ledger.open():
        if age(batch, index, now) > limit:
            reason = "ambiguous" if index in uncertain else "expired"
            ledger.settle((index,), Dead(reason, ledger.stop.detail))


def age(batch: Batch, index: int, now: int) -> int:
    """Milliseconds since the message could be sent, or was last replayed; `now` in UNIX ms."""
    since = enqueued_at(batch.message_id(index))
    meta = batch.metas.get(index)
    if meta:
        since = max(since, meta.last_replay()[0], meta.delayed_until())
    return now - since


def oldest(context: AccountContext, batch: Batch) -> int:
    """The age of the oldest message of the batch, in ms, as `age` counts it."""
    now = redis_clock.now(context.store)
    # Of those that are in the lane for the first time, the first is the oldest.
    return max(0, *(age(batch, index, now) for index in {0, *batch.metas}))
