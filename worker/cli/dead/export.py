"""`batchline dead export`."""

from __future__ import annotations

from pathlib import Path

import click

from batchline.producers.settings import Settings
from batchline.worker.cli.dead.filters import by_reason, filters, must_fit
from batchline.worker.cli.root import open_store
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.dead_letters.filter import Filter
from batchline.worker.dead_letters.lines import to_line
from batchline.worker.devstack.private_files import replaced


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, writable=True, allow_dash=True))
@filters
@click.option("--limit", type=click.IntRange(1), help="The first so many, as enqueued.")
@click.option("--force", is_flag=True, help="Overwrite FILE if it exists.")
@click.option("--dry-run", is_flag=True, help="Write nothing, only say how many.")
def command(file: str, wanted: Filter, limit: int | None, force: bool, dry_run: bool) -> None:
    """Copy them to FILE (- for standard output), one JSON object a line; they stay here.

    `batchline dead import` brings such lines back, ids and history included, here or elsewhere.
    `batchline enqueue` takes them too, as new messages with the letter's id as idempotency key.
    The file holds personal data: only you may read it. One that exists is overwritten with --force
    only.
    """
    store = open_store(Settings.load())
    chosen = dead_letters.choose(store, wanted, limit)
    must_fit(chosen, wanted)
    if dry_run:
        click.echo(f"{len(chosen):,} would be exported: {by_reason(chosen)}", err=True)
        return
    if file != "-" and Path(file).is_file() and not force:
        raise click.UsageError(f"{file} exists, and nothing is exported: --force overwrites it")
    count = 0
    opened = click.open_file(file, "w", encoding="utf-8") if file == "-" else replaced(file)
    with opened as lines:
        for letter in dead_letters.read(store, [letter.id for letter in chosen]):
            lines.write(to_line(letter) + "\n")
            count += 1
    click.echo(f"{count:,} exported", err=True)
