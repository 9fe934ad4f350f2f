"""A page of rows of lanes as a table for people."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from batchline.worker.inspection.lanes_page import LanesPage, Row
from batchline.worker.inspection.status_table import ago

COLUMNS = ("backlog", "oldest", "in flight", "parked", "dead", "failures", "due")


def lanes_table(page: LanesPage) -> RenderableType:
    """The rows; below them their words, and how many more there are."""
    table = Table(header_style="bold", box=None, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("operation", overflow="fold", min_width=20)
    for name in COLUMNS:
        table.add_column(name, justify="right", no_wrap=True)
    for row in page.rows:
        table.add_row(
            row.scope,
            f"{row.backlog:,}",
            ago(row.oldest_seconds),
            f"{row.in_flight:,}",
            f"{row.parked:,}",
            f"{row.dead:,}",
            f"{row.attempts:,}",
            "paused" if row.paused else ago(row.due_seconds),
        )
    said = [Text(note) for row in page.rows for note in notes(row)]
    shown = f"{len(page.rows):,} of {page.matching:,} that fit, of {page.of:,}"
    return Group(table, *said, "", Text(shown))


def notes(row: Row) -> list[str]:
    """What there is to say of a row beside its numbers."""
    notes = [
        f"{held.scope}: paused{f' by {held.who}' if held.who else ''}: {held.reason}"
        for held in row.paused
    ]
    reasons = ", ".join(f"{count:,} {word}" for word, count in row.parked_by.items() if count)
    if reasons:
        notes.append(f"{row.scope}: parked: {reasons}")
    if row.error:
        notes.append(f"{row.scope}: {row.error}, {ago(row.error_seconds)} ago")
    if row.breaker != "closed":
        notes.append(f"{row.scope}: its breaker is {row.breaker}, for {ago(row.breaker_seconds)}")
    return notes
