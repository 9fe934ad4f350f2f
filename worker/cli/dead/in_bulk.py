"""Everything that matches, as a bulk act: counted, confirmed, and carried out by workers."""

from __future__ import annotations

import time
from collections.abc import Sequence

import click

from batchline.producers.settings import Settings
from batchline.worker.cli import confirming
from batchline.worker.cli.root import NothingMatches
from batchline.worker.dead_letters import bulk, bulk_work
from batchline.worker.dead_letters.bulk import BulkAct, What
from batchline.worker.dead_letters.filter import EVERY, Filter
from batchline.worker.store import acts
from batchline.worker.store.store import Store

#: The option of commands that can act in bulk.
OPTION = click.option(
    "--bulk",
    "name",
    metavar="NAME",
    help="Let workers do it, as a bulk act of this name (batchline bulk).",
)
#: Seconds between two looks at a count that a worker is at.
LOOK_EVERY = 0.2


def in_bulk(
    store: Store,
    settings: Settings,
    name: str,
    what: What,
    wanted: Filter,
    *,
    every: bool,
    message_ids: Sequence[str],
    limit: int | None,
    dry_run: bool,
    yes: bool,
    rate: float | None = None,
    superseded: bool = False,
) -> None:
    """Order the act, show the count, and confirm it."""
    if message_ids or limit is not None:
        raise click.UsageError("--bulk takes what fits the filters: no ids and no --limit")
    if wanted == EVERY and not every:
        raise click.UsageError("choose by filters, or --all")
    if dry_run:
        raise click.UsageError("--bulk counts first and asks: --dry-run goes without it")
    confirming.require(yes)
    who = acts.person()
    bulk.order(store, name, what, wanted, who, rate, superseded)
    act = counted(store, settings, name)
    done = bulk.DONE[what]
    click.echo(f"{act.total:,} would be {done}: {by_reason(act)}", err=True)
    if not act.total:
        bulk.confirm(store, name, 0, who)
        if wanted != EVERY:
            raise NothingMatches("no dead letter fits")
        return
    if not confirming.confirm("Let workers do it?", yes):
        bulk.stop(store, name, who)
        click.echo("nothing is changed", err=True)
        raise click.Abort
    bulk.confirm(store, name, act.total, who)
    click.echo(f"{name}: workers do it; batchline bulk show {name}")


def counted(store: Store, settings: Settings, name: str) -> BulkAct:
    """Count its letters, here or where a worker has begun to; the act then."""
    while True:
        bulk_work.work(store, settings, _go_on, only=name)
        act = bulk.get(store, name)
        if act is None or act.state != "counting":
            break
        time.sleep(LOOK_EVERY)
    if act is None or act.state != "counted":
        state = "gone" if act is None else act.state
        raise bulk.BulkRefused(f"the bulk act {name} is {state}, while it was counted")
    return act


def by_reason(act: BulkAct) -> str:
    """The letters by reason, the most first, as in "2 rejected, 1 expired"."""
    counts = sorted(act.reasons.items(), key=lambda one: -one[1])
    return ", ".join(f"{count:,} {reason}" for reason, count in counts) or "none"


def _go_on(seconds: float) -> bool:
    time.sleep(seconds)
    return False
