"""How much a search has looked at, where it has a bound: a bound that was met is told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")

#: Messages of one place that a page looks at.
MOST = 20_000
#: Open jobs that it looks at; each may hold a thousand messages.
MOST_JOBS = 100


@dataclass(slots=True)
class Looked:
    """What was looked at in each place; `most` is the bound of one, None: there is none."""

    most: int | None = None
    #: Place -> how much of it was looked at, and how much there is.
    places: dict[str, tuple[int, int]] = field(default_factory=dict)

    def within(self, items: Iterable[T], place: str, there_are: int, most: int = 0) -> Iterator[T]:
        """The items as far as the bound goes; `most`: a bound of this place's own."""
        looked, of = self.places.get(place, (0, 0))
        bound = most if most and self.most is not None else self.most
        count = 0
        for item in () if bound is not None and looked >= bound else items:
            count += 1
            yield item
            if bound is not None and looked + count >= bound:
                break
        self.places[place] = looked + count, of + max(there_are, count)

    def left_out(self) -> list[str]:
        """The places that were not looked through, in words."""
        return [
            f"{looked:,} of {of:,} {place}"
            for place, (looked, of) in self.places.items()
            if self.most is not None and looked < of
        ]


def everything() -> Looked:
    """For a search that goes to the end."""
    return Looked()
