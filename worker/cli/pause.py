"""`batchline pause`."""

from __future__ import annotations

import click

from producers.settings import Settings
from worker import pause
from worker.cli.root import lanes_redis


@click.command()
@click.argument("account")
@click.option("--reason", default="paused by command", show_default=True)
def command(account: str, reason: str) -> None:
    """Hold the lanes of an account: messages are still accepted, none is sent."""
    settings = Settings.load()
    settings.account(account)
    pause.pause(lanes_redis(settings), account, reason)
    click.echo(f"{account} is paused; `batchline resume {account}` lets it go on")
