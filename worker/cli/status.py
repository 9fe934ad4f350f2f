"""`batchline status`."""

from __future__ import annotations

import json
import time

import click
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from batchline.producers.settings import Settings
from batchline.worker.cli.root import open_store
from batchline.worker.inspection import status
from batchline.worker.inspection.status import LaneStatus, Status


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
        console.print(render(status.read(store)))
        return
    with Live(console=console, screen=False) as live:
        try:
            while True:
                live.update(render(status.read(store)))
                time.sleep(1)
        except KeyboardInterrupt:
            return


def render(found: Status) -> RenderableType:
    """The lanes as a table, and the totals below."""
    if not found.lanes:
        return "No lane yet: nothing has been enqueued."
    table = Table(header_style="bold", box=None, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("lane", overflow="fold")
    for name in ("backlog", "oldest", "in flight", "parked", "dead", "delivered", "due"):
        table.add_column(name, justify="right", no_wrap=True)
    for lane in found.lanes:
        table.add_row(
            lane.lane,
            f"{lane.backlog:,}",
            ago(lane.oldest_seconds),
            f"{lane.in_flight:,}",
            f"{lane.parked:,}",
            f"{lane.dead:,}",
            f"{lane.delivered:,}",
            _due(lane),
        )
    errors = [
        f"{lane.lane}: {lane.confirming:,} wait for their job's result, "
        f"{lane.unconfirmed:,} never got one"
        for lane in found.lanes
        if lane.confirming or lane.unconfirmed
    ]
    errors += [f"{lane.lane}: {_error(lane)}" for lane in found.lanes if _error(lane)]
    lines = [Text(line) for line in errors]
    return Group(table, *lines, *([""] if lines else []), _totals(found.totals))


def _due(lane: LaneStatus) -> str:
    if lane.paused is not None:
        return "paused"
    if lane.in_flight:
        return "sending"
    return "-" if lane.due_seconds is None else ago(lane.due_seconds)


def _error(lane: LaneStatus) -> str:
    if lane.paused is not None:
        return f"paused, {lane.paused} (batchline resume {lane.resume})"
    if lane.last_error is None:
        return ""
    return f"last error {lane.last_error}, {ago(lane.last_error_seconds)} ago"


def _totals(totals: dict[str, int]) -> Text:
    return Text("  ".join(f"{name} {count:,}" for name, count in totals.items()))


def ago(seconds: float | None) -> str:
    """Seconds as people read them: 4.2s, 12m, 3h, 2d."""
    if seconds is None:
        return "-"
    for unit, length in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f}{unit}"
    return f"{seconds:.1f}s"
