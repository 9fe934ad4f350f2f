"""`batchline dead`."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Literal

import click
import redis
from rich.console import Console
from rich.table import Table

from producers.settings import Settings
from worker import dead_letters
from worker.cli.root import lanes_redis
from worker.cli.status import ago
from worker.dead_letters import REASONS, DeadLetter

Decorated = Callable[..., Any]


@click.group()
def command() -> None:
    """List, show, replay and purge dead letters: messages given up on, kept until you decide."""


def _filters(function: Decorated) -> Decorated:
    for option in (
        click.option("--reason", type=click.Choice(list(REASONS)), help="Only these."),
        click.option("--operation", help="Only of this operation, such as event.add."),
        click.option("--account", help="Only of this account."),
    ):
        function = option(function)
    return function


@command.command("list")
@_filters
@click.option("--limit", default=50, show_default=True, help="Rows at most.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, payloads included.")
def list_letters(
    account: str | None, operation: str | None, reason: str | None, limit: int, as_json: bool
) -> None:
    """List them, oldest first, with counts by reason."""
    found = dead_letters.find(
        lanes_redis(Settings.load()), account=account, operation=operation, reason=reason
    )
    if as_json:
        for letter in found:
            click.echo(json.dumps(as_dict(letter), ensure_ascii=False))
        return
    _print_table(found, limit)


@command.command()
@click.argument("message_id")
def show(message_id: str) -> None:
    """Show one with its payload and history."""
    letter = dead_letters.show(lanes_redis(Settings.load()), message_id)
    if letter is None:
        raise click.ClickException(f"{message_id} is no dead letter (batchline dead list)")
    click.echo(json.dumps(as_dict(letter), indent=2, ensure_ascii=False))
    click.echo(f"\n{letter.reason}: {REASONS[letter.reason]}", err=True)


@command.command()
@click.argument("message_ids", nargs=-1)
@_filters
@click.option("--all", "every", is_flag=True, help="All that the filters leave.")
@click.option("--dry-run", is_flag=True, help="Only say how many.")
def replay(
    message_ids: tuple[str, ...],
    account: str | None,
    operation: str | None,
    reason: str | None,
    every: bool,
    dry_run: bool,
) -> None:
    """Send them again: to the tail of their lanes, oldest first."""
    _act("replay", message_ids, account, operation, reason, every, dry_run)


@command.command()
@click.argument("message_ids", nargs=-1)
@_filters
@click.option("--all", "every", is_flag=True, help="All that the filters leave.")
@click.option("--dry-run", is_flag=True, help="Only say how many.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def purge(
    message_ids: tuple[str, ...],
    account: str | None,
    operation: str | None,
    reason: str | None,
    every: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    """Delete them for good; they stay in the totals as purged."""
    if not dry_run and not yes:
        click.confirm("Purged messages are gone. Go on?", abort=True, err=True)
    _act("purge", message_ids, account, operation, reason, every, dry_run)


def _act(
    what: Literal["replay", "purge"],
    message_ids: tuple[str, ...],
    account: str | None,
    operation: str | None,
    reason: str | None,
    every: bool,
    dry_run: bool,
) -> None:
    filtered = bool(account or operation or reason or every)
    if bool(message_ids) == filtered:
        raise click.UsageError("name messages by their ids, or choose by filters (or --all)")
    client = lanes_redis(Settings.load())
    ids = message_ids or _ids(client, account, operation, reason)
    if dry_run:
        click.echo(f"{len(ids):,} would be {_past(what)}")
        return
    done = dead_letters.act(client, what, ids)
    click.echo(f"{done:,} {_past(what)}")
    if message_ids and done < len(ids):
        raise click.ClickException(f"{len(ids) - done:,} of the ids are no dead letters")


def _past(what: str) -> str:
    return {"replay": "replayed", "purge": "purged"}[what]


def _ids(
    client: redis.Redis, account: str | None, operation: str | None, reason: str | None
) -> tuple[str, ...]:
    found = dead_letters.find(client, account=account, operation=operation, reason=reason)
    return tuple(letter.id for letter in found)


def as_dict(letter: DeadLetter) -> dict[str, Any]:
    """A dead letter as JSON shows it."""
    return {
        "id": letter.id,
        "account": letter.lane.account,
        "op": letter.lane.operation,
        "reason": letter.reason,
        "words": letter.words,
        "died_at": letter.died_at,
        "contact": letter.contact,
        "options": json.loads(letter.options) if letter.options else {},
        "data": json.loads(letter.payload),
        "history": letter.meta.history,
    }


def _print_table(found: Iterator[DeadLetter], limit: int) -> None:
    table = Table(header_style="bold", show_edge=False)
    for name in ("message", "reason", "the API's words", "died"):
        table.add_column(name, overflow="fold")
    counts: Counter[str] = Counter()
    for letter in found:
        counts[letter.reason] += 1
        if counts.total() <= limit:
            died = ago(time.time() - letter.died_at / 1000)
            table.add_row(letter.id, letter.reason, letter.words, f"{died} ago")
    console = Console()
    if not counts:
        console.print("No dead letters.")
        return
    console.print(table)
    if counts.total() > limit:
        console.print(f"... and {counts.total() - limit:,} more (--limit)")
    console.print()
    for reason, count in counts.most_common():
        console.print(f"{count:>8,} {reason}: {REASONS[reason]}")
