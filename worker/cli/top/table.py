"""The table of a tab: it keeps its cursor and its place while its rows change."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.text import Text
from textual.widgets import DataTable

from batchline.worker.cli.top.rows import TABS, Column, Line
from batchline.worker.cli.top.views import Tab

#: Terminals that are narrower cut the first column.
NARROW = 100
#: Characters of the first column there.
FIRST = 25


class Rows(DataTable[Text]):
    """The rows of one tab."""

    def __init__(self, tab: Tab) -> None:
        super().__init__(id=f"{tab}-rows", cursor_type="row", zebra_stripes=True)
        self._heads = TABS[tab][1]
        self._widths: list[int] = []
        #: The rows that are shown.
        self.lines: list[Line] = []
        # Names stay in sight while the other columns are moved.
        self.fixed_columns = 1

    def on_mount(self) -> None:
        self._draw([])

    @property
    def selected(self) -> str | None:
        """What the row under the cursor is about."""
        at = self.cursor_row
        return self.lines[at].key if 0 <= at < len(self.lines) else None

    def put(self, lines: Sequence[Line]) -> None:
        """Show these rows; where only cells have changed, only these are drawn."""
        rows = list({line.key: self._fitting(line) for line in lines}.values())
        are_same = [line.key for line in rows] == [line.key for line in self.lines]
        widths = self._widths_of(rows)
        if not are_same or any(new > old for new, old in zip(widths, self._widths, strict=True)):
            self._draw(rows)
            return
        for new, old in zip(rows, self.lines, strict=True):
            for column, cell, last in zip(self._heads, new.cells, old.cells, strict=True):
                if cell != last:
                    self.update_cell(new.key, column.head, _text(cell, column))
        self.lines = rows

    def _draw(self, rows: list[Line]) -> None:
        """Draw all of it anew; the cursor stays on its row, or at its place."""
        before, at, scroll = self.selected, self.cursor_row, self.scroll_offset
        self.clear(columns=True)
        self.lines, self._widths = rows, self._widths_of(rows)
        for column, width in zip(self._heads, self._widths, strict=True):
            self.add_column(_text(column.head, column), key=column.head, width=width)
        for line in rows:
            cells = zip(line.cells, self._heads, strict=True)
            self.add_row(*(_text(cell, column) for cell, column in cells), key=line.key)
        keys = [line.key for line in rows]
        if keys:
            row = keys.index(before) if before in keys else min(max(at, 0), len(keys) - 1)
            self.move_cursor(row=row, scroll=False)
            self.scroll_to(scroll.x, scroll.y, animate=False)
            self.call_after_refresh(self.move_cursor, row=row)

    def _widths_of(self, rows: list[Line]) -> list[int]:
        """The width of each column."""
        return [
            max(cell_len(column.head), *(cell_len(line.cells[at]) for line in rows), 0)
            for at, column in enumerate(self._heads)
        ]

    def _fitting(self, line: Line) -> Line:
        first, *rest = line.cells
        if self.app.size.width < NARROW and len(first) > FIRST:
            first = f"{first[: FIRST - 1]}…"
        return Line(line.key, (first, *rest))


def _text(text: str, column: Column) -> Text:
    """A cell: as text, for brackets in the API's words are no markup."""
    return Text(text, justify="right" if column.is_number else "left", no_wrap=True)
