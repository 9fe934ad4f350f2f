"""`batchline resume`."""

from __future__ import annotations

import click

from producers.settings import Settings
from worker import pause
from worker.cli.root import lanes_redis


@click.command()
@click.argument("account")
def command(account: str) -> None:
    """Let the lanes of a paused account go on, at once."""
    settings = Settings.load()
    settings.account(account)
    if pause.resume(lanes_redis(settings), account):
        click.echo(f"{account} goes on")
    else:
        click.echo(f"{account} was not paused")
