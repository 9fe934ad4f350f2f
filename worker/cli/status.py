"""`batchline status`."""

from __future__ import annotations

import json
import time

import click
from rich.console import Console
from rich.live import Live

from batchline.producers.settings import Settings
from batchline.worker.cli.root import open_store
from batchline.worker.inspection import status
from batchline.worker.inspection.status_table import status_table


@click.command()
@click.option("--json", "as_json", is_flag=True, help="The same as JSON, for scripts.")
@click.option("--watch", is_flag=True, help="Keep it on the screen, read again every second.")
def command(as_json: bool, watch: bool) -> None:
    """Show every lane and the totals.

    At rest accepted = delivered + parked + dead + purged + backlog.
    """
    store = open_store(Settings.load())
    if as_json:
        click.echo(json.dumps(status.read(store).as_dict(), indent=2))
        return
    console = Console()
    if not watch:
        console.print(status_table(status.read(store)))
        return
    with Live(console=console, screen=False) as live:
        try:
            while True:
                live.update(status_table(status.read(store)))
                time.sleep(1)
        except KeyboardInterrupt:
            return
