"""`batchline status`."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

import click
from redis.exceptions import RedisError
from rich.console import Console, RenderableType

from batchline.producers.redis_client import described
from batchline.producers.settings import Settings
from batchline.worker.cli import exit_codes
from batchline.worker.cli.language import Where
from batchline.worker.cli.output import JSON, WATCH, show
from batchline.worker.cli.root import NothingMatches, open_store
from batchline.worker.dead_letters import bulk
from batchline.worker.inspection import lanes_page, status, surroundings
from batchline.worker.inspection.history_table import history_table
from batchline.worker.inspection.lanes_filter import LANGUAGE, LanesFilter
from batchline.worker.inspection.lanes_page import EVERY
from batchline.worker.inspection.status import Status
from batchline.worker.inspection.status_table import status_table
from batchline.worker.store import history, lane_states, redis_clock
from batchline.worker.store.store import Store
from batchline.worker.troubles import watch
from batchline.worker.troubles.kinds_table import markdown
from batchline.worker.troubles.trouble import Trouble, redis_away
from batchline.worker.troubles.unread import Kept
from batchline.worker.troubles.words import as_dict, parts, standing_line


@click.command()
@JSON
@WATCH
@click.option(
    "--where",
    type=Where(LANGUAGE),
    default=EVERY,
    metavar="FILTER",
    help="Only the lanes that fit, as `batchline lanes --where` takes it.",
)
@click.option(
    "--check", is_flag=True, help="Print only what is wrong; exit status 1 if anything is."
)
@click.option("--history", "past", is_flag=True, help="Show the last hour, minute by minute.")
@click.option("--kinds", is_flag=True, help="Print what can be wrong, as a Markdown table.")
def command(
    as_json: bool,
    watches: bool,
    where: LanesFilter,
    check: bool,
    past: bool,
    kinds: bool,
) -> None:
    """Show every lane, the totals, and what is wrong.

    At rest accepted = delivered + parked + dead + purged + erased + backlog.
    """
    if kinds:
        click.echo(markdown())
        return
    settings = Settings.load()
    store = open_store(settings)
    look = Look(store, settings, where)
    if check:
        sys.exit(_check(look, as_json))
    if past:
        _show_history(store, where, as_json)
        return
    if watches:
        show(look.table, watches)
        return
    if as_json:
        click.echo(json.dumps(look.as_dict(), indent=2))
    else:
        show(look.table, watches)
    if where != EVERY and not look.status().lanes:
        raise NothingMatches("no lane fits")


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the lanes that fit."""

    store: Store
    settings: Settings
    where: LanesFilter

    def status(self) -> Status:
        """The lanes that fit, and their sums."""
        found = status.read(self.store)
        if self.where == EVERY:
            return found
        states = lane_states.read(self.store)
        around = surroundings.read(self.store, self.settings, states)
        fitting = {
            str(one.lane)
            for row in lanes_page.fold(states, around)
            if lanes_page.fits(row, self.where)
            for one in row.partitions
        }
        lanes = [lane for lane in found.lanes if lane.lane in fitting]
        return Status(lanes, status.totals(lanes))

    def troubles(self) -> list[Trouble]:
        """What lasts; with a filter, of its account and operation alone."""
        found = watch.shown(self.store, self.settings.stall_after, Kept.of(self.settings))
        return [one for one in found if _is_about(one, self.where)]

    def lines(self) -> list[str]:
        now = redis_clock.now(self.store)
        return [standing_line(one, now) for one in self.troubles()]

    def dicts(self) -> list[dict[str, Any]]:
        now = redis_clock.now(self.store)
        return [as_dict(one, now) for one in self.troubles()]

    def as_dict(self) -> dict[str, Any]:
        bulk_acts = [asdict(one) for one in bulk.under_way(self.store)]
        return {**self.status().as_dict(), "troubles": self.dicts(), "bulk": bulk_acts}

    def table(self) -> RenderableType:
        lines = [*self.lines(), *map(bulk.line, bulk.under_way(self.store))]
        return status_table(self.status(), lines, _where(self.settings))


def _is_about(trouble: Trouble, where: LanesFilter) -> bool:
    return where.names(*parts(trouble))


def _show_history(store: Store, where: LanesFilter, as_json: bool) -> None:
    if where != EVERY:
        raise click.UsageError("--history shows every operation: it goes without --where")
    hour = history.last_hour(store)
    if not as_json:
        Console().print(history_table(hour))
        return
    rows = {":".join(key): asdict(series) for key, series in sorted(hour.rows.items())}
    found = {"times": hour.times, "rows": rows, "totals": asdict(hour.totals)}
    click.echo(json.dumps(found, indent=2))


def _check(look: Look, as_json: bool) -> int:
    """Print what is wrong; the exit status."""
    try:
        found, lines = look.dicts(), look.lines()
    except RedisError as error:
        away, now = redis_away(described(error)), round(time.time() * 1000)
        found, lines = [as_dict(away, now)], [standing_line(away, now)]
    if as_json:
        click.echo(json.dumps({"ok": not found, "troubles": found}, indent=2))
    else:
        click.echo("\n".join(lines) or "OK: nothing is wrong")
    return exit_codes.WRONG if found else exit_codes.OK


def _where(settings: Settings) -> str:
    """The Redis that is looked at, for who looks at another one than the application."""
    server = urlsplit(settings.lanes_url())
    address = f"{server.hostname}:{server.port or 6379}, database {server.path.strip('/') or 0}"
    return f"in the Redis at {address}, under key_prefix {settings.key_prefix}"
