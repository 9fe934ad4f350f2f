"""`batchline results`."""

from __future__ import annotations

import difflib
import json
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict

import click
from rich.console import Console
from rich.table import Table

from batchline.producers import results_loop
from batchline.producers.errors import BadArgument, EnqueueError
from batchline.producers.result import Result
from batchline.producers.result_reader import group_of
from batchline.producers.settings import Settings
from batchline.worker.cli import complete
from batchline.worker.cli.numbers import many
from batchline.worker.cli.root import NothingMatches, open_store
from batchline.worker.inspection.trace_words import moment
from batchline.worker.intake.results import forward
from batchline.worker.store.results import Group, browse, forget, groups, names
from batchline.worker.store.store import Store


@click.command()
@click.option(
    "--group",
    type=complete.GROUP,
    help="Read as a loop of this group does: each result is given to the group once, and is "
    "acknowledged when it is printed. Without it all that are kept are shown, and stay.",
)
@click.option(
    "--to",
    "account",
    type=complete.ACCOUNT,
    help="Enqueue them for this account, of the system `webhook`; its group is webhook-ACCOUNT.",
)
@click.option(
    "--follow", "-f", is_flag=True, help="Go on with those that come; Ctrl-C or SIGTERM ends it."
)
@click.option(
    "--groups", "of_groups", is_flag=True, help="Show how far each group is, and end: no result."
)
@click.option(
    "--forget",
    "forgotten",
    type=complete.GROUP,
    help="Delete this group, which nobody reads any more, and end.",
)
@click.option("--json", "as_json", is_flag=True, help="A JSON object a line, for scripts.")
def command(
    group: str | None,
    account: str | None,
    follow: bool,
    of_groups: bool,
    forgotten: str | None,
    as_json: bool,
) -> None:
    """Print what became of messages: delivered, dead and why, unconfirmed, purged.

    Of operations with results = true alone. An application reads them with batchline.results(), or
    gets them at an address of its own: --to ACCOUNT --follow, as a process that goes on.
    The lines hold personal data: a contact's key, and the idempotency key that you gave. Results
    that were dropped before they were read (results_length) are told on standard error; then the
    exit status is 1. Ctrl-C and SIGTERM let the result in hand be done, and end with 0 where it
    follows, else with 130 or 143, for some may be left.
    """
    if group is not None and account is not None:
        raise click.UsageError("give --group or --to, not both")
    settings = Settings.load()
    if not settings.has_results():
        click.echo(f"Note: {results_loop.NONE_HAS_RESULTS}.", err=True)
    store = open_store(settings)
    if of_groups:
        _show_groups(groups(store), as_json)
        return
    if forgotten is not None:
        _forget(store, forgotten)
        return
    lost, stop = _Lost(), Stop()
    if account is not None:
        forwarded = forward(settings, account, follow, lost, _Waits(account), stop)
        _tell_if_new(store, group_of(account))
        _count(forwarded, account)
    else:
        _print(_read(settings, store, group, follow, lost, stop), group, lost, as_json)
    sys.exit(1 if lost.any else 0 if follow else stop.status)


class Stop:
    """Whether a signal has asked the command to end; a second Ctrl-C ends it at once."""

    def __init__(self) -> None:
        #: The exit status that tells of the signal; 0 for none.
        self.status = 0
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._note)

    def __call__(self) -> bool:
        return self.status != 0

    def _note(self, number: int, frame: object) -> None:
        self.status = 128 + number
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _tell_if_new(store: Store, group: str) -> None:
    """Say that a group is new: a name that is spelled wrong makes one, too."""
    known = names(store)
    if group in known:
        return
    nearest = difflib.get_close_matches(group, known, 1)
    meant = (
        f" Did you mean {nearest[0]}? Then: batchline results --forget {group}." if nearest else ""
    )
    click.echo(
        f"Note: group {group} is new, and begins with the oldest result that is kept.{meant}",
        err=True,
    )


def _forget(store: Store, group: str) -> None:
    if not forget(store, group):
        known = ", ".join(names(store)) or "none"
        raise NothingMatches(f"--forget: no group is called {group} ({known})")
    click.echo(f"Group {group} is forgotten. Its next loop begins with the oldest result.")


def _show_groups(found: Sequence[Group], as_json: bool) -> None:
    if as_json:
        for one in found:
            row = asdict(one)
            del row["noted"]
            click.echo(json.dumps(row))
        return
    if not found:
        click.echo("No group has read results.", err=True)
        return
    table = Table(header_style="bold", show_edge=False)
    for name in ("group", "unread", "not acknowledged", "lost"):
        table.add_column(name, justify="left" if name == "group" else "right", no_wrap=True)
    for one in found:
        counts = (one.unread, one.unacknowledged, one.lost)
        table.add_row(one.name, *(f"{count:,}" for count in counts))
    Console().print(table)


class _Lost:
    """Tells of results that were dropped before they were read."""

    def __init__(self) -> None:
        self.any = False

    def __call__(self, count: int) -> None:
        self.any = True
        text = f"{many(count, 'result')} dropped before they were read: raise results_length"
        click.echo(text, err=True)


class _Waits:
    """Tells why results wait, once for each reason in a row."""

    def __init__(self, account: str) -> None:
        self._account = account
        self._told: type[EnqueueError] | None = None

    def __call__(self, error: EnqueueError) -> None:
        if type(error) is not self._told:
            self._told = type(error)
            click.echo(f"Results for {self._account} wait, none is lost: {error}", err=True)


def _count(forwarded: Iterator[Result], account: str) -> None:
    count = 0
    try:
        for _ in forwarded:
            count += 1
    finally:
        click.echo(f"{count:,} enqueued for {account}", err=True)


def _print(results: Iterator[Result], group: str | None, lost: _Lost, as_json: bool) -> None:
    last = None
    for result in results:
        if group is None and last is not None and result.number > last + 1:
            lost(result.number - last - 1)
        last = result.number
        click.echo(_json(result) if as_json else _line(result))
        sys.stdout.flush()


def _read(
    settings: Settings, store: Store, group: str | None, follow: bool, lost: _Lost, stop: Stop
) -> Iterator[Result]:
    if group is None:
        return browse(store, follow, stop)
    timeout = None if follow else 0.0
    try:
        found = results_loop.loop(group, settings, timeout, stop, lost)
    except BadArgument as error:
        raise click.BadParameter(str(error), param_hint="--group") from None
    _tell_if_new(store, group)
    return found


def _json(result: Result) -> str:
    return json.dumps(asdict(result), ensure_ascii=False)


def _line(result: Result) -> str:
    parts = [moment(result.at), result.outcome, result.reason, result.message_id, result.detail]
    return "  ".join(part for part in parts if part)
