"""`batchline pause`."""

from __future__ import annotations

import click

from producers.settings import Settings
from worker import pause
from worker.cli.root import lanes_redis


@click.command()
@click.argument("what")
@click.option("--reason", default="paused by command", show_default=True)
def command(what: str, reason: str) -> None:
    """Hold an account, an operation of it, or one lane, until `batchline resume`.

    WHAT is such as default, default:event.add or default:event.add:0. Messages are still accepted,
    none is sent, none is dropped.
    """
    settings = Settings.load()
    settings.account(what.partition(":")[0])
    pause.pause(lanes_redis(settings), what, reason)
    click.echo(f"{what} is paused; `batchline resume {what}` lets it go on")
