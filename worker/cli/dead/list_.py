"""`batchline dead list`."""

from __future__ import annotations

from collections import Counter

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from batchline.producers.settings import Settings
from batchline.worker.cli.dead.filters import filters, must_fit
from batchline.worker.cli.root import open_store
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.dead_letters.filter import Filter
from batchline.worker.dead_letters.letter import REASONS
from batchline.worker.dead_letters.lines import to_line
from batchline.worker.inspection.status_table import ago
from batchline.worker.store import redis_clock

#: Rows of the table when --limit does not say.
ROWS = 50


@click.command("list")
@filters
@click.option("--limit", type=click.IntRange(1), help=f"Show so many at most.  [default: {ROWS}]")
@click.option("--json", "as_json", is_flag=True, help="All of them, one JSON object a line.")
def command(wanted: Filter, limit: int | None, as_json: bool) -> None:
    """List them in the order in which they were enqueued, and count them by reason."""
    store = open_store(Settings.load())
    chosen = dead_letters.choose(store, wanted)
    must_fit(chosen, wanted)
    shown = chosen[: limit if limit or as_json else ROWS]
    letters = dead_letters.read(store, [letter.id for letter in shown])
    if as_json:
        for letter in letters:
            click.echo(to_line(letter))
        return
    console = Console()
    if not chosen:
        click.echo("No dead letters.", err=True)
        return
    table = Table(header_style="bold", show_edge=False)
    # Ids in one piece, to be copied.
    table.add_column("message", no_wrap=True)
    for name in ("reason", "the API's words", "died"):
        table.add_column(name, overflow="fold")
    now = redis_clock.now(store)
    for letter in letters:
        died = ago((now - letter.died_at) / 1000)
        # As text: brackets in the detail are no markup.
        table.add_row(letter.id, letter.reason, Text(letter.detail), f"{died} ago")
    console.print(table)
    if len(chosen) > len(shown):
        console.print(f"... and {len(chosen) - len(shown):,} more (--limit)")
    console.print()
    for reason, count in Counter(letter.reason for letter in chosen).most_common():
        console.print(f"{count:>8,} {reason}: {REASONS.get(reason, '')}")
