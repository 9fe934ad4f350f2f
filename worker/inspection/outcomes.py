"""The outcomes of one message in each batch, worked out from a journal that counts per batch.

A message is always in one of a few situations, and each line allows some moves from one to the
next. Of all ways from the message's acceptance to its location now, the ways that fit every line
are kept: an outcome on which they agree is certain.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from batchline.worker.inspection.locate import Location
from batchline.worker.store.journal import Act, Batch

Outcome = Literal["delivered", "parked", "dead", "erased", "kept"]
#: "new" in its lane; "returned": in a lane again; "purged" and "erased": no
#: more.
Situation = Literal["new", "returned", "parked", "dead", "delivered", "purged", "erased"]
#: Situation before, outcome (None: the line is not about the message), situation after.
Move = tuple[Situation, Outcome | None, Situation]

EVERYWHERE: frozenset[Situation] = frozenset(
    ("new", "returned", "parked", "dead", "delivered", "purged", "erased")
)


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The outcomes that fit every line."""

    #: For each line the message's possible outcomes; None: the line is not about the message.
    outcomes: Sequence[frozenset[Outcome | None]]
    #: The situations that the message may be in now; empty when the lines do not fit its location.
    ends: frozenset[Situation]


def explain(message_id: str, lines: Sequence[Batch | Act], location: Location) -> Outcomes:
    """The outcomes of a message in the lines that may be about it (`trace.about`), oldest first.

    The simplest explanation that fits is taken: the message waited in its lane from the start; else
    a job's result called it invalid after it was delivered; else it was enqueued for later; else
    the journal does not reach back to its beginning.
    """
    ends = _ends(location)
    for starts, by_job in (
        (frozenset[Situation](("new",)), False),
        (frozenset[Situation](("new",)), True),
        (frozenset[Situation](("parked",)), False),
        (frozenset[Situation](("parked",)), True),
        (EVERYWHERE, True),
    ):
        outcomes = _fitting(message_id, lines, starts, ends, by_job)
        if outcomes.ends:
            return outcomes
    return outcomes


def _fitting(
    message_id: str,
    lines: Sequence[Batch | Act],
    starts: frozenset[Situation],
    ends: frozenset[Situation],
    by_job: bool,
) -> Outcomes:
    """The outcomes on all ways from a start to an end: forward through the lines, then back."""
    steps: list[set[Move]] = []
    here = starts
    for line in lines:
        steps.append({move for at in here for move in _moves(message_id, line, at, by_job)})
        here = frozenset(after for _, _, after in steps[-1])
    arrived = here & ends
    wanted = arrived
    for moves in reversed(steps):
        moves.intersection_update([move for move in moves if move[2] in wanted])
        wanted = frozenset(before for before, _, _ in moves)
    return Outcomes([frozenset(outcome for _, outcome, _ in moves) for moves in steps], arrived)


def _moves(message_id: str, line: Batch | Act, at: Situation, by_job: bool) -> Iterator[Move]:
    """The moves that a line allows a message in that situation."""
    if isinstance(line, Act):
        is_dead = at == "dead" or (by_job and at == "delivered")
        if line.act == "imported":
            yield at, None, "dead"
        elif line.act == "erased":
            yield at, None, "erased"
        elif line.act not in ("replayed", "purged", "edited"):
            yield at, None, at
        elif is_dead:
            after: dict[str, Situation] = {"replayed": "returned", "purged": "purged"}
            yield at, None, after.get(line.act, at)
    elif message_id in line.returned:
        if at in ("returned", "parked"):
            yield from _settled(line, at, "returned")
    elif at == "new":
        yield from _settled(line, at, "new")
    else:
        # Its first stream id lies in the range of a batch that it was not in.
        yield at, None, at


def _settled(line: Batch, at: Situation, kept: Situation) -> Iterator[Move]:
    if line.delivered:
        yield at, "delivered", "delivered"
    if line.parked:
        yield at, "parked", "parked"
    if line.dead:
        yield at, "dead", "dead"
    if line.erased:
        yield at, "erased", "erased"
    if line.kept:
        yield at, "kept", kept


def _ends(location: Location) -> frozenset[Situation]:
    """The situations that fit where the message is now."""
    if location.state == "waiting":
        return frozenset(("new",)) if location.is_new else frozenset(("returned", "parked"))
    if location.state == "parked":
        return frozenset(("parked",))
    if location.state == "confirming":
        return frozenset(("delivered",))
    if location.state == "gone":
        return frozenset(("delivered", "purged", "erased"))
    # A job's result came after the message was delivered.
    return frozenset(("dead", "delivered") if location.reason == "invalid" else ("dead",))
