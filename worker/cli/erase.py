"""`batchline erase`."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from typing import Any

import click

from batchline.producers.settings import Settings
from batchline.worker.cli import complete
from batchline.worker.cli.confirming import YES, confirm
from batchline.worker.cli.dead.pace import Interrupt
from batchline.worker.cli.identified import contact_options, identities_of
from batchline.worker.cli.output import json_lines
from batchline.worker.cli.root import NothingMatches, Stopped, open_store
from batchline.worker.erasure import act
from batchline.worker.erasure.act import PLACES, Erasure
from batchline.worker.filters.durations import seconds_of
from batchline.worker.store import acts
from batchline.worker.store.store import Store


@click.command()
@contact_options
@click.option("--dry-run", is_flag=True, help="Only count.")
@YES
@click.option(
    "--json", "as_json", is_flag=True, help="The counts as JSON; needs --yes or --dry-run."
)
@click.option("--no-suppress", is_flag=True, help="Do not keep it on the suppression list.")
@click.option("--for", "lasts", help="Keep it there for so long (90d); for ever if left out.")
@click.option("--keep-mentions", is_flag=True, help="Keep messages about others that name it.")
@click.option("--resume", type=complete.ERASURE, metavar="NAME", help="Go on with one broken off.")
@click.option("--list", "lists", is_flag=True, help="List erasures.")
def command(
    account: str,
    dry_run: bool,
    yes: bool,
    as_json: bool,
    no_suppress: bool,
    lasts: str | None,
    keep_mentions: bool,
    resume: str | None,
    lists: bool,
    **given: Any,
) -> None:
    """Erase a contact everywhere in this store, and accept nothing more for it.

    It counts first, and asks. Workers may go on meanwhile. An erasure that is broken off is gone on
    with by any worker, or by --resume. What this does not reach is in docs/erase.md.
    """
    settings = Settings.load()
    store = open_store(settings)
    if lists:
        _list(store, as_json)
        return
    if resume is not None:
        _got(store, resume)
        _finish(store, settings, resume, as_json)
        return
    found = identities_of(given, account)
    if as_json and not (yes or dry_run):
        raise click.UsageError("--json needs --yes or --dry-run: it asks nobody")
    try:
        seconds = seconds_of(lasts) if lasts is not None else 0.0
    except ValueError as error:
        raise click.UsageError(f"--for {error}") from None
    counts = act.count(store, settings, act.whom_of(store, found, account, keep_mentions))
    if dry_run and as_json:
        click.echo(json.dumps(counts))
        return
    for place, text in PLACES.items():
        if counts.get(place):
            click.echo(f"{counts[place]:>9,} {text}", err=not dry_run)
    if not counts:
        click.echo("nothing of it is here", err=not dry_run)
    if dry_run:
        return
    if not confirm("What is erased is gone. Go on?", yes):
        raise click.Abort
    suppress = not no_suppress
    ordered = act.order(store, found, acts.person(), account, keep_mentions, suppress, seconds)
    _finish(store, settings, ordered.name, as_json)


def _got(store: Store, name: str) -> Erasure:
    try:
        return act.got(store, name)
    except act.NoErasure as error:
        raise NothingMatches(str(error)) from None


def _finish(store: Store, settings: Settings, name: str, as_json: bool) -> None:
    """Carry it out here, or wait for the worker that does."""
    with Interrupt() as interrupt:
        while (now := act.got(store, name)).state != "done" and not interrupt.came:
            act.work(store, settings, interrupt.wait, only=name)
            if act.got(store, name).state != "done":
                interrupt.wait(0.1)
    if now.state != "done":
        raise Stopped(
            f"Interrupted: {sum(now.erased.values()):,} erased; a worker goes on, or: batchline "
            f"erase --resume {name}"
        )
    if as_json:
        click.echo(json.dumps(asdict(now)))
        return
    click.echo(_line(now))


def _list(store: Store, as_json: bool) -> None:
    found = act.every(store)
    if as_json:
        json_lines(map(asdict, found))
        return
    for one in found:
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(one.ordered / 1000))
        click.echo(f"{one.name} {when} by {one.who}: {one.whom}; {_line(one)}")
    if not found:
        click.echo("Nothing was erased yet.", err=True)


def _line(one: Erasure) -> str:
    parts = [
        f"{one.erased[place]:,} {text}" for place, text in PLACES.items() if one.erased.get(place)
    ]
    said = f"{one.state}: erased {', '.join(parts) or 'nothing'}"
    if one.withdrawals:
        said += f"; {one.withdrawals:,} {PLACES['withdrawals']}"
    return said
