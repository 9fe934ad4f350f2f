"""`batchline resume`."""

from __future__ import annotations

import click

from batchline.producers.settings import Settings
from batchline.worker.cli.root import open_store
from batchline.worker.store import pause


@click.command()
@click.argument("what")
def command(what: str) -> None:
    """Let a paused account, operation or lane go on, at once (`batchline status` says which)."""
    settings = Settings.load()
    store = open_store(settings)
    if pause.resume(store, what):
        click.echo(f"{what} goes on")
        return
    held = pause.paused(store)
    listed = "; ".join(f"{name} ({reason})" for name, reason in held.items()) or "nothing"
    click.echo(f"{what} is not paused itself; paused: {listed}")
