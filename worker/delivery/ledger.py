"""The ledger of a batch: what is known of each message while the batch is delivered. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from batchline.systems.account import FloodGuard
from batchline.systems.columns import Item
from batchline.systems.requests import Request
from batchline.systems.verdicts import (
    Behind,
    Dead,
    Delivered,
    DestinationFailed,
    Erased,
    Flooded,
    RateLimited,
    Stop,
    Verdict,
    Wait,
)

#: The state of a message: no verdict yet, delivered, another verdict (in `Ledger.verdicts`).
OPEN, DELIVERED, OTHER = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Step:
    """The change that follows from one outcome.

    `interpret` decides it, `Ledger.apply` carries it out. Messages are named by their index in the
    batch.
    """

    #: Messages that the API took.
    delivered: Sequence[int] = ()
    #: Index -> verdict, of the messages that were not delivered.
    verdicts: Mapping[int, Verdict | Behind] = field(default_factory=dict)
    #: How many of the delivered messages were merged into another message's item.
    merged: int = 0
    #: Messages that the API has certainly not taken.
    certain: Sequence[int] = ()
    #: Waves of requests to send next, instead of the one that was answered.
    resend: Sequence[list[Request]] = ()
    #: Questions to ask instead of the one that was answered; or, if that was none, before the
    #: verdicts of this step count.
    ask: Sequence[Request] = ()
    #: The API's id of a job that will confirm items, and the items.
    job: tuple[str, Sequence[Item]] | None = None
    #: Index -> the API's own id of the object that it made from the message.
    api_ids: Mapping[int, str] = field(default_factory=dict)
    #: Parked items and their verdicts: other items of their contacts may have to wait behind them.
    parked: Sequence[tuple[Item, Verdict | Behind]] = ()
    #: Index -> how often an answer did not say by now whether the API took that message.
    unanswered: Mapping[int, int] = field(default_factory=dict)
    #: What the API counted, and the messages of that request, where the numbers do not fit.
    miscounted: Sequence[tuple[str, int]] = ()
    #: Requests that the API answered; requests whose destination failed; messages refused alone.
    answered: int = 0
    failed: int = 0
    rejected: int = 0
    #: Requests whose host could not be reached.
    unreachable: int = 0
    #: Whether other requests follow from the answer: that is lost if the batch stops before them.
    unsaved: bool = False
    #: Why the batch stops, if it does.
    stop: Stop | None = None


class Ledger:
    """The verdicts of a batch, kept sparsely: most messages are simply delivered."""

    def __init__(self, size: int, guard: FloodGuard) -> None:
        """`size`: messages of the batch."""
        self._state = bytearray(size)
        self._guard = guard
        #: Index -> verdict, of the messages that were not delivered.
        self.verdicts: dict[int, Verdict | Behind | Erased] = {}
        self.stop: Stop | None = None
        self.answered = self.failed = self.unreachable = self.merged = 0
        #: Whether the batch has learned from answers what is lost if it stops.
        self.unsaved = False
        self.jobs: list[tuple[str, Sequence[Item]]] = []
        self.api_ids: dict[int, str] = {}
        self.miscounted: list[tuple[str, int]] = []
        self._rejected = 0

    def __len__(self) -> int:
        return len(self._state)

    def apply(self, step: Step) -> None:
        """Carry a step out; only this method stops the batch."""
        self._deliver(step.delivered)
        for index, verdict in step.verdicts.items():
            self.settle((index,), verdict)
        self.answered += step.answered
        self.failed += step.failed
        self.unreachable += step.unreachable
        self.merged += step.merged
        self._rejected += step.rejected
        self.unsaved = self.unsaved or step.unsaved
        if step.job is not None:
            self.jobs.append(step.job)
        self.api_ids.update(step.api_ids)
        self.miscounted += step.miscounted
        self._stop(step.stop)
        if step.rejected and self._is_flooded():
            self._stop(Flooded())

    def _stop(self, stop: Stop | None) -> None:
        """Stop the batch, if `stop` is not None; a failure takes precedence over a wait."""
        if stop is not None and (self.stop is None or not isinstance(stop, Wait)):
            self.stop = stop

    def settle(self, indexes: Iterable[int], verdict: Verdict | Behind | Erased) -> None:
        """Give the messages this verdict."""
        if isinstance(verdict, Delivered):
            self._deliver(list(indexes))
            return
        for index in indexes:
            self._state[index] = OTHER
            self.verdicts[index] = verdict

    def hold(self, indexes: Iterable[int], detail: str) -> None:
        """Keep the messages for a person, who may find out whether the API took them."""
        self.settle(indexes, Dead("ambiguous", detail))

    def is_open(self, index: int) -> bool:
        """Whether the message has no verdict."""
        return self._state[index] == OPEN

    def open(self) -> Sequence[int]:
        """The messages without a verdict."""
        if OPEN not in self._state:
            return ()
        if self._state.count(OPEN) == len(self._state):
            return range(len(self._state))
        return [index for index, state in enumerate(self._state) if state == OPEN]

    def taken(self) -> Iterator[int]:
        """The messages that the API took, or may have taken."""
        index = self._state.find(DELIVERED)
        while index >= 0:
            yield index
            index = self._state.find(DELIVERED, index + 1)
        for index, verdict in self.verdicts.items():
            if isinstance(verdict, Dead) and verdict.reason == "ambiguous":
                yield index

    def miscount(self) -> str:
        """What the API counted last, where the numbers do not fit; or ""."""
        return self.miscounted[-1][0] if self.miscounted else ""

    @property
    def delivered(self) -> int:
        """How many are delivered."""
        return self._state.count(DELIVERED)

    def is_delivered(self, index: int) -> bool:
        return self._state[index] == DELIVERED

    def first_open(self) -> int | None:
        """The first message that stays in its lane; None when none does."""
        index = self._state.find(OPEN)
        return index if index >= 0 else None

    @property
    def is_throttled(self) -> bool:
        """Whether a rate limit stops the batch: the account's own, or the API's."""
        stop = self.stop
        return isinstance(stop, RateLimited) or (
            isinstance(stop, DestinationFailed) and stop.throttled
        )

    def _deliver(self, indexes: Collection[int]) -> None:
        if isinstance(indexes, range) and indexes.step == 1:
            self._state[indexes.start : indexes.stop] = b"\1" * len(indexes)
        else:
            for index in indexes:
                self._state[index] = DELIVERED

    def _is_flooded(self) -> bool:
        settled = len(self._state) - self._state.count(OPEN)
        many = self._rejected >= self._guard.least
        return many and self._rejected / settled >= self._guard.share
