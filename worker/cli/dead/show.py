"""`batchline dead show`."""

from __future__ import annotations

import click

from batchline.producers.settings import Settings
from batchline.worker.cli.root import open_store
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.dead_letters.letter import REASONS, DeadLetter
from batchline.worker.dead_letters.lines import as_dict, as_json
from batchline.worker.store.store import Store


@click.command()
@click.argument("message_id")
def command(message_id: str) -> None:
    """Show one with its payload and history."""
    letter = find_letter(open_store(Settings.load()), message_id)
    click.echo(as_json(as_dict(letter), indent=2))
    click.echo(f"\n{letter.reason}: {REASONS.get(letter.reason, '')}", err=True)


def find_letter(store: Store, message_id: str) -> DeadLetter:
    """The dead letter of that id; raises ClickException when there is none."""
    letter = dead_letters.show(store, message_id)
    if letter is None:
        raise click.ClickException(
            f"{message_id} is no dead letter (batchline dead list shows those there are, "
            "batchline trace where this one is)"
        )
    return letter
