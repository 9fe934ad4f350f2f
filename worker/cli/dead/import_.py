"""`batchline dead import`."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click
from redis.exceptions import RedisError

from batchline.producers.redis_client import described
from batchline.producers.settings import Settings
from batchline.worker.cli import exit_codes
from batchline.worker.cli.files import BadLines, line_progress, open_rejects
from batchline.worker.cli.numbers import many
from batchline.worker.cli.root import Stopped, open_store
from batchline.worker.dead_letters.importer import PAGE, Answer, Importer
from batchline.worker.dead_letters.letter import DeadLetter
from batchline.worker.dead_letters.lines import from_fields
from batchline.worker.intake.lines import BadLine
from batchline.worker.intake.messages import Intake
from batchline.worker.intake.source import opened
from batchline.worker.intake.table import Row, checked_fields
from batchline.worker.store import acts, redis_clock

#: Bytes of lines after which their letters are imported, though they are fewer.
CHUNK_BYTES = 8_000_000

#: Answer -> why the letter is not imported.
REFUSALS: dict[Answer, str] = {
    "dead": "is a dead letter here already",
    "parked": "is here already, parked",
    "waiting": "is here already and waits in its lane",
    "confirming": "is here already: delivered, it waits for its job's result",
    "replayed": "was replayed here, and is a dead letter no more: batchline enqueue sends it again",
    "repeated": "stands in the file before",
    "suppressed": "is about a contact of the suppression list (batchline suppress check)",
}

Letters = list[tuple[int, DeadLetter | BadLine, bytes]]


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option(
    "--rejects",
    type=click.Path(dir_okay=False, writable=True),
    help="Add bad lines to this file.",
)
@click.option("--from-line", "first", default=1, type=click.IntRange(1), help="Go on with line N.")
@click.option("--dry-run", is_flag=True, help="Import nothing, only check the lines.")
def command(file: str, rejects: str | None, first: int, dry_run: bool) -> None:
    """Bring exported ones back from FILE (- for standard input) among the dead letters.

    Each keeps its id and history, and its message is validated as if it were enqueued now. A bad
    line, or one whose message is here already, is reported with its number, does not stop the rest,
    and makes the exit status 1. With --dry-run a message that is here already does not, for it is
    purged before it is imported. FILE may be packed by gzip.

    In the totals, a letter that was purged here (as far as the journal knows) is no longer purged;
    any other counts as accepted. Nothing is sent before `batchline dead replay`.
    """
    settings = Settings.load()
    store = open_store(settings)
    importer = Importer(store, dry_run, settings.idempotency_window)
    lines = imported = here = twice = bad_lines = 0
    with (
        opened(file) as opened_file,
        open_rejects(rejects, file) as rejected,
        line_progress(quiet=False) as progress,
    ):
        refused = BadLines(rejected, progress.console)
        task = progress.add_task("importing" if not dry_run else "checking", total=None)
        rows = Intake(opened_file, settings, rejected=rejected, first=first).rows()
        for chunk in _chunks(rows, settings, redis_clock.now(store)):
            letters = [one for _, one, _ in chunk if isinstance(one, DeadLetter)]
            try:
                answers = iter(importer.add(letters))
            except RedisError as error:
                if not imported:
                    raise
                done = f"{imported:,} are imported: import FILE again"
                raise Stopped(f"Redis: {described(error)}\nStopped: {done}") from error
            for number, letter, text in chunk:
                if isinstance(letter, BadLine):
                    bad_lines += 1
                    refused.add(number, text, letter)
                    continue
                answer = next(answers)
                imported += answer == "new"
                here += answer != "new"
                twice += answer == "repeated"
                if answer != "new":
                    refused.add(number, b"", f"{letter.id} {REFUSALS[answer]}")
            lines += len(chunk)
            progress.update(task, completed=lines)
    if imported and not dry_run:
        acts.write(store, acts.person(), "imported", "from a file", imported)
    verb = "would be imported" if dry_run else "imported"
    click.echo(
        f"{many(lines, 'line')}: {imported:,} {verb}, {here:,} here already, {bad_lines:,} bad"
    )
    if bad_lines or twice or (here and not dry_run):
        sys.exit(exit_codes.WRONG)


def _chunks(rows: Iterator[Row], settings: Settings, now: int) -> Iterator[Letters]:
    chunk: Letters = []
    size = 0
    for row in rows:
        letter: DeadLetter | BadLine
        try:
            letter = from_fields(checked_fields(row), settings, now)
            size += len(row.text)
        except BadLine as problem:
            letter = problem
        chunk.append((row.number, letter, row.text))
        if len(chunk) >= PAGE or size >= CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk
