"""`batchline enqueue`."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import click
from rich.console import Console
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from batchline.producers.answers import Known
from batchline.producers.errors import Duplicate, Ended, EnqueueError
from batchline.producers.outgoing import Outgoing
from batchline.producers.producer import Producer
from batchline.producers.settings import Settings
from batchline.worker.devstack.private_files import open_private
from batchline.worker.intake.lines import BadLine, parse
from batchline.worker.intake.reader import TooLong, longest_line, numbered

#: Seconds that a file waits for a Redis that is away, as while it is restarted.
REDIS_PATIENCE = 10.0
#: Lines read, checked and enqueued together.
CHUNK = 5000
#: Bad lines that are shown one by one; the rest are counted (and written to --rejects).
MOST_SHOWN = 100
#: Bytes of lines after which they are enqueued, though they are fewer.
CHUNK_BYTES = 8_000_000
#: State of a key's message -> why a line with that key is bad.
KEY_OF = {
    "dead": 'its message {} is a dead letter: replay that, or give the line "anew": true',
    "purged": 'its message {} was purged: to enqueue it anew give the line "anew": true',
}


@dataclass
class Tally:
    """The lines so far, counted."""

    lines: int = 0
    #: Accepted lines; their messages are more where a line goes to several accounts.
    accepted: int = 0
    messages: int = 0
    #: Messages of these whose key stood for one already: nothing new was enqueued.
    known: int = 0
    bad: int = 0


@dataclass
class Chunk:
    """Messages that are enqueued together, and the line of each: its number and text."""

    outgoing: list[Outgoing] = field(default_factory=list)
    lines: list[tuple[int, bytes]] = field(default_factory=list)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option(
    "--rejects", type=click.Path(dir_okay=False, writable=True), help="Bad lines go here."
)
@click.option("--account", help="For lines that name none (else their route, or `default`).")
@click.option("--dry-run", is_flag=True, help="Only check the lines.")
@click.option("--quiet", is_flag=True, help="No progress, only the counts and the bad lines.")
def command(
    file: str, rejects: str | None, account: str | None, dry_run: bool, quiet: bool
) -> None:
    """Enqueue messages from FILE (- for standard input), one JSON object a line:

    \b
    {"op": "event.add", "account": "...", "key": "...", "data": {...}}

    op is the operation and data the API's own item (or the model's Python field names); account
    and key (an idempotency key: a file with keys can be enqueued again safely) may be left out. A
    line whose key stands for a dead or purged message is bad, unless it says "anew": true.
    An op of contact or event is mapped for its account, or for each account of its route.

    A bad line is reported with its number, field and reason, does not stop the rest, and makes the
    exit status 1.
    """
    settings = Settings.load()
    if account is not None:
        settings.account(account)
    if rejects and file != "-" and Path(rejects).resolve() == Path(file).resolve():
        raise click.UsageError("--rejects names FILE itself, which it would empty")
    warnings.simplefilter("once")
    tally = Tally()
    with (
        click.open_file(file, "rb") as lines,
        _rejects(rejects) as rejected,
        _progress(quiet) as progress,
        Producer(settings, patience=REDIS_PATIENCE) as producer,
    ):
        task = progress.add_task("enqueueing" if not dry_run else "checking", total=None)
        try:
            for chunk in _chunks(lines, account, settings, tally, rejected, progress.console):
                sent = len(chunk.outgoing)
                if not dry_run:
                    sent -= _send(producer, chunk, tally, rejected, progress.console)
                tally.accepted = tally.lines - tally.bad
                tally.messages += sent
                progress.update(task, completed=tally.lines, accepted=tally.accepted)
        except EnqueueError as error:
            raise _stopped(error, tally) from error
    verb = "valid" if dry_run else "accepted"
    each = f"; {tally.messages:,} messages" if tally.messages != tally.accepted else ""
    known = (
        f"; {tally.known:,} of these messages known before, by their keys" if tally.known else ""
    )
    click.echo(f"{tally.lines:,} lines: {tally.accepted:,} {verb}, {tally.bad:,} bad{each}{known}")
    if tally.bad:
        sys.exit(1)


def _chunks(
    lines: IO[bytes],
    account: str | None,
    settings: Settings,
    tally: Tally,
    rejected: IO[bytes],
    console: Console,
) -> Iterator[Chunk]:
    chunk = Chunk()
    size, longest = 0, longest_line(settings)
    for number, line in numbered(lines, longest, copy_to=rejected):
        if isinstance(line, TooLong):
            tally.lines += 1
            tally.bad += 1
            problem = BadLine(f"has {line.bytes:,} bytes, {longest:,} are read (message_bytes)")
            _show(console, number, problem, tally)
            continue
        if not line.strip():
            continue
        tally.lines += 1
        try:
            messages = parse(line, account, settings)
        except BadLine as problem:
            _reject(number, line, problem, tally, rejected, console)
            continue
        size += len(line)
        chunk.outgoing += messages
        chunk.lines += [(number, line)] * len(messages)
        if len(chunk.outgoing) >= CHUNK or size >= CHUNK_BYTES:
            yield chunk
            chunk, size = Chunk(), 0
    if chunk.outgoing:
        yield chunk


def _send(
    producer: Producer, chunk: Chunk, tally: Tally, rejected: IO[bytes], console: Console
) -> int:
    """Enqueue the messages; return how many are not, for their key's message is dead or purged."""
    try:
        tally.known += _known(producer.send_all(chunk.outgoing))
    except Duplicate as error:
        tally.known += _known(error.accepted)
        for (number, line), ended in _by_line(chunk, error).items():
            problem = BadLine(f"key: {KEY_OF[ended.state].format(ended.message_id)}")
            _reject(number, line, problem, tally, rejected, console)
        return len(error.duplicates)
    return 0


def _known(ids: Sequence[str | None]) -> int:
    return sum(isinstance(message_id, Known) for message_id in ids)


def _by_line(chunk: Chunk, error: Duplicate) -> dict[tuple[int, bytes], Ended]:
    return {chunk.lines[index]: ended for index, ended in error.duplicates.items()}


def _reject(
    number: int,
    line: bytes,
    problem: BadLine,
    tally: Tally,
    rejected: IO[bytes],
    console: Console,
) -> None:
    tally.bad += 1
    rejected.write(line if line.endswith(b"\n") else line + b"\n")
    _show(console, number, problem, tally)


def _show(console: Console, number: int, problem: BadLine, tally: Tally) -> None:
    if tally.bad <= MOST_SHOWN:
        console.print(f"line {number}: {problem}", markup=False, highlight=False, soft_wrap=True)
    elif tally.bad == MOST_SHOWN + 1:
        console.print("... more bad lines are counted only (--rejects FILE keeps them)")


def _rejects(path: str | None) -> IO[bytes]:
    try:
        return open_private(path or os.devnull, "wb")
    except OSError as error:
        raise click.UsageError(f"--rejects {path}: {error.strerror}") from error


def _progress(quiet: bool) -> Progress:
    """The progress on standard error; on a terminal only, so that logs stay readable."""
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        TextColumn("{task.completed:,.0f} lines"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=quiet or not console.is_terminal,
    )


def _stopped(error: EnqueueError, tally: Tally) -> click.ClickException:
    of_chunk = sum(message_id is not None for message_id in error.accepted)
    return click.ClickException(
        f"{error}\nStopped: {tally.messages + of_chunk:,} messages are accepted, from the lines "
        f"up to about {tally.lines:,}. Lines with a key can be enqueued again safely."
    )
