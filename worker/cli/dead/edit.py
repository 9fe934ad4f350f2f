"""`batchline dead edit`."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from typing import Any

import click

from batchline.producers.settings import Settings
from batchline.worker.cli import complete
from batchline.worker.cli.dead.filters import note_act
from batchline.worker.cli.dead.show import find_letter
from batchline.worker.cli.root import Wrong, open_store
from batchline.worker.dead_letters import edit as letter_edit
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.dead_letters.assign import Assignment, assigned
from batchline.worker.dead_letters.filter import EVERY
from batchline.worker.dead_letters.letter import DeadLetter
from batchline.worker.dead_letters.lines import as_json
from batchline.worker.intake.lines import BadLine, operation_in
from batchline.worker.store import acts, redis_clock


def _assignment(ctx: click.Context, param: click.Parameter, values: Sequence[str]) -> Any:
    try:
        return [Assignment.parse(value) for value in values]
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command()
@click.argument("message_id", type=complete.LETTER)
@click.option(
    "--set",
    "assignments",
    multiple=True,
    metavar="FIELD=VALUE",
    callback=_assignment,
    help="Set this field instead of opening the editor; may be repeated.",
)
@click.option("--replay", is_flag=True, help="Send it again at once.")
@click.option("--dry-run", is_flag=True, help="Store nothing, only show what would be.")
def command(message_id: str, assignments: list[Assignment], replay: bool, dry_run: bool) -> None:
    """Mend one: change its message in $EDITOR, or with --set.

    FIELD is a path in the data, under the API's names or Python's, such as contactEvent.value or
    contact_event.value; owner and what else is said of the request stand beside the item's fields.
    VALUE is JSON, or else a text; null removes the field.

    The message is validated as if it were enqueued now. A bad one is refused with its field and
    the reason, nothing is changed, and what the editor saved is kept in a file that you alone may
    read. Account and operation stay what they are. What is stored and is no JSON object is shown as
    the text `payload`, to be replaced by the message's fields.
    """
    settings = Settings.load()
    store = open_store(settings)
    letter = find_letter(store, message_id)
    try:
        new = _changed(letter, assignments, settings, redis_clock.now(store))
    except BadLine as problem:
        raise Wrong(f"{problem}\nNothing is changed.") from None
    if new is None:
        click.echo("nothing is changed")
        return
    _, detail = new.meta.history[-1]
    if dry_run:
        click.echo(as_json(letter_edit.document(new), indent=2))
        click.echo(f"would be {detail}", err=True)
        return
    if not dead_letters.put(store, letter, new):
        raise Wrong("somebody else has changed it meanwhile: nothing is changed")
    acts.write(store, acts.person(), "edited", message_id, 1)
    click.echo(detail)
    if replay:
        done = dead_letters.replay(store, [message_id]).done
        note_act(store, "replayed", [message_id], EVERY, done)
        click.echo(f"{done:,} replayed")
        if letter.anew:
            raise Wrong(f"it stays: the application has sent it anew, as {letter.anew}")


def _changed(
    letter: DeadLetter, assignments: Sequence[Assignment], settings: Settings, now: int
) -> DeadLetter | None:
    if not assignments:
        return _from_editor(letter, settings, now)
    before = letter_edit.document(letter)["data"]
    model = operation_in({"op": letter.operation}, letter.lane.account, settings).message
    data = assigned(model, before, assignments)
    return letter_edit.edited(letter, data, settings, now)


def _from_editor(letter: DeadLetter, settings: Settings, now: int) -> DeadLetter | None:
    """The letter as the editor changed it; at a terminal a bad message can be mended further."""
    text = as_json(letter_edit.document(letter), indent=2) + "\n"
    while True:
        try:
            saved = click.edit(text, extension=".json")
        except UnicodeDecodeError:
            raise BadLine("not UTF-8") from None
        if saved is None:
            return None
        try:
            data = letter_edit.from_document(letter, saved)
            return letter_edit.edited(letter, data, settings, now)
        except BadLine as problem:
            further = sys.stdin.isatty()
            if further:
                click.echo(f"Error: {problem}", err=True)
                further = click.confirm("Edit it further?", default=True, err=True)
            if not further:
                raise BadLine(f"{problem}\nWhat you wrote is kept in {_kept(saved)}.") from None
            text = saved


def _kept(text: str) -> str:
    """The path of a new file with the text, which holds personal data: only its owner reads it."""
    handle, path = tempfile.mkstemp(prefix="batchline-edit-", suffix=".json")
    with os.fdopen(handle, "w", encoding="utf-8", errors="surrogatepass") as file:
        file.write(text)
    return path
