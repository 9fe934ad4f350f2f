"""`batchline acts`."""

from __future__ import annotations

import json
from dataclasses import asdict

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from batchline.producers.settings import Settings
from batchline.worker.cli.root import open_store
from batchline.worker.inspection.status_table import ago
from batchline.worker.store import acts, redis_clock

#: Lines when --limit does not say.
LINES = 50


@click.command()
@click.option("--limit", type=click.IntRange(1, acts.LENGTH), default=LINES, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def command(limit: int, as_json: bool) -> None:
    """Show who did what, the newest first: pauses, and acts on dead letters."""
    store = open_store(Settings.load())
    found = acts.read(store, limit)
    if as_json:
        for line in found:
            click.echo(json.dumps(asdict(line), ensure_ascii=False))
        return
    console = Console()
    if not found:
        click.echo("Nobody has done anything yet.", err=True)
        return
    now = redis_clock.now(store)
    table = Table(header_style="bold", box=None, padding=(0, 1, 0, 0), pad_edge=False)
    for name in ("when", "who", "what", "on", "messages", "detail"):
        table.add_column(name, overflow="fold", justify="right" if name == "messages" else "left")
    for line in found:
        count = "" if line.count is None else f"{line.count:,}"
        # As text: brackets in a reason are no markup.
        texts = (line.who, line.what, line.on, count, line.detail)
        table.add_row(f"{ago((now - line.at) / 1000)} ago", *map(Text, texts))
    console.print(table)
