"""What the address of a table asks for: a filter, an order, and a page. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qs, urlencode

from batchline.worker.filters.language import BadFilter, Language

F = TypeVar("F")


@dataclass(frozen=True, slots=True)
class Asked(Generic[F]):
    """The table's language, and what the address says in it."""

    language: Language[F]
    #: The order that no address needs to name; a column, with - before it descending.
    usual: str
    wanted: F
    sort: str
    page: int = 1
    #: What is wrong with the filter, in words.
    wrong: str = ""

    @classmethod
    def of(cls, query: str, language: Language[F], usual: str) -> Asked[F]:
        """From the query of an address; a filter that cannot be read asks for nothing."""
        fields = parse_qs(query)
        sort = fields.get("sort", [usual])[0]
        number = fields.get("page", ["1"])[0]
        page = int(number) if number.isdecimal() and len(number) < 7 else 1
        asked = cls(language, usual, language.from_pairs(()), sort, page)
        try:
            return replace(asked, wanted=language.from_query(fields))
        except BadFilter as error:
            return replace(asked, wrong=str(error))

    def address(self, **changes: Any) -> str:
        """The query with other values of `sort` and `page`."""
        pairs = self.language.to_pairs(self.wanted)
        sort, page = changes.get("sort", self.sort), changes.get("page", 1)
        if sort != self.usual:
            pairs.append(("sort", sort))
        if page != 1:
            pairs.append(("page", str(page)))
        return f"?{urlencode(pairs)}"

    def sorted_by(self, column: str, largest_first: bool) -> str:
        """The query that sorts by this column; the other way round if it does already."""
        first = f"-{column}" if largest_first else column
        second = column if largest_first else f"-{column}"
        return self.address(sort=second if self.sort == first else first)

    def direction(self, column: str) -> str:
        """How the page is sorted by the column, as `aria-sort` says it."""
        if self.sort.removeprefix("-") != column:
            return "none"
        return "descending" if self.sort.startswith("-") else "ascending"
