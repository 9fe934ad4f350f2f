"""Decides what the outcome of one request means for its batch, and does nothing. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from batchline.systems.columns import Item, Run, messages
from batchline.systems.operation import AmbiguousPolicy
from batchline.systems.requests import Request
from batchline.systems.verdicts import (
    Ambiguous,
    Behind,
    ContactMissing,
    CredentialsRefused,
    Dead,
    Delivered,
    DestinationFailed,
    Judged,
    Outcome,
    Refused,
    Unshown,
    Verdict,
    Verified,
    VerifyLater,
)
from batchline.worker.delivery.blame import scope_of
from batchline.worker.delivery.ledger import Step

#: Answers that may say nothing of a message, to questions about it or to requests with it: a single
#: one can be a fault.
MOST_QUESTIONS = 5
#: Why a message is asked about again that the API may do by itself yet.
KEPT = "its contact is new, and the API may do by itself yet what it keeps for it"


@dataclass(frozen=True, slots=True)
class Rules:
    """The lane's rules and its batch, as far as `interpret` needs them."""

    #: The lane's operation, and its policy for what is ambiguous.
    operation: str
    policy: AmbiguousPolicy
    #: Seconds after which the API may be asked what it took.
    verify_after: float
    #: Messages -> those of the lane's own operation; one that shares the lane is idempotent.
    own: Callable[[Sequence[int]], Sequence[int]]
    #: Items -> waves of requests.
    plan: Callable[[Sequence[Item]], list[list[Request]]]
    #: A message -> the message as an item of its own.
    item: Callable[[int], Item]
    #: Messages that an earlier try may have delivered, at an API that refuses repeats.
    tried: Collection[int] = ()
    #: Items -> questions whether the API took them.
    verify: Callable[[Sequence[Item]], list[Request]] = lambda items: []
    #: Message -> how often an answer did not say by now whether the API took it.
    unanswered: Mapping[int, int] = field(default_factory=dict)


def at_risk(request: Request, rules: Rules) -> Sequence[int]:
    """The messages that this request may deliver, and that must not be delivered twice.

    A request of an operation that shares the lane has none: the deletion of an event does not send
    the event that was folded into it.
    """
    is_own = request.operation == rules.operation
    return rules.own(messages(request.items)) if is_own else ()


def interpret(request: Request, outcome: Outcome, rules: Rules) -> Step:
    """The step that follows from the outcome: verdicts, what is sent next, why the batch stops."""
    match outcome:
        case Judged():
            return _judged(request, outcome, rules)
        case DestinationFailed(too_large=True) if not at_risk(request, rules):
            # The answer would be as large again, and the lane would wait: fewer items may do.
            return _refused(request, Refused(outcome.detail), rules)
        case Refused():
            return _refused(request, outcome, rules)
        case DestinationFailed():
            return _failed(request, outcome, rules)
        case CredentialsRefused():
            return Step(stop=outcome, certain=messages(request.items))
    raise AssertionError(f"{outcome} answers a question, and {request.path} is none")


def interpret_question(
    request: Request,
    outcome: Outcome,
    unanswered: Mapping[int, int],
    verify_after: float,
    now: float,
) -> Step:
    """The step that follows from the answer to a question about ambiguous messages.

    Without a usable answer the messages stay uncertain, and the lane waits. `unanswered` says how
    often the answer did not say whether the API took a message. A message without an answer after
    `MOST_QUESTIONS` is held: it is never sent again on a guess. One whose contact is not shown is
    parked, and asked about again. `now` in UNIX seconds, as the API may know them.
    """
    match outcome:
        case Verified(verdicts, unknown, unshown, kept):
            settled = [_settled(request.items[index], verdicts[index]) for index in verdicts]
            late = [index for index, until in kept.items() if now < until]
            waiting = {**unshown, **dict.fromkeys(late, KEPT)}
            for index, detail in waiting.items():
                item = request.items[index]
                settled.append(_settled(item, Unshown(detail, item.payload)))
            told = {*verdicts, *unknown, *waiting}
            absent = [index for index in range(len(request.items)) if index not in told]
            not_taken = messages([request.items[index] for index in absent])
            details = {n: unknown[i] for i in unknown for n in request.items[i].messages}
            left = _unanswered(details, unanswered, verify_after)
            return _together([Step(certain=not_taken, answered=1), *settled, left])
        case DestinationFailed(too_large=True):
            return about_fewer(request, outcome.detail, unanswered, verify_after)
        case Refused(detail) | DestinationFailed(detail, blocked=True):
            detail = f"the question was refused: {detail}"
            return about_fewer(request, detail, unanswered, verify_after)
        case DestinationFailed() if scope_of(outcome) == "host":
            return Step(stop=outcome, unreachable=1)
        case DestinationFailed(throttled=throttled):
            return Step(stop=outcome, failed=int(not throttled))
        case CredentialsRefused():
            return Step(stop=outcome)
        case _:
            detail = "the question was refused"
            return about_fewer(request, detail, unanswered, verify_after)


def _judged(request: Request, outcome: Judged, rules: Rules) -> Step:
    """The items are delivered, but for the exceptions and those that have to be planned again."""
    items = request.items
    special = {*outcome.exceptions, *outcome.again}
    taken = items if not special else _without(items, special)
    delivered = messages(taken)
    steps = [
        Step(
            delivered=delivered,
            merged=len(delivered) - len(taken),
            answered=1,
            api_ids={
                message: api_id
                for index, api_id in outcome.ids.items()
                for message in items[index].messages
            },
            job=(outcome.job, taken) if outcome.job is not None and taken else None,
            miscounted=[(outcome.miscount, len(messages(items)))] if outcome.miscount else (),
        )
    ]
    for index, verdict in outcome.exceptions.items():
        if index in outcome.again:
            continue
        if isinstance(verdict, Ambiguous):
            steps.append(_ambiguous(items[index], verdict, rules))
        else:
            steps.append(_settled(items[index], verdict))
    if outcome.again:
        completed = [
            replace(items[index], payload=outcome.again[index]) for index in sorted(outcome.again)
        ]
        steps.append(Step(resend=rules.plan(completed), unsaved=True))
    return _together(steps)


def _ambiguous(item: Item, ambiguous: Ambiguous, rules: Rules) -> Step:
    """The API did not say whether it took the item: the operation's policy decides.

    One that the API takes in silence again and again, and then does not have, is held.
    """
    is_own = bool(rules.own(item.messages))
    if is_own and rules.policy == "hold":
        return _settled(item, Dead("ambiguous", ambiguous.detail))
    if not is_own or rules.policy == "resend":
        return _settled(item, ContactMissing(ambiguous.detail))
    details = dict.fromkeys(item.messages, ambiguous.detail)
    return _unanswered(details, rules.unanswered, rules.verify_after)


def _failed(request: Request, outcome: DestinationFailed, rules: Rules) -> Step:
    if scope_of(outcome) == "host":
        return Step(stop=outcome, unreachable=1, certain=messages(request.items))
    failed = int(not outcome.throttled)
    if not outcome.ambiguous:
        return Step(stop=outcome, failed=failed, certain=messages(request.items))
    held = at_risk(request, rules) if rules.policy == "hold" else ()
    dead = Dead("ambiguous", outcome.detail)
    return Step(stop=outcome, failed=failed, verdicts=dict.fromkeys(held, dead))


def _refused(request: Request, outcome: Refused, rules: Rules) -> Step:
    """Send a refused request again in parts; a message that is refused alone is given up on.

    The parts are its halves, or the messages of a merged item one by one, each in a request of its
    own kind.
    """
    refused = Step(answered=1, certain=messages(request.items), unsaved=True)
    if len(request.items) > 1:
        return replace(refused, resend=[[half] for half in request.halves()])
    item = request.items[0]
    if len(item.messages) > 1:
        alone = [wave for index in item.messages for wave in rules.plan([rules.item(index)])]
        return replace(refused, resend=alone)
    if item.messages[0] in rules.tried:
        detail = f"refused after a try that may have been taken: {outcome.detail}"
        dead = Dead("ambiguous", detail)
        verdicts = dict.fromkeys(item.messages, dead)
        return Step(answered=1, verdicts=verdicts, ask=rules.verify([item]))
    dead = Dead("rejected", outcome.detail)
    return replace(refused, rejected=1, verdicts=dict.fromkeys(item.messages, dead))


def about_fewer(
    request: Request, detail: str, unanswered: Mapping[int, int], verify_after: float
) -> Step:
    """Ask about fewer contacts, down to one: that one may be what the API has no answer about."""
    fewer = request.by_contacts()
    if len(fewer) > 1:
        return Step(answered=1, ask=fewer, unsaved=True)
    details = dict.fromkeys(messages(request.items), detail)
    return replace(_unanswered(details, unanswered, verify_after), answered=1)


def _unanswered(
    details: Mapping[int, str], unanswered: Mapping[int, int], verify_after: float
) -> Step:
    """Messages of which the answer said nothing, and why: asked about later, or held."""
    times = {index: unanswered.get(index, 0) + 1 for index in details}
    held = [index for index in details if times[index] >= MOST_QUESTIONS]
    waiting = [details[index] for index in details if times[index] < MOST_QUESTIONS]
    return Step(
        verdicts={index: Dead("ambiguous", details[index]) for index in held},
        unanswered=times,
        stop=VerifyLater(verify_after, waiting[0]) if waiting else None,
    )


def _settled(item: Item, verdict: Verdict | Behind) -> Step:
    """The item has this verdict, and so have its messages."""
    if isinstance(verdict, Delivered):
        return Step(delivered=item.messages, merged=len(item.messages) - 1)
    waits = isinstance(verdict, ContactMissing | Unshown | Behind)
    return Step(
        verdicts=dict.fromkeys(item.messages, verdict),
        parked=[(item, verdict)] if waits else (),
    )


def behind(item: Item, verdict: Behind) -> Step:
    """The step of an item that waits behind an older one of its contact."""
    return _settled(item, verdict)


def _without(items: Sequence[Item], special: set[int]) -> Sequence[Item]:
    usual = [index for index in range(len(items)) if index not in special]
    return items.at(usual) if isinstance(items, Run) else [items[index] for index in usual]


def _together(steps: Sequence[Step]) -> Step:
    """The steps as one step; at most one of them has a job."""
    if len(steps) == 1:
        return steps[0]
    stops = [step.stop for step in steps if step.stop is not None]
    return Step(
        delivered=_joined(step.delivered for step in steps),
        verdicts={k: v for step in steps for k, v in step.verdicts.items()},
        merged=sum(step.merged for step in steps),
        certain=_joined(step.certain for step in steps),
        resend=_joined(step.resend for step in steps),
        job=next((step.job for step in steps if step.job is not None), None),
        api_ids={k: v for step in steps for k, v in step.api_ids.items()},
        parked=_joined(step.parked for step in steps),
        unanswered={k: v for step in steps for k, v in step.unanswered.items()},
        unsaved=any(step.unsaved for step in steps),
        miscounted=_joined(step.miscounted for step in steps),
        answered=sum(step.answered for step in steps),
        stop=stops[0] if stops else None,
    )


def _joined(parts: Iterable[Sequence[Any]]) -> Sequence[Any]:
    """The parts one after the other; if only one has elements, that part itself."""
    some = [part for part in parts if part]
    return some[0] if len(some) == 1 else [element for part in some for element in part]
