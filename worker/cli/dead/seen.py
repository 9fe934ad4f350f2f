"""`batchline dead seen`."""

from __future__ import annotations

import click

from batchline.producers.settings import Settings
from batchline.worker.cli.root import open_store
from batchline.worker.store import acts
from batchline.worker.troubles import unseen


@click.command()
def command() -> None:
    """Note that you have seen all dead letters so far; they stay.

    `batchline status --check` is then quiet about them, and tells of those that die later.
    """
    store = open_store(Settings.load())
    found = unseen.are_seen(store)
    if found is None:
        click.echo("No dead letters that nobody has seen.")
    else:
        acts.write(store, acts.person(), "seen", "dead letters", found.messages)
        click.echo(f"{found.messages:,} seen ({found.detail})")
