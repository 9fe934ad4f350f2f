"""`batchline requests`."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any

import click

from batchline.producers.settings import Settings
from batchline.worker.cli import complete, exit_codes
from batchline.worker.cli.language import Where
from batchline.worker.cli.output import JSON_LINES
from batchline.worker.cli.root import open_store
from batchline.worker.inspection import kept
from batchline.worker.inspection.kept import KeptRequest
from batchline.worker.inspection.requests_filter import FAILED, LANGUAGE, RequestsFilter
from batchline.worker.inspection.trace_words import moment
from batchline.worker.store import redis_clock
from batchline.worker.store.message_ids import stream_order
from batchline.worker.store.store import Store

#: Seconds between two looks of --follow.
PAUSE = 0.5


@click.command()
@click.option("--account", "-a", type=complete.ACCOUNT, help="Only of this account.")
@click.option("--failed", is_flag=True, help="Only what the API did not take.")
@click.option(
    "--where",
    type=Where(LANGUAGE),
    metavar="FILTER",
    help="Only what fits, such as 'operation=event.add status=5xx,timeout since=2h'.",
)
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True)
@click.option("--body", is_flag=True, help="Show bodies too: their shape, every value masked.")
@click.option("--follow", "-f", is_flag=True, help="Go on with those that come; Ctrl-C ends it.")
@JSON_LINES
def command(
    account: str | None,
    failed: bool,
    where: RequestsFilter | None,
    limit: int,
    body: bool,
    follow: bool,
    as_json: bool,
) -> None:
    """Show the last requests to the APIs and what they answered, oldest first.

    Of each account the last `keep_requests` are kept. Values are masked. Exit status 4 when none
    fits.
    """
    wanted = where or RequestsFilter()
    if account is not None:
        wanted = replace(wanted, account=account)
    if failed:
        wanted = replace(wanted, verdict=FAILED)
    settings = Settings.load()
    store = open_store(settings)
    if not settings.keep_requests:
        click.echo("Note: keep_requests = 0 here: workers with it keep none.", err=True)
    last = _ends(store, settings, wanted) if follow else {}
    found = kept.find(store, settings, wanted, limit)
    for one in reversed(found.requests):
        if not follow or stream_order(one.id) <= stream_order(last.get(one.account, "0-0")):
            _show(one, as_json, body)
    if found.accounts < found.of_accounts:
        click.echo(
            f"Looked at the {found.accounts} of {found.of_accounts:,} accounts that sent last: "
            "--account names another.",
            err=True,
        )
    if follow:
        _follow(store, wanted, last, as_json, body)
    elif not found.requests:
        click.echo("No request that is kept fits.", err=True)
        raise SystemExit(exit_codes.NOTHING_MATCHED)


def _ends(store: Store, settings: Settings, wanted: RequestsFilter) -> dict[str, str]:
    """Account -> stream id of its newest request now."""
    names = [wanted.account] if wanted.account else kept.accounts(store, settings)
    newest: dict[str, Any] = {
        name: store.client.xrevrange(store.keys.requests(name), count=1) for name in names
    }
    return {name: rows[0][0].decode() if rows else "0-0" for name, rows in newest.items()}


def _follow(
    store: Store, wanted: RequestsFilter, last: dict[str, str], as_json: bool, body: bool
) -> None:
    try:
        while True:
            for one in kept.behind(store, last):
                if wanted.fits(one, redis_clock.now(store)):
                    _show(one, as_json, body)
            time.sleep(PAUSE)
    except KeyboardInterrupt:
        return


def _show(one: KeptRequest, as_json: bool, body: bool) -> None:
    click.echo(json.dumps(one.as_dict(), ensure_ascii=False) if as_json else line_of(one))
    if body and not as_json:
        for name, text in (("sent", one.body), ("answer", one.answer)):
            if text:
                click.echo(f"    {name}: {text}")


def line_of(one: KeptRequest) -> str:
    """A request in a line."""
    held = "1 message" if one.messages == 1 else f"{one.messages:,} messages"
    what = f"{one.method} {one.path}  {one.status} {one.verdict}  {one.ms:,} ms"
    parts = [moment(one.at), one.lane, what, f"{held}, {one.bytes:,} B, attempt {one.attempt}"]
    return "  ".join([*parts, *([one.words] if one.words else [])])
