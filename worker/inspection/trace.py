"""The trace of a message: what happened to it and what happens next, as far as Redis knows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from batchline.producers.lanes import enqueued_at
from batchline.worker.inspection import locate
from batchline.worker.inspection.locate import Location
from batchline.worker.inspection.looked import Looked
from batchline.worker.inspection.outcomes import Outcome, Outcomes, explain
from batchline.worker.store import journal
from batchline.worker.store.journal import Act, Batch, Reach
from batchline.worker.store.message_ids import parse, stream_order
from batchline.worker.store.store import Store

#: ms by which the clocks of Redis servers may differ after a failover.
CLOCK_MARGIN = 60_000

State = Literal[
    "waiting", "parked", "confirming", "dead", "delivered", "purged", "erased", "unknown"
]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened to the message."""

    #: UNIX ms at which it happened.
    at: int
    #: "accepted", "sent" (with a batch), "noted" (in its history), "released" (from parking, back
    #: in its lane), or an act on dead letters.
    what: str
    detail: str = ""
    #: Outcome of a step "sent"; None where the journal, which counts per batch, does not show it.
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """The way of a message: its steps, and where it is now."""

    id: str
    state: State
    #: UNIX ms since which it is delivered or purged; None for other states, and if unknown.
    since: int | None
    steps: Sequence[Step]
    location: Location
    #: How far back the journal goes: earlier steps of the message are not known.
    reach: Reach
    #: The API's own id of the object that it made from the message, while it is remembered.
    api_id: str | None = None

    @property
    def accepted_at(self) -> int:
        """UNIX ms, as its id says."""
        return enqueued_at(self.id)


def trace(store: Store, message_id: str, looked: Looked | None = None) -> Trace:
    """The trace of a message; raises ValueError when the text is no message id.

    `looked`: as of `locate.find`.
    """
    # The journal is read last: then it has what happens while the lanes are searched.
    location = locate.find(store, message_id, looked)
    since = max(0, enqueued_at(message_id) - CLOCK_MARGIN)
    lines = list(about(message_id, journal.read(store, since)))
    way = assemble(message_id, location, lines, journal.reach(store))
    api_id: Any = store.client.get(store.keys.api_id(message_id))
    return replace(way, api_id=api_id.decode() if api_id else None)


def about(message_id: str, lines: Iterable[Batch | Act]) -> Iterator[Batch | Act]:
    """The lines that may be about the message."""
    lane, stream_id = parse(message_id)
    for line in lines:
        if isinstance(line, Act):
            if message_id in line.ids:
                yield line
        elif message_id in line.returned or line.spans(str(lane), stream_id):
            yield line


def assemble(
    message_id: str, location: Location, lines: Sequence[Batch | Act], reach: Reach
) -> Trace:
    """Put the lines of `about` and the location of `locate.find` together as a trace."""
    explained = explain(message_id, lines, location)
    steps = [Step(enqueued_at(message_id), "accepted")]
    steps += [Step(at, "noted", detail) for at, detail in location.history]
    noted = {detail.partition(":")[0] for _, detail in location.history}
    was_away = True
    for line, outcomes in zip(lines, explained.outcomes, strict=True):
        if isinstance(line, Act):
            was_away = line.act != "replayed"
            if line.act not in noted:
                steps.append(Step(line.at, line.act))
        elif outcomes != {None}:
            if message_id in line.returned and was_away:
                steps.append(_released(line))
            steps.append(Step(line.at, "sent", _detail(line), _only(outcomes)))
            was_away = outcomes != {"kept"}
    steps.sort(key=lambda step: step.at)
    state, since = _state(location, explained, steps)
    return Trace(message_id, state, since, steps, location, reach)


def _state(
    location: Location, explained: Outcomes, steps: Sequence[Step]
) -> tuple[State, int | None]:
    times = {step.what: step.at for step in steps}
    if location.state == "confirming":
        return "confirming", times.get("sent")
    if location.state != "gone":
        return location.state, None
    if explained.ends == {"purged"}:
        return "purged", times.get("purged")
    if explained.ends == {"erased"}:
        return "erased", times.get("erased")
    if explained.ends == {"delivered"} and "sent" in times:
        return "delivered", times["sent"]
    return "unknown", None


def _only(outcomes: Collection[Outcome | None]) -> Outcome | None:
    return next(iter(outcomes)) if len(outcomes) == 1 else None


def _released(line: Batch) -> Step:
    """The step back into the lane, before the batch.

    The message's new stream id, the time at which it came back, lies in the range of the batch.
    """
    first, last = stream_order(line.first)[0], stream_order(line.last)[0]
    detail = "" if first == last else f"or up to {(last - first) / 1000:,.1f} s before"
    return Step(last, "released", detail)


def _detail(line: Batch) -> str:
    """The batch in numbers, as in "attempt 2, 3 messages: 2 delivered, 1 parked"."""
    counts = (
        (line.delivered, "delivered"),
        (line.parked, "parked"),
        (line.dead, "dead"),
        (line.kept, "kept"),
    )
    listed = ", ".join(f"{count:,} {outcome}" for count, outcome in counts if count)
    notes = "; ".join(filter(None, (line.error, line.miscount)))
    error = f" ({notes})" if notes else ""
    messages = "1 message" if line.messages == 1 else f"{line.messages:,} messages"
    return f"attempt {line.attempt}, {messages}: {listed}{error}"
