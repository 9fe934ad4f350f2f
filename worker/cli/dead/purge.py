"""`batchline dead purge`."""

from __future__ import annotations

import click

from batchline.producers.settings import Settings
from batchline.worker.cli.dead.filters import by_reason, choose, set_options
from batchline.worker.cli.root import open_store
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.dead_letters.filter import Filter


@click.command()
@set_options
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(
    message_ids: tuple[str, ...],
    wanted: Filter,
    limit: int | None,
    every: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    """Delete them for good; they stay in the totals as purged.

    `batchline dead export` first keeps a copy that can be imported again.
    """
    settings = Settings.load()
    store = open_store(settings)
    chosen = choose(store, message_ids, wanted, every, limit)
    if dry_run:
        click.echo(f"{len(chosen):,} would be purged")
        click.echo(by_reason(chosen), err=True)
        return
    if chosen and not yes:
        question = f"Purged messages are gone: {by_reason(chosen)}. Go on?"
        click.confirm(question, abort=True, err=True)
    ids = [letter.id for letter in chosen]
    told = dead_letters.told_of(settings)
    done = dead_letters.act(store, "purge", ids, settings.idempotency_window, told)
    click.echo(f"{done:,} purged")
