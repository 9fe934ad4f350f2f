"""`batchline bulk`."""

from __future__ import annotations

import json
import time
from dataclasses import asdict

import click
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from batchline.producers.settings import Settings
from batchline.worker.cli import complete, output
from batchline.worker.cli.dead.in_bulk import by_reason
from batchline.worker.cli.output import JSON, JSON_LINES, WATCH, json_lines
from batchline.worker.cli.root import NothingMatches, open_store
from batchline.worker.dead_letters import bulk
from batchline.worker.dead_letters.bulk import BulkAct
from batchline.worker.inspection.status_table import ago
from batchline.worker.store import acts, redis_clock
from batchline.worker.store.store import Store

NAME = click.argument("name", type=complete.BULK)


@click.group()
def command() -> None:
    """Bulk acts: what workers replay or purge of everything that fits a filter.

    `batchline dead replay --reason expired --bulk NAME` orders one.
    """


@command.command("list")
@JSON_LINES
@WATCH
def list_(as_json: bool, watches: bool) -> None:
    """List them, the newest first."""
    store = open_store(Settings.load())
    if as_json:
        json_lines(map(asdict, bulk.every(store)))
    elif not watches and not bulk.every(store):
        click.echo("No bulk act yet: batchline dead replay --reason NAME --bulk NAME", err=True)
    else:
        output.show(lambda: _table(store), watches)


def _table(store: Store) -> Table:
    now = redis_clock.now(store)
    table = Table(header_style="bold", box=None, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("name", no_wrap=True)
    for title in ("what", "state", "done", "of", "ordered", "by", "filter"):
        table.add_column(title, overflow="fold")
    for one in bulk.every(store):
        ordered = f"{ago((now - one.ordered) / 1000)} ago"
        row = (one.what, one.state, f"{one.done:,}", f"{one.total:,}", ordered)
        table.add_row(one.name, *row, Text(one.who), Text(one.filter or "all"))
    return table


@command.command("show")
@NAME
@JSON
@click.option("--follow", is_flag=True, help="Keep it on the screen until it has ended.")
def show(name: str, as_json: bool, follow: bool) -> None:
    """Show one: what it is about, and how far it is."""
    store = open_store(Settings.load())
    act = _got(store, name)
    if as_json:
        click.echo(json.dumps(asdict(act), indent=2))
        return
    console = Console()
    if not follow:
        console.print(_shown(store, act))
        return
    with Live(_shown(store, act), console=console) as live:
        while act.is_open:
            time.sleep(0.5)
            act = _got(store, name)
            live.update(_shown(store, act))


@command.command("confirm")
@NAME
@click.option("--count", type=int, required=True, help="How many letters it is about.")
def confirm(name: str, count: int) -> None:
    """Run one that is counted, if it is about so many letters."""
    bulk.confirm(_store_of(name), name, count, acts.person())
    click.echo(f"{name}: workers do it; batchline bulk show {name}")


@command.command("stop")
@NAME
def stop(name: str) -> None:
    """Do no more of it. For a week `batchline bulk resume` goes on with what is left."""
    act = bulk.stop(_store_of(name), name, acts.person())
    click.echo(f"{name} is stopped: {act.done:,} {bulk.DONE[act.what]}, {act.left:,} left")


@command.command("resume")
@NAME
def resume(name: str) -> None:
    """Go on with one that was stopped while it ran."""
    act = bulk.resume(_store_of(name), name, acts.person())
    click.echo(f"{name} goes on: {act.left:,} left")


@command.command("pace")
@NAME
@click.option("--rate", type=float, help="So many a second at most; absent: as fast as it goes.")
def pace(name: str, rate: float | None) -> None:
    """Set how fast it goes, from now on."""
    bulk.pace(_store_of(name), name, rate, acts.person())
    click.echo(f"{name}: {'as fast as it goes' if rate is None else f'{rate:g} a second'}")


def _store_of(name: str) -> Store:
    """The store, if it has a bulk act of that name. Raises NothingMatches."""
    store = open_store(Settings.load())
    _got(store, name)
    return store


def _got(store: Store, name: str) -> BulkAct:
    act = bulk.get(store, name)
    if act is None:
        known = ", ".join(one.name for one in bulk.every(store)[:10]) or "none"
        raise NothingMatches(f"there is no bulk act {name!r} (the last ones: {known})")
    return act


def _shown(store: Store, act: BulkAct) -> Text:
    return Text("\n".join(lines(act, redis_clock.now(store))))


def lines(act: BulkAct, now: int) -> list[str]:
    """What there is to know of it, in lines; `now` in UNIX ms."""
    found = [
        f"{act.name}: {act.what} of {act.filter or 'all dead letters'}",
        f"  {_state(act)}",
        f"  ordered by {act.who}, {ago((now - act.ordered) / 1000)} ago",
    ]
    if act.state == "counting":
        found.append(f"  {act.looked:,} looked at, {act.total:,} fit so far")
    else:
        found.append(f"  {act.total:,} fit: {by_reason(act)}")
        found.append(f"  {act.done:,} {bulk.DONE[act.what]}, {act.left:,} left")
    if act.fault:
        found.append(f"  stopped by {act.fault}, a fault of ours: the worker's log has more of it")
    if act.foreign:
        why = "made for the system that their account had before, or sent anew"
        found.append(f"  {act.foreign:,} stay: {why}")
    if act.passed:
        found.append(f"  {act.passed:,} were changed or taken by somebody else, or cannot be read")
    return found


def _state(act: BulkAct) -> str:
    rate = "" if act.rate is None else f", {act.rate:g} a second at most"
    match act.state:
        case "counted":
            return f"waits for: batchline bulk confirm {act.name} --count {act.left}"
        case "stopped" if act.begun and act.left:
            return f"stopped; batchline bulk resume {act.name} goes on"
        case "counting" | "running" if not act.is_taken:
            return f"{act.state}{rate}: waits for a worker"
        case "running" if act.seconds_left:
            return f"running{rate}: {ago(act.seconds_left)} to go"
    return f"{act.state}{rate if act.is_open else ''}"
