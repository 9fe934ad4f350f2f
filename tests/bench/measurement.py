"""What a measurement is: rows of figures, once per round, and the targets that compare rows."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from tests.bench.run import Run

#: One for each column; None where a column says nothing about a row.
Figures = Sequence[float | None]
#: The figures of each row.
Round = Mapping[str, Figures]


@dataclass(frozen=True)
class Column:
    """One figure of every row."""

    #: What it counts and its unit.
    title: str
    #: Digits behind the point.
    digits: int = 0


@dataclass(frozen=True)
class Target:
    """A row is compared with another one of the same round: the ratio of their figures."""

    what: str
    row: str
    #: The other row, and what it is called in the table of targets.
    against: str
    against_title: str
    #: The ratio has to be at least this, or with `at_most` no more than this.
    bound: float
    at_most: bool = False
    #: Which figure of the rows.
    column: int = 0

    def ratio(self, figures: Round) -> float | None:
        """The ratio in one round; None where one of the rows was not measured."""
        row = figures[self.row][self.column] if self.row in figures else None
        against = figures[self.against][self.column] if self.against in figures else None
        return row / against if row is not None and against else None

    def is_met(self, ratio: float) -> bool:
        return ratio <= self.bound if self.at_most else ratio >= self.bound

    @property
    def text(self) -> str:
        return f"{'≤' if self.at_most else '≥'} {self.bound:g}"


class Measurement(ABC):
    """One thing that is measured, by the name that `--only` takes."""

    name: ClassVar[str]
    title: ClassVar[str]
    #: What is done, and what the figures are of; Markdown.
    text: ClassVar[str]
    columns: ClassVar[Sequence[Column]]
    targets: ClassVar[Sequence[Target]] = ()
    #: The column that is drawn as bars.
    drawn: ClassVar[int | None] = 0

    @abstractmethod
    def round(self, run: Run) -> Round:
        """The figures of one round; raises `BenchError`."""
