"""The ledger of received items: one row per item, in columns, so that 200,000 rows fit easily."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from batchline.sandbox.contract import Item, Outcome

#: Outcome -> its name in the ledger.
OUTCOME_NAMES = {outcome: outcome.name.lower() for outcome in Outcome}


@dataclass(slots=True)
class Tally:
    """Running counts of one operation."""

    requests: int = 0
    items: int = 0
    #: How many ids were applied more than once.
    repeated: int = 0
    outcomes: list[int] = field(default_factory=lambda: [0] * len(Outcome))
    #: Id -> how often it was applied; items without an id do not count.
    times_applied: dict[str, int] = field(default_factory=dict)

    def summary(self) -> dict[str, int]:
        counts = {name: self.outcomes[outcome] for outcome, name in OUTCOME_NAMES.items()}
        return {
            "requests": self.requests,
            "items": self.items,
            "distinct": len(self.times_applied),
            "repeated": self.repeated,
            **counts,
        }


class Ledger:
    """Every received item, in order, with its outcome."""

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._keys: list[str] = []
        self._at = array("d")
        self._requests = array("L")
        self._operations = array("B")
        self._outcomes = bytearray()
        self._names: list[str] = []
        self._tallies: dict[str, Tally] = {}

    def __len__(self) -> int:
        return len(self._ids)

    def receive(self, operation: str, request: int, at: float, items: Sequence[Item]) -> range:
        """Record a request (number, UNIX seconds) and its items; returns their rows."""
        tally = self._tally(operation)
        count, first = len(items), len(self._ids)
        ids = [item.id for item in items]
        self._ids += ids
        self._keys += [item.key for item in items]
        self._at.extend([at] * count)
        self._requests.extend([request] * count)
        self._operations.extend([self._names.index(operation)] * count)
        self._outcomes.extend(bytes([Outcome.FAULTED]) * count)
        tally.requests += 1
        tally.items += count
        tally.outcomes[Outcome.FAULTED] += count
        for name in filter(None, ids):
            tally.times_applied.setdefault(name, 0)
        return range(first, first + count)

    def settle(self, rows: range, outcomes: Sequence[Outcome]) -> None:
        """Record the outcomes of the items in `rows`."""
        for row, outcome in zip(rows, outcomes, strict=True):
            self.set(row, outcome)

    def set(self, row: int, outcome: Outcome) -> None:
        """Record the outcome of one item."""
        before = self._outcomes[row]
        if before == outcome:
            return
        self._outcomes[row] = outcome
        tally = self._tallies[self._names[self._operations[row]]]
        tally.outcomes[before] -= 1
        tally.outcomes[outcome] += 1
        name = self._ids[row]
        if outcome == Outcome.APPLIED and name:
            times = tally.times_applied[name] = tally.times_applied[name] + 1
            tally.repeated += times == 2

    def summary(self) -> dict[str, dict[str, int]]:
        """Operation -> counts of requests, items, distinct ids, repeated ids, items by outcome."""
        return {name: tally.summary() for name, tally in sorted(self._tallies.items())}

    def rows(self, operation: str = "*", first: int = 0) -> Iterator[dict[str, Any]]:
        """The rows from `first` on whose operation matches the pattern, as JSON objects."""
        wanted = {index for index, name in enumerate(self._names) if fnmatchcase(name, operation)}
        for row in range(first, len(self._ids)):
            if self._operations[row] in wanted:
                yield self._row(row)

    def _row(self, row: int) -> dict[str, Any]:
        outcome = self._outcomes[row]
        return {
            "seq": row,
            "at": self._at[row],
            "operation": self._names[self._operations[row]],
            "key": self._keys[row],
            "id": self._ids[row],
            "applied": outcome == Outcome.APPLIED,
            "outcome": OUTCOME_NAMES[Outcome(outcome)],
            "request": self._requests[row],
        }

    def _tally(self, operation: str) -> Tally:
        if operation not in self._tallies:
            self._names.append(operation)
            self._tallies[operation] = Tally()
        return self._tallies[operation]
