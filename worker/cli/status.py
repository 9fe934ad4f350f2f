"""`batchline status`."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

import click
from redis.exceptions import RedisError
from rich.console import Console, RenderableType
from rich.live import Live

from batchline.producers.redis_client import described
from batchline.producers.settings import Settings
from batchline.worker.cli.root import open_store
from batchline.worker.dead_letters import bulk
from batchline.worker.inspection import status
from batchline.worker.inspection.history_table import history_table
from batchline.worker.inspection.status_table import status_table
from batchline.worker.store import history, redis_clock
from batchline.worker.store.store import Store
from batchline.worker.troubles import watch
from batchline.worker.troubles.kinds_table import markdown
from batchline.worker.troubles.trouble import Trouble, redis_away
from batchline.worker.troubles.unread import Kept
from batchline.worker.troubles.words import as_dict, standing_line


@click.command()
@click.option("--json", "as_json", is_flag=True, help="The same as JSON, for scripts.")
@click.option("--watch", "watches", is_flag=True, help="Keep it on the screen, read each second.")
@click.option(
    "--check", is_flag=True, help="Print only what is wrong; exit status 1 if anything is."
)
@click.option("--history", "past", is_flag=True, help="Show the last hour, minute by minute.")
@click.option("--kinds", is_flag=True, help="Print what can be wrong, as a Markdown table.")
def command(as_json: bool, watches: bool, check: bool, past: bool, kinds: bool) -> None:
    """Show every lane, the totals, and what is wrong.

    At rest accepted = delivered + parked + dead + purged + erased + backlog.
    """
    if kinds:
        click.echo(markdown())
        return
    settings = Settings.load()
    store = open_store(settings)
    if check:
        sys.exit(_check(store, settings, as_json))
    if past:
        _show_history(store, as_json)
        return
    if as_json:
        found = {**status.read(store).as_dict(), "troubles": _troubles(store, settings)}
        click.echo(json.dumps(found, indent=2))
        return
    console = Console()
    if not watches:
        console.print(_table(store, settings))
        return
    with Live(console=console, screen=False) as live:
        try:
            while True:
                live.update(_table(store, settings))
                time.sleep(1)
        except KeyboardInterrupt:
            return


def _show_history(store: Store, as_json: bool) -> None:
    hour = history.last_hour(store)
    if not as_json:
        Console().print(history_table(hour))
        return
    rows = {":".join(key): asdict(series) for key, series in sorted(hour.rows.items())}
    found = {"times": hour.times, "rows": rows, "totals": asdict(hour.totals)}
    click.echo(json.dumps(found, indent=2))


def _check(store: Store, settings: Settings, as_json: bool) -> int:
    """Print what is wrong; the exit status."""
    try:
        found, lines = _troubles(store, settings), _lines(store, settings)
    except RedisError as error:
        away, now = redis_away(described(error)), round(time.time() * 1000)
        found, lines = [as_dict(away, now)], [standing_line(away, now)]
    if as_json:
        click.echo(json.dumps({"ok": not found, "troubles": found}, indent=2))
    else:
        click.echo("\n".join(lines) or "OK: nothing is wrong")
    return 1 if found else 0


def _table(store: Store, settings: Settings) -> RenderableType:
    lines = [*_lines(store, settings), *map(bulk.line, bulk.under_way(store))]
    return status_table(status.read(store), lines, _where(settings))


def _where(settings: Settings) -> str:
    """The Redis that is looked at, for who looks at another one than the application."""
    server = urlsplit(settings.lanes_url())
    address = f"{server.hostname}:{server.port or 6379}, database {server.path.strip('/') or 0}"
    return f"in the Redis at {address}, under key_prefix {settings.key_prefix}"


def _lines(store: Store, settings: Settings) -> list[str]:
    now = redis_clock.now(store)
    return [standing_line(one, now) for one in _standing(store, settings)]


def _troubles(store: Store, settings: Settings) -> list[dict[str, Any]]:
    now = redis_clock.now(store)
    return [as_dict(one, now) for one in _standing(store, settings)]


def _standing(store: Store, settings: Settings) -> list[Trouble]:
    return watch.shown(store, settings.stall_after, Kept.of(settings))
