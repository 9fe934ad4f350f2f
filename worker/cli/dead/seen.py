"""`batchline dead seen`."""

from __future__ import annotations

import click

from batchline.producers.settings import Settings
from batchline.worker.cli.root import open_store
from batchline.worker.troubles import unseen


@click.command()
def command() -> None:
    """Note that you have seen all dead letters so far; they stay.

    `batchline status --check` is then quiet about them, and tells of those that die later.
    """
    found = unseen.are_seen(open_store(Settings.load()))
    if found is None:
        click.echo("No dead letters that nobody has seen.")
    else:
        click.echo(f"{found.messages:,} seen ({found.detail})")
