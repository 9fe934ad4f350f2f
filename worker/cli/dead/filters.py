"""The filters that commands on a set of dead letters share, and the choice by them."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import click

from batchline.producers.settings import Settings
from batchline.worker.cli import complete
from batchline.worker.cli.language import ConditionType, Where
from batchline.worker.cli.root import NothingMatches
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.dead_letters.filter import EVERY, LANGUAGE, Filter
from batchline.worker.dead_letters.store import Chosen
from batchline.worker.store import acts
from batchline.worker.store.store import Store

Function = Callable[..., Any]


OPTIONS = (
    *(
        click.option(
            f"--{one.name}", type=ConditionType(LANGUAGE, one), metavar="VALUE", help=one.help
        )
        for one in LANGUAGE.conditions.values()
    ),
    click.option(
        "--where",
        type=Where(LANGUAGE),
        metavar="FILTER",
        help="The same as one text, as pages and addresses have it: 'reason=rejected since=2h'.",
    ),
)


def filters(function: Function) -> Function:
    """Give a command the filters as one argument, `wanted`."""

    @functools.wraps(function)
    def with_filter(*, where: Filter | None, **arguments: Any) -> Any:
        given = {name: arguments.pop(name) for name in LANGUAGE.conditions}
        given = {name: value for name, value in given.items() if value is not None}
        wanted = where or EVERY
        for name in given:
            if getattr(wanted, name) is not None:
                raise click.UsageError(f"{name} stands in --where and as --{name}")
        wanted = replace(wanted, **given)
        _warn_of_unknown(wanted.account)
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
        click.argument("message_ids", nargs=-1, type=complete.LETTER),
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

    Raises UsageError for both or neither, NothingMatches for an id that is no dead letter, or for
    filters that no letter fits.
    """
    filtered = wanted != EVERY or every or limit is not None
    if bool(message_ids) == filtered:
        raise click.UsageError("name messages by their ids, or choose by filters (or --all)")
    if not message_ids:
        chosen = dead_letters.choose(store, wanted, limit)
        must_fit(chosen, wanted)
        return chosen
    chosen = dead_letters.named(store, message_ids)
    missing = set(message_ids) - {letter.id for letter in chosen}
    if missing:
        raise NothingMatches(
            f"no dead letters: {', '.join(sorted(missing))}; nothing is changed (batchline dead "
            "list shows those there are)"
        )
    return chosen


def must_fit(chosen: Sequence[Chosen], wanted: Filter) -> None:
    """End the command where conditions were given, and no letter meets them."""
    if wanted != EVERY and not chosen:
        raise NothingMatches("no dead letter fits")


def by_reason(chosen: Sequence[Chosen]) -> str:
    """The letters counted by reason, as in "2 rejected, 1 expired"."""
    counts = Counter(letter.reason for letter in chosen).most_common()
    return ", ".join(f"{count:,} {reason}" for reason, count in counts) or "none"


def note_act(store: Store, what: str, ids: Sequence[str], wanted: Filter, count: int) -> None:
    """Note among the acts what a person has done to letters; nothing where nothing was done."""
    if not count:
        return
    on = f"{len(ids)} named" if len(ids) > 1 else ids[0] if ids else ""
    acts.write(
        store, acts.person(), what, on or LANGUAGE.format(wanted, hides=True) or "all", count
    )
