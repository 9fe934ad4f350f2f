"""The figures of one run: what each measurement found in each round, and what they are beside
the targets."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from tests.bench.measurement import Measurement, Round, Target


@dataclass(frozen=True)
class Spread:
    """One figure over the rounds."""

    rounds: Sequence[float]

    @property
    def median(self) -> float:
        return median(self.rounds)

    def text(self, digits: int) -> str:
        """The median, and behind it the lowest and the highest round where they differ."""
        middle, low, high = (
            f"{value:,.{digits}f}" for value in (self.median, min(self.rounds), max(self.rounds))
        )
        return middle if low == high else f"{middle} ({low} - {high})"


@dataclass(frozen=True)
class Comparison:
    """A target, and the ratio of each round; none where it was not measured."""

    target: Target
    ratios: Sequence[float]

    @property
    def ratio(self) -> Spread | None:
        return Spread(self.ratios) if self.ratios else None

    @property
    def verdict(self) -> str:
        """`met`, `missed` or `not measured`: by the median of the rounds' ratios."""
        if self.ratio is None:
            return "not measured"
        return "met" if self.target.is_met(self.ratio.median) else "missed"


@dataclass
class Result:
    """What one measurement has found so far."""

    measurement: Measurement
    rounds: list[Round] = field(default_factory=list)

    @property
    def rows(self) -> list[str]:
        return list(self.rounds[0]) if self.rounds else []

    def spread(self, row: str, column: int) -> Spread | None:
        """A row's figure over the rounds; None where the column says nothing about the row."""
        figures = [found[row][column] for found in self.rounds]
        known = [figure for figure in figures if figure is not None]
        return Spread(known) if known else None

    def comparisons(self) -> Iterator[Comparison]:
        for target in self.measurement.targets:
            ratios = [target.ratio(found) for found in self.rounds]
            yield Comparison(target, [ratio for ratio in ratios if ratio is not None])


@dataclass
class Results:
    """A whole run: the results in their order, and how it ran."""

    results: Sequence[Result]
    rounds: int
    quick: bool
    #: The run's length.
    seconds: float = 0.0
    #: What could not be measured, and why.
    notes: Sequence[str] = ()

    def comparisons(self) -> list[Comparison]:
        return [one for result in self.results for one in result.comparisons()]

    def as_json(self) -> dict[str, Any]:
        """Every round of every figure, and the targets."""
        return {
            "rounds": self.rounds,
            "quick": self.quick,
            "seconds": round(self.seconds, 1),
            "notes": list(self.notes),
            "targets": [_comparison_as_json(one) for one in self.comparisons()],
            "measurements": {one.measurement.name: _result_as_json(one) for one in self.results},
        }


def _comparison_as_json(one: Comparison) -> dict[str, Any]:
    return {
        "what": one.target.what,
        "against": one.target.against_title,
        "target": one.target.text,
        "ratio": one.ratio.median if one.ratio else None,
        "rounds": list(one.ratios),
        "verdict": one.verdict,
    }


def _result_as_json(one: Result) -> dict[str, Any]:
    columns = [column.title for column in one.measurement.columns]
    rows: dict[str, Any] = {}
    for row in one.rows:
        spreads = [one.spread(row, column) for column in range(len(columns))]
        rows[row] = {
            title: {"median": spread.median, "rounds": list(spread.rounds)} if spread else None
            for title, spread in zip(columns, spreads, strict=True)
        }
    return rows
