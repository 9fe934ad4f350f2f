"""The run's tables on a terminal."""

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from tests.bench.results import Result, Results

_COLOURS = {"met": "green", "missed": "red", "not measured": "yellow"}


def show(results: Results, console: Console) -> None:
    """Each measurement's table, then the targets."""
    for result in results.results:
        if result.rows:
            console.print(_measurement(result))
    if results.comparisons():
        console.print(_targets(results))
    for note in results.notes:
        console.print(f"not measured: {note}", style="yellow")


def _measurement(result: Result) -> Table:
    columns = result.measurement.columns
    table = Table(box=SIMPLE_HEAD, title=result.measurement.title, title_justify="left")
    table.add_column("")
    for column in columns:
        table.add_column(column.title, justify="right")
    for row in result.rows:
        spreads = [result.spread(row, place) for place in range(len(columns))]
        table.add_row(
            row,
            *(
                spread.text(column.digits) if spread else ""
                for spread, column in zip(spreads, columns, strict=True)
            ),
        )
    return table


def _targets(results: Results) -> Table:
    table = Table(box=SIMPLE_HEAD, title="Targets", title_justify="left")
    for name in ("what", "against", "target", "ratio", ""):
        table.add_column(name, justify="right" if name in ("target", "ratio") else "left")
    for one in results.comparisons():
        ratio = one.ratio.text(2) if one.ratio else ""
        verdict = f"[{_COLOURS[one.verdict]}]{one.verdict}"
        table.add_row(one.target.what, one.target.against_title, one.target.text, ratio, verdict)
    return table
