"""What commands that read a file of messages have in common: options, rejects and progress."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import IO, Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
from rich.console import Console
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from batchline.producers.settings import Settings
from batchline.worker.devstack.private_files import open_private
from batchline.worker.intake import table_fit
from batchline.worker.intake.mapping_file import MappingFile
from batchline.worker.intake.table import DELIMITERS
from batchline.worker.intake.table_form import TableForm

#: Bad lines that are shown one by one; the rest are counted (and written to --rejects).
MOST_SHOWN = 100
#: Endings of files that hold a table.
_TABLES = (".csv", ".csv.gz", ".tsv", ".tsv.gz")


class TableOptions(NamedTuple):
    """The options that make a file a CSV."""

    op: str | None
    maps: tuple[str, ...]
    constants: tuple[str, ...]
    delimiter: str | None
    timezone: str | None
    mapping: str | None

    def form(self, file: str, account: str | None, settings: Settings) -> TableForm | None:
        """The form of the CSV, checked, or None for a file of JSON lines.

        `account`: that of rows which name none. Raises UsageError or UnusableTable.
        """
        named = MappingFile.read(self.mapping) if self.mapping else MappingFile()
        op, delimiter = self.op or named.op, self.delimiter or named.delimiter
        maps, constants = (*named.maps, *self.maps), (*named.constants, *self.constants)
        zone = _zone(self.timezone or named.timezone)
        if not (maps and op):
            if self.mapping or maps or op or constants or delimiter or zone:
                raise click.UsageError(
                    "a CSV needs both --op and --map, such as --op contact --map email=E-mail"
                )
            if file.lower().endswith(_TABLES):
                raise click.UsageError(
                    f"{file} is a CSV: say which column is which field, such as "
                    "--op contact --map email=E-mail --map first_name=Name"
                )
            return None
        delimiter = "\t" if delimiter == "tab" else delimiter
        if delimiter is not None and delimiter not in DELIMITERS:
            raise click.UsageError(f"delimiter: must be one of {' '.join(DELIMITERS)} or tab")
        form = TableForm.of(op, maps, constants, delimiter, zone)
        for doubt in table_fit.check(form, account, settings):
            click.echo(f"Warning: {doubt}", err=True)
        return form


def _zone(name: str | None) -> ZoneInfo | None:
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise click.UsageError(
            f"--timezone {name}: there is no such time zone; write it as Europe/Warsaw"
        ) from None


def table_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options of a command that reads a CSV too; it gets `TableOptions` as `table`."""

    @wraps(function)
    def command(**arguments: Any) -> Any:
        table = TableOptions(**{name: arguments.pop(name) for name in TableOptions._fields})
        return function(table=table, **arguments)

    for option in (
        click.option(
            "--mapping",
            type=click.Path(exists=True, dir_okay=False),
            help="A TOML file with these options: op, [map], [set], delimiter, timezone.",
        ),
        click.option("--timezone", help="Of dates in a CSV that name none, such as Europe/Warsaw."),
        click.option(
            "--delimiter", type=click.Choice([*DELIMITERS, "tab"]), help="If not found out."
        ),
        click.option(
            "--set",
            "constants",
            multiple=True,
            metavar="FIELD=VALUE",
            help="The same for all rows.",
        ),
        click.option(
            "--map",
            "maps",
            multiple=True,
            metavar="FIELD=COLUMN",
            help="FILE is a CSV with a header: the column of a field, such as email=E-mail.",
        ),
        click.option("--op", help="Of all rows of a CSV: contact, event, or an operation."),
    ):
        command = option(command)
    return command


def open_rejects(path: str | None, file: str) -> IO[bytes]:
    """The file for bad lines; nothing keeps them if `path` is None. Raises UsageError.

    The bad lines that the file has stay: a nightly run, or one that goes on, adds to them.
    """
    if path and file != "-" and Path(path).resolve() == Path(file).resolve():
        raise click.UsageError("--rejects names FILE itself")
    try:
        if path is None or (os.path.exists(path) and not os.path.isfile(path)):
            return open_private(path or os.devnull, "wb")
        rejected = open_private(path, "a+b")
        _end_last_line(rejected)
        return rejected
    except OSError as error:
        raise click.UsageError(f"--rejects {path}: {error.strerror}") from error


def _end_last_line(file: IO[bytes]) -> None:
    if file.tell():
        file.seek(-1, os.SEEK_END)
        if file.read(1) != b"\n":
            file.write(b"\n")


def line_progress(quiet: bool) -> Progress:
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


class BadLines:
    """Counts the bad lines, shows the first ones, and keeps all in the rejects."""

    def __init__(self, rejected: IO[bytes], console: Console) -> None:
        self.count = self.doubtful = 0
        self._rejected, self._console = rejected, console
        self._is_file = stat.S_ISREG(os.fstat(rejected.fileno()).st_mode)
        #: Number, beginning and end of each bad line that was kept since `settle`.
        self._kept: list[tuple[int, int, int]] = []
        self._end = self._position()

    def add(self, number: int, line: bytes, problem: object) -> None:
        """A line whose bytes are kept, unless they are b""."""
        if line:
            self._rejected.write(line if line.endswith(b"\n") else line + b"\n")
        begin, self._end = self._end, self._position()
        self._kept.append((number, begin, self._end))
        self.count += 1
        if self.count <= MOST_SHOWN:
            self._print(f"line {number}: {problem}")
        elif self.count == MOST_SHOWN + 1:
            self._print("... more bad lines are counted only (--rejects FILE keeps them)")

    def warn(self, number: int, doubt: str) -> None:
        """Tell of a line that is good and may not be what it seems."""
        self.doubtful += 1
        if self.doubtful <= MOST_SHOWN:
            self._print(f"line {number}: warning: {doubt}")

    def settle(self) -> None:
        """Note that the lines so far are done with."""
        self._kept.clear()

    def forget_from(self, first: int) -> None:
        """Drop what was kept of the lines from that one on: the command is to go on with it."""
        if not self._is_file:
            return
        stay, since = [], self._kept[0][1] if self._kept else self._end
        for number, begin, end in self._kept:
            self._rejected.seek(begin)
            if number < first:
                stay.append(self._rejected.read(end - begin))
        self._rejected.truncate(since)
        self._rejected.seek(since)
        self._rejected.writelines(stay)

    def _position(self) -> int:
        """How many bytes the rejects hold."""
        return self._rejected.tell() if self._is_file else 0

    def _print(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)
