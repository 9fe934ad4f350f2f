"""The table of a tab: it keeps its cursor and its place while its rows change."""

from __future__ import annotations

from collections.abc import Sequence

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
        self._columns = TABS[tab][1]
        self._shown: list[Line] = []
        # An id of a message is copied as a whole; names stay in sight.
        self.fixed_columns = 1

    def on_mount(self) -> None:
        for column in self._columns:
            self.add_column(_text(column.head, column), key=column.head)

    @property
    def selected(self) -> str | None:
        """What the row under the cursor is about."""
        at = self.cursor_row
        return self._shown[at].key if 0 <= at < len(self._shown) else None

    def put(self, lines: Sequence[Line]) -> None:
        """Show these rows; only what has changed is drawn."""
        rows = list({line.key: self._fitting(line) for line in lines}.values())
        if [line.key for line in rows] == [line.key for line in self._shown]:
            for new, old in zip(rows, self._shown, strict=True):
                for column, cell, last in zip(self._columns, new.cells, old.cells, strict=True):
                    if cell != last:
                        self.update_cell(
                            new.key, column.head, _text(cell, column), update_width=True
                        )
            self._shown = rows
            return
        before, at, scroll = self.selected, self.cursor_row, self.scroll_offset
        self.clear()
        for line in rows:
            cells = zip(line.cells, self._columns, strict=True)
            self.add_row(*(_text(cell, column) for cell, column in cells), key=line.key)
        self._shown = rows
        keys = [line.key for line in rows]
        if keys:
            row = keys.index(before) if before in keys else min(max(at, 0), len(keys) - 1)
            self.move_cursor(row=row, scroll=False)
            self.scroll_to(scroll.x, scroll.y, animate=False)
            self.call_after_refresh(self.move_cursor, row=row)

    def _fitting(self, line: Line) -> Line:
        first, *rest = line.cells
        if self.app.size.width < NARROW and len(first) > FIRST:
            first = f"{first[: FIRST - 1]}…"
        return Line(line.key, (first, *rest))


def _text(text: str, column: Column) -> Text:
    """A cell: as text, for brackets in the API's words are no markup."""
    return Text(text, justify="right" if column.is_number else "left", no_wrap=True)
