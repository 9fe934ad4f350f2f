"""`batchline pause`."""

from __future__ import annotations

import click

from batchline.producers.settings import Settings
from batchline.worker.cli import complete
from batchline.worker.cli.root import open_store
from batchline.worker.store import acts, pause


@click.command()
@click.argument("what", type=complete.SCOPE)
@click.option("--reason", default="paused by command", show_default=True)
def command(what: str, reason: str) -> None:
    """Hold an account, an operation of it, or one lane, until `batchline resume`.

    WHAT is such as default, default:event.add or default:event.add:0. Messages are still accepted,
    none is sent, none is dropped.
    """
    settings = Settings.load()
    check(what, settings)
    pause.pause(open_store(settings), what, reason, acts.person())
    click.echo(f"{what} is paused; `batchline resume {what}` lets it go on")


def check(what: str, settings: Settings) -> None:
    """Refuse a scope that holds no lane. Raises UsageError, and UnknownAccount."""
    name, *rest = what.split(":")
    account = settings.account(name)
    operations = account.known_operations
    if not rest:
        return
    if rest[0] not in operations:
        raise click.UsageError(f"{rest[0]!r} {account.no_operation(rest[0])}")
    lane = operations[rest[0]].lane
    if lane != rest[0]:
        raise click.UsageError(
            f"{rest[0]} shares the lane of {lane}, so that they arrive in order: "
            f"pause {name}:{lane}"
        )
    partitions = account.operation(lane).partitions
    is_one = len(rest) == 2 and rest[1].isdecimal() and int(rest[1]) < partitions
    if len(rest) > 1 and not is_one:
        raise click.UsageError(f"{what}: {name}:{lane} has the partitions 0 to {partitions - 1}")
