"""`batchline suppress`."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from batchline.producers.settings import Settings
from batchline.producers.suppression import ALL
from batchline.worker.cli import exit_codes
from batchline.worker.cli.identified import contact_options, identities_of
from batchline.worker.cli.output import JSON_LINES, json_lines
from batchline.worker.cli.root import NothingMatches, open_store
from batchline.worker.filters.durations import seconds_of
from batchline.worker.inspection.trace_words import moment
from batchline.worker.store import acts, suppression


@click.group()
def command() -> None:
    """The suppression list: contacts for whom nothing is accepted, and nothing sent.

    Redis has keyed hashes of them, never an address. What only takes something of a contact away,
    such as its deletion, is accepted and sent all the same.
    """


@command.command("add")
@contact_options
@click.option("--for", "lasts", help="For so long (90d, 12h); for ever if left out.")
@click.option("--why", default="", help="A reason, shown by list; no address.")
def add(account: str, lasts: str | None, why: str, **given: Any) -> None:
    """Put a contact on the list."""
    found = identities_of(given, account)
    try:
        seconds = seconds_of(lasts) if lasts is not None else 0.0
    except ValueError as error:
        raise click.UsageError(f"--for {error}") from None
    done = suppression.add(open_store(Settings.load()), found, acts.person(), account, seconds, why)
    click.echo(f"{done:,} on the list")


@command.command("remove")
@contact_options
def remove(account: str, **given: Any) -> None:
    """Take a contact off the list."""
    found = identities_of(given, account)
    done = suppression.remove(open_store(Settings.load()), found, acts.person(), account)
    if not done:
        raise NothingMatches("Not on the list: batchline suppress check")
    click.echo(f"{done:,} taken off the list")


@command.command("check")
@contact_options
def check(account: str, **given: Any) -> None:
    """Tell whether a contact is on the list: exit status 1 if it is."""
    found = identities_of(given, account)
    entries = suppression.check(open_store(Settings.load()), found, account)
    for one in entries:
        click.echo(_line(one))
    click.echo("suppressed" if entries else "not suppressed")
    if entries:
        sys.exit(exit_codes.WRONG)


@command.command("list")
@JSON_LINES
def list_(as_json: bool) -> None:
    """List who is on it, the newest first: the kind and the keyed hash."""
    found = suppression.every(open_store(Settings.load()))
    if as_json:
        json_lines(map(asdict, found))
        return
    if not found:
        click.echo("Nobody is suppressed.", err=True)
        return
    table = Table(header_style="bold", box=None, padding=(0, 1, 0, 0), pad_edge=False)
    for title in ("hash", "kind", "account", "since", "until", "by", "why"):
        table.add_column(title, overflow="fold")
    for one in found:
        until = moment(one.until) if one.until else "for ever"
        account = "all" if one.account == ALL else one.account
        table.add_row(
            one.hash[:8], one.kind, account, moment(one.at), until, Text(one.who), Text(one.why)
        )
    Console().print(table)


def _line(one: suppression.Entry) -> str:
    until = f"until {moment(one.until)}" if one.until else "for ever"
    where = "all accounts" if one.account == ALL else one.account
    why = f": {one.why}" if one.why else ""
    return f"{one.kind} at {where}, since {moment(one.at)}, {until}, by {one.who}{why}"
