"""The history of the last hour as a table for people, with a line of bars for each operation."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from batchline.worker.store.history import History, Series

#: Bars, from the least that is more than nothing to the most.
BARS = "▁▂▃▄▅▆▇█"
#: Nothing happened; and nobody knows what did.
NOTHING, GAP = "_", " "
#: Bars of a line: each stands for five minutes of an hour.
WIDTH = 12


def history_table(history: History) -> RenderableType:
    """The rows by name, and their totals."""
    if all(value is None for value in history.totals.backlog):
        return Text("No history yet: a worker samples it once a minute.")
    table = Table(header_style="bold", box=None, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("operation", overflow="fold", min_width=20)
    for name in ("in/min", "out/min", "died", "backlog"):
        table.add_column(name, justify="right", no_wrap=True)
    for name in ("in, 1 hour", "out, 1 hour"):
        table.add_column(name, no_wrap=True)
    for (account, operation), series in sorted(history.rows.items()):
        _add(table, f"{account}:{operation}", history, series)
    _add(table, "all", history, history.totals)
    return table


def sparkline(values: Sequence[int | None], width: int = WIDTH) -> str:
    """The values as bars, the newest on the right; a gap is blank, and nothing is `_`."""
    groups = _grouped(values, width)
    most = max((value for value in groups if value is not None), default=0)
    return "".join(_bar(value, most) for value in groups)


def _grouped(values: Sequence[int | None], width: int) -> list[int | None]:
    """At most so many sums of neighbours; unknown where all of them are."""
    size = max(1, -(-len(values) // width))
    parts = [values[at : at + size] for at in range(0, len(values), size)]
    known = [[value for value in part if value is not None] for part in parts]
    return [sum(part) if part else None for part in known]


def _bar(value: int | None, most: int) -> str:
    if value is None:
        return GAP
    if value == 0:
        return NOTHING
    return BARS[min(len(BARS) - 1, (value * len(BARS) - 1) // most)]


def _add(table: Table, name: str, history: History, series: Series) -> None:
    died = [value for value in series.died if value is not None]
    table.add_row(
        name,
        number(history.per_minute(series.enqueued)),
        number(history.per_minute(series.delivered)),
        number(sum(died) if died else None),
        number(next((one for one in reversed(series.backlog) if one is not None), None)),
        sparkline(series.enqueued),
        sparkline(series.delivered),
    )


def number(value: float | None) -> str:
    """A number for people; "-" where nobody knows it."""
    return "-" if value is None else f"{value:,.0f}"
