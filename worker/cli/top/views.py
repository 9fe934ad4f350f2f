"""What is asked for on each tab of `batchline top`, and what was read for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from batchline.producers.settings import Settings
from batchline.worker.dead_letters import browse, bulk, counts
from batchline.worker.dead_letters import filter as letters
from batchline.worker.dead_letters.browse import Cursor, Sheet
from batchline.worker.dead_letters.bulk import BulkAct
from batchline.worker.dead_letters.counts import Counts
from batchline.worker.dead_letters.filter import Filter
from batchline.worker.filters.language import Language
from batchline.worker.inspection import lanes_filter, lanes_page, overview
from batchline.worker.inspection.lanes_filter import LanesFilter
from batchline.worker.inspection.lanes_page import LanesPage, Row
from batchline.worker.inspection.overview import Overview
from batchline.worker.store import redis_clock
from batchline.worker.store.store import Store

Tab = Literal["lanes", "troubles", "dead", "bulk"]
#: Rows of the tab of lanes that are read and shown at once.
PAGE_SIZE = 100
#: By what lanes are sorted, one after the other.
SORTS = ("-backlog", "-oldest", "-dead", "-parked", "-in_flight", "-attempts", "due", "name")


@dataclass(frozen=True, slots=True)
class View:
    """What is asked for. It is a value: an answer to another one comes too late, and is left."""

    tab: Tab = "lanes"
    #: Of lanes and troubles.
    wanted: LanesFilter = lanes_page.EVERY
    sort: str = SORTS[0]
    page: int = 1
    #: Of dead letters, and behind which the page begins: the last is that of now.
    letters: Filter = letters.EVERY
    pages: tuple[Cursor, ...] = ()

    @property
    def language(self) -> Language[Any] | None:
        """The language of the tab's filter; None: it has none."""
        if self.tab == "bulk":
            return None
        return letters.LANGUAGE if self.tab == "dead" else lanes_filter.LANGUAGE

    @property
    def filter(self) -> str:
        """The tab's filter as a text."""
        if self.tab == "dead":
            return letters.LANGUAGE.format(self.letters)
        return "" if self.tab == "bulk" else lanes_filter.LANGUAGE.format(self.wanted)

    def with_filter(self, text: str) -> View:
        """The view with another filter, from the first page on. Raises BadFilter."""
        if self.tab == "dead":
            return replace(self, letters=letters.LANGUAGE.parse(text), pages=())
        return replace(self, wanted=lanes_filter.LANGUAGE.parse(text), page=1)

    def sorted_next(self) -> View:
        """The view sorted by the next column."""
        at = SORTS.index(self.sort) if self.sort in SORTS else -1
        return replace(self, sort=SORTS[(at + 1) % len(SORTS)], page=1)

    def reversed(self) -> View:
        """The view sorted the other way round."""
        column = self.sort.removeprefix("-")
        return replace(self, sort=column if self.sort != column else f"-{column}", page=1)


@dataclass(frozen=True, slots=True)
class Found:
    """What was read: how things are, and the rows of the tab."""

    view: View
    #: UNIX ms.
    now: int
    overview: Overview
    lanes: LanesPage | None = None
    sheet: Sheet | None = None
    counts: Counts | None = None
    #: Dead letters that fit, where that is counted.
    fitting: int | None = None
    acts: Sequence[BulkAct] = ()

    @property
    def troubles(self) -> list[dict[str, Any]]:
        """What lasts, of the accounts and operations that are asked for."""
        return [
            one
            for one in self.overview.troubles
            if self.view.wanted.names(one["account"], one["operation"])
        ]

    def next_page(self) -> View | None:
        """The view of the page behind this one; None: this is the last."""
        view = self.view
        if self.lanes is not None:
            page = self.lanes.page + 1
            return replace(view, page=page) if page <= self.lanes.pages else None
        if self.sheet is not None and self.sheet.next is not None:
            return replace(view, pages=(*view.pages, self.sheet.next))
        return None

    def page_before(self) -> View | None:
        """The view of the page before this one; None: this is the first."""
        view = self.view
        if self.lanes is not None:
            return replace(view, page=self.lanes.page - 1) if self.lanes.page > 1 else None
        return replace(view, pages=view.pages[:-1]) if self.sheet and view.pages else None


def read(store: Store, settings: Settings, view: View) -> Found:
    """Read a page of the tab, and how things are; no message of a lane leaves Redis."""
    found = Found(view, redis_clock.now(store), overview.read(store, settings))
    if view.tab == "lanes":
        page = lanes_page.read(store, settings, view.wanted, view.sort, view.page, PAGE_SIZE)
        return replace(found, lanes=page)
    if view.tab == "bulk":
        return replace(found, acts=bulk.every(store))
    if view.tab == "troubles":
        return found
    numbers = counts.read(store)
    sheet = browse.read(store, view.letters, view.pages[-1] if view.pages else None)
    fitting = browse.count(store, view.letters)
    if fitting is None:
        fitting = numbers.of(view.letters)
    return replace(found, sheet=sheet, counts=numbers, fitting=fitting)


def row_of(found: Found, key: str) -> Row | None:
    """The row of "account:operation"."""
    rows = found.lanes.rows if found.lanes else ()
    return next((one for one in rows if one.scope == key), None)


def trouble_key(trouble: Mapping[str, Any]) -> str:
    """The key of the row of a trouble."""
    return f"{trouble['kind']} {trouble['scope']}"
