"""`batchline dead import`."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from typing import IO

import click

from batchline.producers.settings import Settings
from batchline.worker.cli.root import open_store
from batchline.worker.dead_letters.importer import PAGE, Answer, Importer
from batchline.worker.dead_letters.letter import DeadLetter
from batchline.worker.dead_letters.lines import from_line
from batchline.worker.intake.lines import BadLine
from batchline.worker.intake.reader import TooLong, longest_line, numbered
from batchline.worker.store import redis_clock

#: Bytes of lines after which their letters are imported, though they are fewer.
CHUNK_BYTES = 8_000_000
#: Refused lines that are shown one by one; the rest are counted.
MOST_SHOWN = 100

#: Answer -> why the letter is not imported.
REFUSALS: dict[Answer, str] = {
    "dead": "is a dead letter here already",
    "parked": "is here already, parked",
    "waiting": "is here already and waits in its lane",
    "confirming": "is here already: delivered, it waits for its job's result",
    "repeated": "stands in the file before",
}


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("--dry-run", is_flag=True, help="Import nothing, only check the lines.")
def command(file: str, dry_run: bool) -> None:
    """Bring exported ones back from FILE (- for standard input) among the dead letters.

    Each keeps its id and history, and its message is validated as if it were enqueued now. A bad
    line, or one whose message is here already, is reported with its number, does not stop the rest,
    and makes the exit status 1.

    In the totals, a letter that was purged here (as far as the journal knows) is no longer purged;
    any other counts as accepted. Nothing is sent before `batchline dead replay`.
    """
    settings = Settings.load()
    store = open_store(settings)
    importer = Importer(store, dry_run)
    tally = Counter[str]()
    with click.open_file(file, "rb") as lines:
        for chunk in _chunks(lines, settings, redis_clock.now(store), tally):
            answers = importer.add([letter for _, letter in chunk])
            for (number, letter), answer in zip(chunk, answers, strict=True):
                tally["imported" if answer == "new" else "here"] += 1
                if answer != "new":
                    _show(tally, number, f"{letter.id} {REFUSALS[answer]}")
    verb = "would be imported" if dry_run else "imported"
    click.echo(
        f"{tally['lines']:,} lines: {tally['imported']:,} {verb}, {tally['here']:,} here already, "
        f"{tally['bad']:,} bad"
    )
    if tally["refused"]:
        sys.exit(1)


def _chunks(
    lines: IO[bytes], settings: Settings, now: int, tally: Counter[str]
) -> Iterator[list[tuple[int, DeadLetter]]]:
    chunk: list[tuple[int, DeadLetter]] = []
    size, longest = 0, longest_line(settings)
    for number, line in numbered(lines, longest):
        if isinstance(line, TooLong):
            tally["lines"] += 1
            tally["bad"] += 1
            _show(tally, number, f"has {line.bytes:,} bytes, {longest:,} are read (message_bytes)")
            continue
        if not line.strip():
            continue
        tally["lines"] += 1
        try:
            chunk.append((number, from_line(line, settings, now)))
            size += len(line)
        except BadLine as problem:
            tally["bad"] += 1
            _show(tally, number, str(problem))
        if len(chunk) >= PAGE or size >= CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _show(tally: Counter[str], number: int, detail: str) -> None:
    tally["refused"] += 1
    if tally["refused"] <= MOST_SHOWN:
        click.echo(f"line {number}: {detail}", err=True)
    elif tally["refused"] == MOST_SHOWN + 1:
        click.echo("... more refused lines are counted only", err=True)
