"""What an outcome of one request means for the batch: decided here, and nothing done. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
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
    Verdict,
    Verified,
    VerifyLater,
)
from batchline.worker.delivery.ledger import Step

#: How often the answer about one contact alone may be too large to be read: once can be a fault.
TOO_LARGE_TRIES = 5


@dataclass(frozen=True, slots=True)
class Rules:
    """What `interpret` needs to know of the lane and of its batch."""

    #: The lane's operation, and its policy for what is ambiguous.
    operation: str
    policy: AmbiguousPolicy
    #: Seconds after which the API may be asked what it took.
    verify_after: float
    #: Those of these messages that are of the lane's operation: what shares its lane is idempotent.
    own: Callable[[Sequence[int]], Sequence[int]]
    #: Waves of requests for these items.
    plan: Callable[[Sequence[Item]], list[list[Request]]]
    #: One message of the batch as an item of its own.
    item: Callable[[int], Item]


def at_risk(request: Request, rules: Rules) -> Sequence[int]:
    """The messages that the API may take by this request, and of which it should take no second.

    An event that was folded into its own deletion is not sent by it.
    """
    is_own = request.operation == rules.operation
    return rules.own(messages(request.items)) if is_own else ()


def interpret(request: Request, outcome: Outcome, rules: Rules) -> Step:
    """What the outcome changes: verdicts, what is sent next, why the batch stops."""
    match outcome:
        case Judged():
            return _judged(request, outcome, rules)
        case DestinationFailed(too_large=True) if not at_risk(request, rules):
            # To ask again would bring the same, and hold up the lane: fewer items may do.
            return _refused(request, Refused(outcome.detail), rules)
        case Refused():
            return _refused(request, outcome, rules)
        case DestinationFailed():
            return _failed(request, outcome, rules)
        case CredentialsRefused():
            return Step(stop=outcome, certain=messages(request.items))
    raise AssertionError(f"{outcome} answers a question, and {request.path} is none")


def interpret_question(request: Request, outcome: Outcome, unreadable: Mapping[int, int]) -> Step:
    """What the API knows of ambiguous messages; what to ask in the place of this question.

    Without a usable answer the messages stay uncertain, and the lane waits. `unreadable` says how
    often the answer about each message alone was too large.
    """
    match outcome:
        case Verified(found):
            settled = [_settled(request.items[index], found[index]) for index in found]
            absent = [index for index in range(len(request.items)) if index not in found]
            not_taken = messages([request.items[index] for index in absent])
            return _together([Step(certain=not_taken, answered=1), *settled])
        case DestinationFailed(too_large=True):
            return _unreadable(request, outcome, unreadable)
        case DestinationFailed(throttled=throttled):
            return Step(stop=outcome, failed=int(not throttled))
        case CredentialsRefused():
            return Step(stop=outcome)
        case _:
            return Step(stop=DestinationFailed("the question was refused"), failed=1)


def _judged(request: Request, outcome: Judged, rules: Rules) -> Step:
    """Delivered, but for the exceptions, and for what has to be planned again."""
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
        steps.append(Step(resend=rules.plan(completed)))
    return _together(steps)


def _ambiguous(item: Item, ambiguous: Ambiguous, rules: Rules) -> Step:
    """The API did not say whether it took the item: the operation's policy decides."""
    is_own = bool(rules.own(item.messages))
    if is_own and rules.policy == "hold":
        return _settled(item, Dead("ambiguous", ambiguous.detail))
    if not is_own or rules.policy == "resend":
        return _settled(item, ContactMissing(ambiguous.detail))
    return Step(stop=VerifyLater(rules.verify_after, ambiguous.detail))


def _failed(request: Request, outcome: DestinationFailed, rules: Rules) -> Step:
    failed = int(not outcome.throttled)
    if not outcome.ambiguous:
        return Step(stop=outcome, failed=failed, certain=messages(request.items))
    held = at_risk(request, rules) if rules.policy == "hold" else ()
    dead = Dead("ambiguous", outcome.detail)
    return Step(stop=outcome, failed=failed, verdicts=dict.fromkeys(held, dead))


def _refused(request: Request, outcome: Refused, rules: Rules) -> Step:
    """A refused request in parts: its halves, or a merged item's messages one by one, each in a
    request of its own kind; a message that is refused alone is given up on."""
    refused = Step(answered=1, certain=messages(request.items), halving=True)
    if len(request.items) > 1:
        return replace(refused, resend=[[half] for half in request.halves()])
    item = request.items[0]
    if len(item.messages) > 1:
        alone = [wave for one in item.messages for wave in rules.plan([rules.item(one)])]
        return replace(refused, resend=alone)
    dead = Dead("rejected", outcome.detail)
    return replace(refused, rejected=1, verdicts=dict.fromkeys(item.messages, dead))


def _unreadable(
    request: Request, outcome: DestinationFailed, unreadable: Mapping[int, int]
) -> Step:
    """Ask about fewer contacts, down to one. That may have more events than can be read: then a
    person has to look; but a fault may pass, so not before it was asked about several times."""
    fewer = request.by_contacts()
    if len(fewer) > 1:
        return Step(answered=1, ask=fewer, halving=True)
    times = {one: unreadable.get(one, 0) + 1 for one in messages(request.items)}
    if all(count >= TOO_LARGE_TRIES for count in times.values()):
        dead = Dead("ambiguous", outcome.detail)
        return Step(answered=1, verdicts=dict.fromkeys(times, dead), unreadable=times)
    return Step(answered=1, stop=outcome, unreadable=times)


def _settled(item: Item, verdict: Verdict | Behind) -> Step:
    """The item has this verdict, and so have its messages."""
    if isinstance(verdict, Delivered):
        return Step(delivered=item.messages, merged=len(item.messages) - 1)
    waits = isinstance(verdict, ContactMissing | Behind)
    return Step(
        verdicts=dict.fromkeys(item.messages, verdict),
        parked=[(item, verdict)] if waits else (),
    )


def behind(item: Item, verdict: Behind) -> Step:
    """The item waits behind an older one of its contact."""
    return _settled(item, verdict)


def _without(items: Sequence[Item], special: set[int]) -> Sequence[Item]:
    positions = [index for index in range(len(items)) if index not in special]
    return items.at(positions) if isinstance(items, Run) else [items[one] for one in positions]


def _together(steps: Sequence[Step]) -> Step:
    """One step that does what several do; at most one of them has a job."""
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
        answered=sum(step.answered for step in steps),
        stop=stops[0] if stops else None,
    )


def _joined(parts: Iterable[Sequence[Any]]) -> Sequence[Any]:
    """The parts one after the other; the only part that has something as it is."""
    some = [part for part in parts if part]
    return some[0] if len(some) == 1 else [element for part in some for element in part]
