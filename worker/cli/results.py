"""`batchline results`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict

import click
from rich.console import Console
from rich.table import Table

from batchline.producers import results_loop
from batchline.producers.result import Result
from batchline.producers.settings import Settings
from batchline.worker.cli.root import open_store
from batchline.worker.cli.trace import moment
from batchline.worker.intake.results import forward
from batchline.worker.store.results import Group, browse, groups


@click.command()
@click.option(
    "--group",
    help="Read as a loop of this group does: each result is given to the group once, and is "
    "acknowledged when it is printed. Without it all that are kept are shown, and stay.",
)
@click.option(
    "--to",
    "account",
    help="Enqueue them for this account, of the system `webhook`; its group is webhook-ACCOUNT.",
)
@click.option("--follow", "-f", is_flag=True, help="Go on with those that come; Ctrl-C ends it.")
@click.option(
    "--groups", "of_groups", is_flag=True, help="Show how far each group is, and end: no result."
)
@click.option("--json", "as_json", is_flag=True, help="A JSON object a line, for scripts.")
def command(
    group: str | None, account: str | None, follow: bool, of_groups: bool, as_json: bool
) -> None:
    """Print what became of messages: delivered, dead and why, unconfirmed, purged.

    Of operations with results = true alone. An application reads them with batchline.results(), or
    gets them at an address of its own: --to ACCOUNT --follow, as a process that goes on.
    The lines hold personal data: a contact's key, and the idempotency key that you gave. Results
    that were dropped before they were read (results_length) are told on standard error; then the
    exit status is 1.
    """
    if group is not None and account is not None:
        raise click.UsageError("give --group or --to, not both")
    settings = Settings.load()
    if not settings.has_results():
        click.echo(f"Note: {results_loop.NONE_HAS_RESULTS}.", err=True)
    if of_groups:
        _show_groups(groups(open_store(settings)), as_json)
        return
    lost = _Lost()
    if account is not None:
        _forward(settings, account, follow, lost)
        sys.exit(1 if lost.any else 0)
    last = None
    for result in _read(settings, group, follow, lost):
        if group is None and last is not None and result.number > last + 1:
            lost(result.number - last - 1)
        last = result.number
        click.echo(_json(result) if as_json else _line(result))
        sys.stdout.flush()
    sys.exit(1 if lost.any else 0)


def _show_groups(found: Sequence[Group], as_json: bool) -> None:
    if as_json:
        for one in found:
            click.echo(json.dumps(asdict(one)))
        return
    if not found:
        click.echo("No group has read results.")
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
        text = f"{count:,} results were dropped before they were read: raise results_length"
        click.echo(text, err=True)


def _forward(settings: Settings, account: str, follow: bool, lost: _Lost) -> None:
    count = 0
    try:
        for _ in forward(settings, account, follow, lost):
            count += 1
    finally:
        click.echo(f"{count:,} enqueued for {account}", err=True)


def _read(settings: Settings, group: str | None, follow: bool, lost: _Lost) -> Iterator[Result]:
    if group is None:
        return browse(open_store(settings), follow)
    timeout = None if follow else 0.0
    try:
        return results_loop.loop(group, settings, timeout=timeout, on_lost=lost)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--group") from None


def _json(result: Result) -> str:
    return json.dumps(asdict(result), ensure_ascii=False)


def _line(result: Result) -> str:
    parts = [moment(result.at), result.outcome, result.reason, result.message_id, result.detail]
    return "  ".join(part for part in parts if part)
