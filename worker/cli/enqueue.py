"""`batchline enqueue`."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import click

from batchline.producers.answers import Known
from batchline.producers.errors import Duplicate, EnqueueError, RedisUnavailable, Suppressed
from batchline.producers.outgoing import Copy, Outgoing
from batchline.producers.producer import Producer
from batchline.producers.settings import Settings
from batchline.worker.cli import complete, exit_codes
from batchline.worker.cli.files import (
    BadLines,
    TableOptions,
    line_progress,
    open_rejects,
    table_options,
)
from batchline.worker.cli.numbers import many
from batchline.worker.cli.root import Failed, RedisAway, Stopped
from batchline.worker.intake.lines import BadLine
from batchline.worker.intake.messages import Intake, Read
from batchline.worker.intake.source import UnreadableFile, opened

#: Seconds that a file waits for a Redis that is away, as while it is restarted.
REDIS_PATIENCE = 10.0
#: Lines read, checked and enqueued together.
CHUNK = 5000
#: Bytes of lines after which they are enqueued, though they are fewer.
CHUNK_BYTES = 8_000_000
#: State of a key's message -> why a line with that key is bad.
KEY_OF = {
    "dead": 'its message {} is a dead letter: replay that, or give the line "anew": true',
    "purged": 'its message {} was purged: to enqueue it anew give the line "anew": true',
}
#: Why a line about a suppressed contact is bad.
SUPPRESSED = "data: its contact is on the suppression list (batchline suppress check)"


@dataclass
class Tally:
    """The lines so far, counted."""

    lines: int = 0
    #: Accepted lines; their messages are more where a line goes to several accounts.
    accepted: int = 0
    messages: int = 0
    #: Messages of these whose key stood for one already: nothing new was enqueued.
    known: int = 0
    #: The number of the line with which to go on after a stop.
    next_line: int = 1


@dataclass
class Chunk:
    """Messages that are enqueued together, and the line of each."""

    copies: list[Copy] = field(default_factory=list)
    lines: list[Read] = field(default_factory=list)
    #: The lines read for it, bad ones among them, and the number of the last of them.
    read: int = 0
    last: int = 0


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option(
    "--rejects",
    type=click.Path(dir_okay=False, writable=True),
    help="Add bad lines to this file.",
)
@click.option(
    "--account",
    type=complete.ACCOUNT,
    help="For lines that name none (else their route, or `default`).",
)
@click.option("--from-line", "first", default=1, type=click.IntRange(1), help="Go on with line N.")
@table_options
@click.option("--dry-run", is_flag=True, help="Only check the lines.")
@click.option("--quiet", is_flag=True, help="No progress, only the counts and the bad lines.")
def command(
    file: str,
    rejects: str | None,
    account: str | None,
    first: int,
    table: TableOptions,
    dry_run: bool,
    quiet: bool,
) -> None:
    """Enqueue messages from FILE (- for standard input), one JSON object a line:

    \b
    {"op": "event.add", "account": "...", "key": "...", "data": {...}}

    op is the operation, data the API's own item (or Python's field names); account and key (an
    idempotency key: a file with keys can be enqueued again safely) may be left out. A line whose
    key stands for a dead or purged message is bad, unless it says "anew": true. An op of contact
    or event is mapped for its account, or for each account of its route.

    FILE may be a CSV with a header, and packed by gzip (docs/files.md). A bad line is reported,
    does not stop the rest, and makes the exit code 1. It is 3 where the file was not read to its
    end; the last line says how to go on.
    """
    settings = Settings.load()
    if account is not None:
        settings.account(account)
    warnings.simplefilter("once")
    form = table.form(file, account, settings)
    tally = Tally(next_line=first)
    with (
        opened(file, form is not None) as lines,
        open_rejects(rejects, file) as rejected,
        line_progress(quiet) as progress,
        Producer(settings, patience=REDIS_PATIENCE) as producer,
    ):
        intake = Intake(lines, settings, account, form, rejected, first)
        bad = BadLines(rejected, progress.console)
        task = progress.add_task("enqueueing" if not dry_run else "checking", total=None)
        try:
            for chunk in _chunks(intake, bad):
                sent = len(chunk.copies)
                if not dry_run and chunk.copies:
                    sent -= _send(producer, chunk, tally, bad)
                tally.lines += chunk.read
                tally.accepted = tally.lines - bad.count
                tally.messages += sent
                tally.next_line = chunk.last + 1
                bad.settle()
                progress.update(task, completed=tally.lines, accepted=tally.accepted)
        except EnqueueError as error:
            raise _stopped(error, tally, chunk, bad) from error
        except UnreadableFile as error:
            raise Stopped(f"{error}\n{_go_on(tally.next_line, bad)}") from error
        except KeyboardInterrupt:
            raise Stopped(f"Interrupted. {_go_on(tally.next_line, bad)}") from None
    verb = "valid" if dry_run else "accepted"
    each = f"; {tally.messages:,} messages" if tally.messages != tally.accepted else ""
    known = (
        f"; {tally.known:,} of these messages known before, by their keys" if tally.known else ""
    )
    doubtful = f"; {bad.doubtful:,} doubtful" if bad.doubtful else ""
    counts = f"{tally.accepted:,} {verb}, {bad.count:,} bad{doubtful}"
    click.echo(f"{many(tally.lines, 'line')}: {counts}{each}{known}")
    if bad.count:
        sys.exit(exit_codes.WRONG)


def _chunks(intake: Intake, bad: BadLines) -> Iterator[Chunk]:
    chunk, size = Chunk(), 0
    for line in intake:
        chunk.read += 1
        chunk.last = line.number
        if line.problem is not None:
            bad.add(line.number, line.text, line.problem)
            continue
        if line.doubt:
            bad.warn(line.number, line.doubt)
        size += len(line.text)
        chunk.copies += line.copies
        chunk.lines += [line] * len(line.copies)
        if len(chunk.copies) >= CHUNK or size >= CHUNK_BYTES:
            yield chunk
            chunk, size = Chunk(), 0
    if chunk.read:
        yield chunk


def _send(producer: Producer, chunk: Chunk, tally: Tally, bad: BadLines) -> int:
    """Enqueue the messages; return how many are not: ended under their key, or suppressed."""
    try:
        tally.known += _known(producer.send_all(Outgoing(*one) for one in chunk.copies))
    except (Duplicate, Suppressed) as error:
        tally.known += _known(error.accepted)
        ended = {chunk.lines[index].number: (index, end) for index, end in error.duplicates.items()}
        for number, (index, end) in ended.items():
            problem = BadLine(f"key: {KEY_OF[end.state].format(end.message_id)}")
            bad.add(number, chunk.lines[index].text, problem)
        suppressed = error.suppressed if isinstance(error, Suppressed) else ()
        for number, index in {chunk.lines[index].number: index for index in suppressed}.items():
            bad.add(number, chunk.lines[index].text, BadLine(SUPPRESSED))
        return len(error.duplicates) + len(suppressed)
    return 0


def _known(ids: Sequence[object]) -> int:
    return sum(isinstance(message_id, Known) for message_id in ids)


def _stopped(error: EnqueueError, tally: Tally, chunk: Chunk, bad: BadLines) -> Failed:
    of_chunk = sum(message_id is not None for message_id in error.accepted)
    missing = (
        line.number
        for line, message_id in zip(chunk.lines, error.accepted, strict=False)
        if message_id is None
    )
    accepted = tally.messages + of_chunk
    is_away = isinstance(error, RedisUnavailable) and not accepted
    kind = RedisAway if is_away else Stopped
    return kind(
        f"{error}\nStopped: {many(accepted, 'message')} accepted. "
        f"{_go_on(next(missing, tally.next_line), bad)}"
    )


def _go_on(line: int, bad: BadLines) -> str:
    """How to go on with that line; the bad ones from there on will be read again."""
    bad.forget_from(line)
    return (
        f"All lines before line {line:,} are done: go on with --from-line {line} (lines behind it "
        "may be accepted too; one with a key is not enqueued twice)."
    )
