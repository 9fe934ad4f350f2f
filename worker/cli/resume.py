"""`batchline resume`."""

from __future__ import annotations

import click

from batchline.producers.settings import Settings
from batchline.worker.cli import complete
from batchline.worker.cli.root import NothingMatches, open_store
from batchline.worker.store import acts, pause
from batchline.worker.store.pause import Resumed


@click.command()
@click.argument("what", type=complete.PAUSED)
def command(what: str) -> None:
    """Let an account, operation or lane go on, at once (`batchline status` says which).

    It ends a pause, and every wait: for a breaker, for the next try, for a worker that is no more.
    """
    store = open_store(Settings.load())
    resumed = pause.resume(store, what, acts.person())
    held = pause.paused(store)
    if not resumed.was_paused and not resumed.lanes:
        listed = "; ".join(f"{name} ({reason})" for name, reason in held.items()) or "nothing"
        raise NothingMatches(f"{what}: no lane of that name holds messages; paused: {listed}")
    click.echo(
        f"{what} {'goes on' if resumed.was_paused else 'was not paused'}: {next_step(resumed)}"
    )
    for scope, reason in held.items():
        if _holds(scope, what):
            click.echo(f"still paused: {scope} ({reason}); batchline resume {scope}")


def next_step(resumed: Resumed) -> str:
    """What happens next, in words."""
    parts = [
        (resumed.ready, "tried now"),
        (resumed.busy, "being delivered"),
        (resumed.held, "held by another pause"),
    ]
    told = [f"{count:,} {_lanes(count)} {words}" for count, words in parts if count]
    return ", ".join(told) or "no message waits"


def _lanes(count: int) -> str:
    return "lane is" if count == 1 else "lanes are"


def _holds(scope: str, what: str) -> bool:
    """Whether a pause of `scope` holds lanes of `what`."""
    return f"{scope}:".startswith(f"{what}:") or f"{what}:".startswith(f"{scope}:")
