"""What was promised of one message, held against what was seen of it. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.chaos.oracle import DOOMED, Obligation
from tests.chaos.policies import MISSING_TRIES

#: Account, operation, id.
Name = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Sighting:
    """An item in a request that the sandbox received."""

    account: str
    operation: str
    id: str
    #: As in the sandbox's ledger: applied, refused, missing, faulted, pending.
    outcome: str
    #: Whether it was the only item of its request.
    alone: bool = True
    #: The request in words, for whoever has to find out.
    request: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter."""

    account: str
    operation: str
    id: str
    reason: str
    message_id: str
    counter: int = 0


@dataclass(frozen=True, slots=True)
class Violation:
    """A promise that was not kept."""

    #: loss, duplicate, wrongly dead, not dead, order, stranger, totals, unrest, pause, standstill,
    #: untold.
    kind: str
    name: str
    detail: str
    #: The message, where it is about one.
    about: Name | None = None

    def __str__(self) -> str:
        return f"{self.kind}: {self.name}: {self.detail}"


@dataclass(slots=True)
class Seen:
    """What the sandbox saw of one item."""

    applied: int = 0
    #: Refused after it had been applied: the API kept a second effect off.
    again: int = 0
    missing: int = 0
    refused: int = 0
    refused_alone: int = 0

    @property
    def extra(self) -> int:
        return max(0, self.applied - 1) + self.again


def look(sightings: Iterable[Sighting]) -> dict[Name, Seen]:
    """What was seen of each item."""
    seen: dict[Name, Seen] = defaultdict(Seen)
    for sighting in sightings:
        one = seen[sighting.account, enqueued_as(sighting.operation), sighting.id]
        if sighting.outcome == "applied":
            one.applied += 1
        elif sighting.outcome == "missing":
            one.missing += 1
        elif sighting.outcome == "refused":
            one.refused += 1
            one.refused_alone += sighting.alone
            one.again += one.applied > 0 and sighting.operation == "coupon.redeem"
    return dict(seen)


def enqueued_as(operation: str) -> str:
    """The operation that was enqueued: equal pushes travel as a mass push."""
    return {"push.send_mass": "push.send", "push.send_mass_custom": "push.send_custom"}.get(
        operation, operation
    )


def problems(one: Obligation, letter: Letter | None, seen: Seen) -> Iterator[Violation]:
    """What is wrong with one message. The state of contacts is looked at elsewhere."""

    def violation(kind: str, detail: str) -> Violation:
        name = f"{one.account} {one.operation} {one.id}"
        name += f"#{one.counter}" if one.counter else ""
        name += f" ({one.policy}, {one.fate}, {one.message_id})"
        return Violation(kind, name, detail, (one.account, one.operation, one.id))

    if one.state == "refused" and (letter or (seen.applied and not one.counter)):
        yield violation("stranger", "arrived, although its producer said it was not enqueued")
        return
    if letter and one.message_id and letter.message_id != one.message_id:
        yield violation("stranger", f"its dead letter has another id: {letter.message_id}")
    if letter:
        why = _unjustified(one, letter, seen)
        if why:
            yield violation("wrongly dead", f"{letter.reason}, {why}")
    elif one.state == "acknowledged":
        if one.fate in DOOMED:
            yield violation("not dead", "it can never have been delivered")
        elif not one.counter and not seen.applied:
            yield violation("loss", "neither at the API nor among the dead letters")
    if one.policy != "resend" and seen.extra:
        detail = f"applied {seen.applied} times" + (", then sent again" if seen.again else "")
        yield violation("duplicate", detail)


def _unjustified(one: Obligation, letter: Letter, seen: Seen) -> str:
    """Why the message should not have died of this reason; "" when it may."""
    applied = 0 if one.counter else seen.applied
    match letter.reason:
        case "rejected":
            if not seen.refused_alone:
                return "and the API never refused it standing alone"
            if applied and one.policy != "resend":
                return "although it was applied"
        case "contact_missing":
            if one.fate == "deliver" and one.operation != "event.add":
                return "of an operation that needs no contact"
            if seen.missing + seen.refused < MISSING_TRIES:
                return f"after {seen.missing + seen.refused} tries instead of {MISSING_TRIES}"
            if applied and one.policy != "resend":
                return "although it was applied"
        case "invalid":
            if not (one.counter and seen.refused):
                return "and no job called it so"
        case "ambiguous":
            # A coupon is held as well when it is refused, or its contact is not shown, after a try
            # of which nobody knows. An event that the API took is shown with its contact.
            is_coupon = one.operation == "coupon.redeem"
            if one.policy == "resend" and not is_coupon:
                return "which its policy does not know"
            if one.policy == "verify" and applied and not is_coupon:
                return "although the API shows that it was applied"
        case "blocked":
            if one.fate != "blocked":
                return "and no gateway minds what it holds"
        case "poison":
            if one.fate != "crash":
                return "and the API does not fall over it"
        case _:
            return "for which there was no cause"
    return ""
