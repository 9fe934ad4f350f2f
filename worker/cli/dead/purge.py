"""`batchline dead purge`."""

from __future__ import annotations

import click

from batchline.producers.settings import Settings
from batchline.worker.cli.confirming import YES, confirm
from batchline.worker.cli.dead import in_bulk
from batchline.worker.cli.dead.filters import by_reason, choose, note_act, set_options
from batchline.worker.cli.root import open_store
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.dead_letters.filter import Filter


@click.command()
@set_options
@click.option("--rate", type=click.FloatRange(0, min_open=True), help="With --bulk, a second.")
@in_bulk.OPTION
@YES
def command(
    message_ids: tuple[str, ...],
    wanted: Filter,
    limit: int | None,
    every: bool,
    dry_run: bool,
    yes: bool,
    rate: float | None,
    name: str | None,
) -> None:
    """Delete them for good; they stay in the totals as purged.

    `batchline dead export` first keeps a copy that can be imported again.
    """
    settings = Settings.load()
    store = open_store(settings)
    if name is not None:
        in_bulk.in_bulk(
            store,
            settings,
            name,
            "purge",
            wanted,
            every=every,
            message_ids=message_ids,
            limit=limit,
            dry_run=dry_run,
            yes=yes,
            rate=rate,
        )
        return
    if rate is not None:
        raise click.UsageError("--rate goes with --bulk")
    chosen = choose(store, message_ids, wanted, every, limit)
    if dry_run:
        click.echo(f"{len(chosen):,} would be purged")
        click.echo(by_reason(chosen), err=True)
        return
    if not confirm(f"Purged messages are gone: {by_reason(chosen)}. Go on?", yes):
        raise click.Abort
    ids = [letter.id for letter in chosen]
    told = dead_letters.told_of(settings)
    done = dead_letters.act(store, "purge", ids, settings.idempotency_window, told)
    click.echo(f"{done:,} purged")
    note_act(store, "purged", message_ids, wanted, done)
