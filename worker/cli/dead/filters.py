"""The filters that commands on a set of dead letters share, and the choice by them."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import click

from batchline.producers.settings import Settings
from batchline.systems.registry import operation_names
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.dead_letters.filter import EVERY, Filter, stored_contact
from batchline.worker.dead_letters.letter import REASONS
from batchline.worker.dead_letters.store import Chosen
from batchline.worker.store.store import Store

#: Seconds in a unit of a duration.
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}

Function = Callable[..., Any]

_REASONS = ", ".join(REASONS)


def seconds_of(text: str) -> float:
    """A duration such as 90s, 15m, 2h or 3d in seconds; raises ValueError when it is none."""
    match = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?)([smhd])", text.strip(), re.ASCII)
    if match is None:
        raise ValueError("must be a duration such as 90s, 15m, 2h or 3d")
    return float(match[1]) * UNITS[match[2]]


class Duration(click.ParamType[float]):
    """A duration on the command line, in seconds."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        if isinstance(value, float):
            return value
        try:
            return seconds_of(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Text(click.ParamType[str]):
    """A text that is not empty: an empty variable of a shell must not mean every letter."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not value.strip():
            self.fail("must not be empty", param, ctx)
        return str(value)


OPERATION = click.Choice(operation_names())
REASON = click.Choice(list(REASONS))

OPTIONS = (
    click.option("--account", type=Text(), help="Only of this account."),
    click.option("--operation", type=OPERATION, metavar="NAME", help="Only of this operation."),
    click.option("--reason", type=REASON, metavar="NAME", help=f"Only for this: {_REASONS}."),
    click.option("--older-than", type=Duration(), help="Given up on longer ago than 90s, 2h, 3d."),
    click.option("--newer-than", type=Duration(), help="Given up on within the last 90s, 2h, 3d."),
    click.option("--contact", type=Text(), help="Only about this contact: its e-mail or its id."),
    click.option("--text", type=Text(), help="Only with this in the payload or the API's words."),
)


def filters(function: Function) -> Function:
    """Give a command the filters as one argument, `wanted`."""

    @functools.wraps(function)
    def with_filter(
        *,
        older_than: float | None,
        newer_than: float | None,
        contact: str | None,
        **arguments: Any,
    ) -> Any:
        plain = {name: arguments.pop(name) for name in ("account", "operation", "reason", "text")}
        _warn_of_unknown(plain["account"])
        wanted = Filter(
            **plain,
            newer_than=newer_than,
            older_than=older_than,
            contact=None if contact is None else stored_contact(contact),
        )
        return function(wanted=wanted, **arguments)

    for option in reversed(OPTIONS):
        with_filter = option(with_filter)
    return with_filter


def _warn_of_unknown(account: str | None) -> None:
    """Tell of an account that the settings do not have; its letters may be there all the same."""
    accounts = Settings.load().accounts
    if account is not None and account not in accounts:
        known = ", ".join(accounts) or "none"
        click.echo(f"Note: account {account!r} is not in the settings (known: {known})", err=True)


def set_options(function: Function) -> Function:
    """Give a command that changes letters its options: ids, filters, `--all` and `--dry-run`."""
    for decorate in (
        click.option("--dry-run", is_flag=True, help="Change nothing, only say what would happen."),
        click.option("--all", "every", is_flag=True, help="Every dead letter there is."),
        click.option("--limit", type=click.IntRange(1), help="The first so many, as enqueued."),
        filters,
        click.argument("message_ids", nargs=-1),
    ):
        function = decorate(function)
    return function


def choose(
    store: Store,
    message_ids: Sequence[str],
    wanted: Filter,
    every: bool,
    limit: int | None,
) -> list[Chosen]:
    """The letters named by ids, or chosen by filters, in the order in which they were enqueued.

    Raises UsageError for both or neither, ClickException for an id that is no dead letter.
    """
    filtered = wanted != EVERY or every or limit is not None
    if bool(message_ids) == filtered:
        raise click.UsageError("name messages by their ids, or choose by filters (or --all)")
    if not message_ids:
        return dead_letters.choose(store, wanted, limit)
    chosen = dead_letters.named(store, message_ids)
    missing = set(message_ids) - {letter.id for letter in chosen}
    if missing:
        raise click.ClickException(
            f"no dead letters: {', '.join(sorted(missing))}; nothing is changed (batchline dead "
            "list shows those there are)"
        )
    return chosen


def by_reason(chosen: Sequence[Chosen]) -> str:
    """The letters counted by reason, as in "2 rejected, 1 expired"."""
    counts = Counter(letter.reason for letter in chosen).most_common()
    return ", ".join(f"{count:,} {reason}" for reason, count in counts) or "none"
