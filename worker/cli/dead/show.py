"""`batchline dead show`."""

from __future__ import annotations

import click

from batchline.producers.settings import Settings
from batchline.systems.errors import BatchlineError
from batchline.worker.cli import complete
from batchline.worker.cli.root import NothingMatches, open_store
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.dead_letters.asking import about_letter, told
from batchline.worker.dead_letters.letter import REASONS, DeadLetter
from batchline.worker.dead_letters.lines import as_dict, as_json
from batchline.worker.store.store import Store


@click.command()
@click.argument("message_id", type=complete.LETTER)
@click.option("--json", "as_line", is_flag=True, help="Its JSON alone, as one line.")
@click.option("--ask", is_flag=True, help="Ask the API about it too: is it there, is its contact?")
def command(message_id: str, ask: bool, as_line: bool) -> None:
    """Show one with its payload and history.

    With --ask the API is asked whether it took the message, where it can be, and whether the
    contact is there, and what else the message names: its tag, its owner, its push as it is set up.
    Nothing changes by it.
    """
    settings = Settings.load()
    letter = find_letter(open_store(settings), message_id)
    shown, lines = as_dict(letter), [f"\n{letter.reason}: {REASONS.get(letter.reason, '')}"]
    if letter.anew:
        lines.append(f"sent anew: the application has sent it again, as {letter.anew}")
    if ask:
        try:
            asked = about_letter(letter, settings)
            shown["asked"] = [one.as_dict() for one in asked]
            lines += told(letter, asked)
        except BatchlineError as error:
            lines.append(f"not asked: {error}")
    if as_line:
        click.echo(as_json(shown))
        return
    click.echo(as_json(shown, indent=2))
    for line in lines:
        click.echo(line, err=True)


def find_letter(store: Store, message_id: str) -> DeadLetter:
    """The dead letter of that id; raises NothingMatches when there is none."""
    letter = dead_letters.show(store, message_id)
    if letter is None:
        raise NothingMatches(
            f"{message_id} is no dead letter (batchline dead list shows those there are, "
            "batchline trace where this one is)"
        )
    return letter
