"""`batchline dead list`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from batchline.producers.settings import Settings
from batchline.worker.cli.dead.filters import filters, must_fit
from batchline.worker.cli.root import open_store
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.dead_letters.filter import Filter
from batchline.worker.dead_letters.letter import REASONS, DeadLetter
from batchline.worker.dead_letters.lines import to_line
from batchline.worker.inspection.status_table import ago
from batchline.worker.store import redis_clock

#: Rows of the table when --limit does not say.
ROWS = 50
#: Lines of the API's words for each letter.
LINES = 4
#: Columns that the time and the lines between the columns take.
OTHERS = 20


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
    read = dead_letters.read(store, [letter.id for letter in shown])
    if as_json:
        for letter in read:
            click.echo(to_line(letter))
        return
    console = Console()
    if not chosen:
        click.echo("No dead letters.", err=True)
        return
    letters = list(read)
    console.print(_table(letters, redis_clock.now(store), console.width))
    if len(chosen) > len(shown):
        console.print(f"... and {len(chosen) - len(shown):,} more (--limit)")
    console.print()
    if any(len(letter.detail) > _room(letters, console.width) for letter in letters):
        console.print("The API's words are cut: batchline dead show ID has all of them.")
    for reason, count in Counter(letter.reason for letter in chosen).most_common():
        console.print(f"{count:>8,} {reason}: {REASONS.get(reason, '')}")


def _table(letters: Sequence[DeadLetter], now: int, width: int) -> Table:
    table = Table(header_style="bold", show_edge=False)
    # Ids in one piece, to be copied.
    table.add_column("message", no_wrap=True)
    for name in ("reason", "the API's words", "died"):
        table.add_column(name, overflow="fold")
    room = _room(letters, width)
    for letter in letters:
        words = letter.detail
        if len(words) > room:
            words = words[: room - 1] + "…"
        died = ago((now - letter.died_at) / 1000)
        # As text: brackets in the words are no markup.
        table.add_row(letter.id, letter.reason, Text(words), f"{died} ago")
    return table


def _room(letters: Sequence[DeadLetter], width: int) -> int:
    """Characters of the API's words for a letter, so that it takes few lines of this terminal."""
    others = max((len(one.id) + len(one.reason) for one in letters), default=0) + OTHERS
    return LINES * max(width - others, len("the API's words"))
