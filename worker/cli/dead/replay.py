"""`batchline dead replay`."""

from __future__ import annotations

import sys
import time

import click
from redis.exceptions import RedisError

from batchline.producers.settings import Settings
from batchline.worker.cli.dead import in_bulk
from batchline.worker.cli.dead.filters import by_reason, choose, note_act, set_options
from batchline.worker.cli.dead.pace import Interrupt, LateProgress, paced
from batchline.worker.cli.root import Wrong, open_store
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.dead_letters.filter import Filter

#: Exit status of a command that Ctrl-C has stopped, as shells know it.
INTERRUPTED = 130
#: Why letters stay, and what to do.
PASSED_OVER = "were changed or taken by somebody else, or cannot be read"
OTHER_SYSTEM = (
    "they were made for the system that their account had before. Give the account that system "
    "back, or mend them for the new one (batchline dead edit) and replay them."
)
SENT_ANEW = (
    "the application has sent their messages anew (batchline dead show ID says as what). Purge "
    "them, or replay them all the same: --superseded."
)


@click.command()
@set_options
@click.option("--rate", type=click.FloatRange(0, min_open=True), help="So many a second at most.")
@in_bulk.OPTION
@click.option("--yes", is_flag=True, help="Do not ask, with --bulk.")
@click.option(
    "--superseded",
    is_flag=True,
    help="Also if a newer one of the contact was sent meanwhile, or the message itself anew.",
)
def command(
    message_ids: tuple[str, ...],
    wanted: Filter,
    limit: int | None,
    every: bool,
    dry_run: bool,
    rate: float | None,
    superseded: bool,
    name: str | None,
    yes: bool,
) -> None:
    """Send them again, in the order in which they were enqueued.

    They go to the tail of their lanes, behind what waits there, with all their tries anew and
    their history kept. An upsert of a contact of which a newer one was sent since becomes a dead
    letter again, "superseded", and one that the application has sent anew stays, unless
    --superseded says to send it all the same. Ctrl-C stops between two of them and says how many
    have gone. With --bulk they are counted, and workers do it: this command need not stay.
    """
    settings = Settings.load()
    store = open_store(settings)
    if name is not None:
        in_bulk.in_bulk(
            store,
            settings,
            name,
            "replay",
            wanted,
            every=every,
            message_ids=message_ids,
            limit=limit,
            dry_run=dry_run,
            yes=yes,
            rate=rate,
            superseded=superseded,
        )
        return
    systems = {name: account.system for name, account in settings.accounts.items()}
    chosen = choose(store, message_ids, wanted, every, limit)
    if dry_run:
        takes = f", in about {len(chosen) / rate:,.0f} s" if rate else ""
        click.echo(f"{len(chosen):,} would be replayed{takes}")
        click.echo(by_reason(chosen), err=True)
        return
    ids = [letter.id for letter in chosen]
    tried = done = foreign = anew = 0
    with Interrupt() as interrupt, LateProgress("replaying", len(ids)) as progress:
        for part in paced(ids, rate, time.monotonic, interrupt.wait):
            try:
                replayed = dead_letters.replay(store, part, superseded, systems)
            except RedisError:
                click.echo(f"{done:,} replayed before this:", err=True)
                raise
            done, foreign = done + replayed.done, foreign + replayed.foreign
            anew += replayed.anew
            tried += len(part)
            progress.show(tried)
    click.echo(f"{done:,} replayed")
    note_act(store, "replayed", message_ids, wanted, done)
    taken = tried - done - foreign - anew
    problems = [
        f"{foreign:,} stay: {OTHER_SYSTEM}" if foreign else "",
        f"{anew:,} stay: {SENT_ANEW}" if anew else "",
        f"{taken:,} {PASSED_OVER}" if taken else "",
    ]
    if any(problems):
        raise Wrong("\n".join(filter(None, problems)))
    if interrupt.came:
        click.echo(f"stopped: {len(ids) - tried:,} stay dead letters", err=True)
        sys.exit(INTERRUPTED)
