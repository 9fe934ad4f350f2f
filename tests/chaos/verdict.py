"""Whether every obligation was met: a pure function over what was seen at the end."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tests.chaos.oracle import DOOMED, Obligation, properties
from tests.chaos.policies import Policy
from tests.chaos.promises import Letter, Name, Seen, Sighting, Violation, look, problems

#: States of which nobody knows whether the message was enqueued.
UNCERTAIN = ("unknown", "pending")


@dataclass
class Evidence:
    """Everything that the verdict is about."""

    obligations: Sequence[Obligation]
    sightings: Iterable[Sighting]
    letters: Sequence[Letter]
    #: Account and email -> the properties of the contact, None where there is no such contact.
    contacts: Mapping[tuple[str, str], Mapping[str, str] | None]
    #: The totals of `inspection.status`, and its counts of confirmed and unconfirmed upserts.
    totals: Mapping[str, int]
    #: Lanes that still hold messages, with what is known of why.
    waiting: Sequence[str] = ()
    #: What is paused, and why.
    paused: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Figures:
    """One row of the table: an operation under a policy."""

    obligations: int = 0
    delivered: int = 0
    dead: int = 0
    #: Messages that reached the API more than once in effect, and how often too many in all.
    repeated: int = 0
    extra: int = 0
    forbidden: int = 0


@dataclass
class Verdict:
    violations: list[Violation] = field(default_factory=list)
    figures: dict[tuple[str, Policy], Figures] = field(default_factory=dict)
    dead: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)


def judge(evidence: Evidence) -> Verdict:
    """Hold what was seen against every obligation."""
    verdict = Verdict(dead=Counter(letter.reason for letter in evidence.letters))
    seen = look(evidence.sightings)
    letters = {(one.account, one.operation, one.id, one.counter): one for one in evidence.letters}
    for one in evidence.obligations:
        letter = letters.get((one.account, one.operation, one.id, one.counter))
        found = seen.get((one.account, one.operation, one.id), Seen())
        wrong = list(problems(one, letter, found))
        verdict.violations += wrong
        _count(verdict, one, letter, found, any(it.kind == "duplicate" for it in wrong))
    verdict.violations += _orders(evidence.obligations, letters, evidence.contacts)
    verdict.violations += _strangers(evidence.obligations, seen, evidence.letters)
    verdict.violations += _totals(evidence)
    verdict.violations += [Violation("unrest", lane, "still waits") for lane in evidence.waiting]
    verdict.violations += [Violation("pause", *entry) for entry in evidence.paused.items()]
    return verdict


def _count(
    verdict: Verdict, one: Obligation, letter: Letter | None, seen: Seen, forbidden: bool
) -> None:
    if one.state != "acknowledged":
        verdict.unknown[one.state] += 1
        return
    row = verdict.figures.setdefault((one.operation, one.policy), Figures())
    row.obligations += 1
    row.dead += letter is not None
    row.delivered += letter is None
    if not one.counter:
        row.repeated += seen.extra > 0
        row.extra += seen.extra
        row.forbidden += forbidden


def _orders(
    obligations: Sequence[Obligation],
    letters: Mapping[tuple[str, str, str, int], Letter],
    contacts: Mapping[tuple[str, str], Mapping[str, str] | None],
) -> Iterator[Violation]:
    """The state of each contact is what its upserts make of it, one after the other."""
    upserts: dict[tuple[str, str], list[Obligation]] = defaultdict(list)
    for one in obligations:
        if one.operation == "contact.upsert":
            upserts[one.account, one.id].append(one)
    for (account, email), chain in upserts.items():
        allowed = _allowed(sorted(chain, key=lambda one: one.counter), letters)
        found = contacts.get((account, email)) or {}
        wrong = [
            f"{name} is {found.get(name)} instead of {' or '.join(sorted(map(str, values)))}"
            for name, values in sorted(allowed.items())
            if found.get(name) not in values
        ]
        if wrong:
            kind = "order" if found else "loss"
            about = (account, "contact.upsert", email)
            yield Violation(kind, f"{account} contact {email}", ", ".join(wrong), about)


def _allowed(
    chain: Sequence[Obligation], letters: Mapping[tuple[str, str, str, int], Letter]
) -> dict[str, set[str | None]]:
    """What each property may be after these upserts, in their order.

    An upsert that died may have been applied by an earlier try whose answer was lost, unless it
    was doomed from the start; and one whose enqueueing stayed unknown may be missing.
    """
    allowed: dict[str, set[str | None]] = defaultdict(lambda: {None})
    for one in chain:
        letter = letters.get((one.account, one.operation, one.id, one.counter))
        is_uncertain = one.fate not in DOOMED if letter else one.state in UNCERTAIN
        is_sure = letter is None and one.state == "acknowledged"
        for name, value in properties(one.counter).items():
            before = set() if is_sure else allowed[name]
            allowed[name] = {*before, value} if is_sure or is_uncertain else before
    return allowed


def _strangers(
    obligations: Sequence[Obligation], seen: Mapping[Name, Seen], letters: Sequence[Letter]
) -> Iterator[Violation]:
    known = {(one.account, one.operation, one.id) for one in obligations}
    for name in seen.keys() - known:
        yield Violation("stranger", " ".join(name), "at the API, and nobody enqueued it")
    for letter in letters:
        if (letter.account, letter.operation, letter.id) not in known:
            yield Violation("stranger", letter.message_id, "dead, and nobody enqueued it")


def _totals(evidence: Evidence) -> Iterator[Violation]:
    totals = evidence.totals
    names = ("delivered", "parked", "dead", "purged", "erased", "backlog")
    ended = sum(totals[name] for name in names)
    if totals["accepted"] != ended:
        yield Violation("totals", f"{dict(totals)}", f"{ended} are accounted for")
    states = Counter(one.state for one in evidence.obligations)
    least = states["acknowledged"]
    most = least + sum(states[state] for state in UNCERTAIN)
    if not least <= totals["accepted"] <= most:
        detail = f"{totals['accepted']} instead of {least} to {most}"
        yield Violation("totals", "accepted", detail)
    upserts = totals["confirmed"] + totals["unconfirmed"]
    if totals["delivered upserts"] != upserts:
        detail = f"{totals['delivered upserts']}, but {upserts} confirmed or not"
        yield Violation("totals", "delivered upserts", detail)
    if totals["dead"] != len(evidence.letters):
        yield Violation("totals", "dead", f"{totals['dead']}, but {len(evidence.letters)} letters")
