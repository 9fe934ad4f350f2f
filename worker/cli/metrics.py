"""`batchline metrics`."""

from __future__ import annotations

import signal
import sys
import threading

import click

from batchline.producers.settings import Settings
from batchline.worker.cli import exit_codes
from batchline.worker.metrics import table
from batchline.worker.metrics.source import Source


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Serve them at this port; 0: a free one."
)
@click.option("--address", default="127.0.0.1", show_default=True, help="Listen there.")
@click.option("--once", is_flag=True, help="Print them, and end.")
@click.option("--table", "as_table", is_flag=True, help="Print what each means, as Markdown.")
def command(port: int | None, address: str, once: bool, as_table: bool) -> None:
    """Serve the metrics of what stands in Redis, for Prometheus.

    One process for all workers: run it once. What each worker did is at the worker's own port, by
    the setting metrics.port. What they mean, and the rules for alerts: docs/metrics.md.

    """
    if as_table:
        click.echo(table.markdown())
        return
    if once == (port is not None):
        raise click.UsageError("give --port PORT or --once")
    from prometheus_client import start_http_server

    from batchline.worker.metrics import exporter

    source = Source.open(Settings.load())
    if once:
        click.echo(exporter.text(source), nl=False)
        sys.exit(exit_codes.OK if _answers(source) else exit_codes.REDIS_AWAY)
    try:
        server, _ = start_http_server(port or 0, address, exporter.registry_of(source))
    except OSError as error:
        raise click.ClickException(f"{address}:{port}: {error.strerror}") from error
    click.echo(f"http://{address}:{server.server_port}/metrics", err=True)
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    over.wait()
    server.shutdown()


def _answers(source: Source) -> bool:
    """Whether the Redis of the lanes answered."""
    return source.samples()[table.REDIS_UP.name]["lanes",] == 1
