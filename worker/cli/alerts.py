"""`batchline alerts`."""

from __future__ import annotations

import signal
import sys
import threading

import click

from batchline.producers.errors import InvalidSettings, RedisUnavailable
from batchline.producers.settings import Settings
from batchline.worker.alerts import evaluate, notify, table
from batchline.worker.alerts import store as kept
from batchline.worker.alerts.evaluate import Notice
from batchline.worker.alerts.notify import NotTold
from batchline.worker.alerts.view import View
from batchline.worker.alerts.watcher import Watcher, is_away
from batchline.worker.cli import exit_codes
from batchline.worker.cli.output import JSON_LINES, json_lines
from batchline.worker.cli.root import Wrong
from batchline.worker.metrics.source import Source
from batchline.worker.store import redis_clock


@click.group(invoke_without_command=True)
@JSON_LINES
@click.option("--table", "as_table", is_flag=True, help="Print every alert, as Markdown.")
@click.pass_context
def command(ctx: click.Context, as_json: bool, as_table: bool) -> None:
    """Show the alerts that hold now; exit status 1 if any does.

    The workers tell them to a webhook by themselves, where the setting `alerts` names one, and
    Prometheus tells the same ones by deploy/prometheus. Every alert has a page: docs/alerts.md.

    """
    if ctx.invoked_subcommand is not None:
        return
    if as_table:
        click.echo(table.markdown())
        return
    found = _now(Settings.load())
    if as_json:
        json_lines(map(_fields, found))
    elif not found:
        click.echo("OK: no alert")
    for one in () if as_json else found:
        alert = table.BY_NAME[one.key.alert]
        state = "" if one.state.fired else f"  (not yet: it must hold for {alert.lasts:g} s)"
        click.echo(f"{alert.severity:6}  {alert.name}: {notify.summary(one)}{state}")
        click.echo(f"        Do: {alert.do.format_map(one.key.labels)}")
    sys.exit(exit_codes.WRONG if found else exit_codes.OK)


@command.command()
def watch() -> None:
    """Look and tell the webhook, until Ctrl-C: beside workers, or where none must be needed for it.

    One process tells at a time, this one or a worker. Only one outside of the workers can tell that
    there are none.
    """
    settings = Settings.load()
    _address(settings)
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    click.echo("Watching over the alerts; Ctrl-C ends it.", err=True)
    Watcher(settings, Source.open(settings, by_partition=False)).run(over)


@command.command()
def test() -> None:
    """Tell the webhook that this is a test."""
    settings = Settings.load()
    address, alerts = _address(settings), settings.alerts
    try:
        notify.post(address, alerts.form, [notify.sample()], alerts, settings.key_prefix)
    except NotTold as error:
        raise Wrong(f"not told: {error}") from None
    click.echo("The webhook took it.")


def _address(settings: Settings) -> str:
    address = settings.alerts.address()
    if address is None:
        raise InvalidSettings(
            'alerts.url: is not set. Add alerts = {url = "https://..."} or url_file to '
            "batchline.toml, or set BATCHLINE_ALERTS__URL"
        )
    return address


def _now(settings: Settings) -> list[Notice]:
    """What holds now, with the states that the watcher has noted, if one watches."""
    source = Source.open(settings, by_partition=False)
    samples = source.samples()
    if is_away(samples):
        raise RedisUnavailable("the Redis of the lanes does not answer (BatchlineStoreDown)")
    store = source.store
    view = View(redis_clock.now(store), samples, kept.history(store))
    states = evaluate.step(kept.states(store), evaluate.holding(view), view.now)
    lasting = [Notice("firing", key, one) for key, one in states.items() if not one.away]
    return sorted(
        (one for one in lasting if one.alert is not None),
        key=lambda one: (table.BY_NAME[one.key.alert].severity, one.state.since, one.key),
    )


def _fields(one: Notice) -> dict[str, object]:
    alert = table.BY_NAME[one.key.alert]
    return {
        "alert": alert.name,
        "severity": alert.severity,
        "labels": one.key.labels,
        "value": one.state.value,
        "state": "firing" if one.state.fired else "pending",
        "since": one.state.since,
        "summary": notify.summary(one),
        "do": alert.do.format_map(one.key.labels),
    }
