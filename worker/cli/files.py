"""What commands that read a file of messages have in common: options, rejects and progress."""

from __future__ import annotations

import os
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
    """The file for bad lines; nothing keeps them if `path` is None. Raises UsageError."""
    if path and file != "-" and Path(path).resolve() == Path(file).resolve():
        raise click.UsageError("--rejects names FILE itself, which it would empty")
    try:
        return open_private(path or os.devnull, "wb")
    except OSError as error:
        raise click.UsageError(f"--rejects {path}: {error.strerror}") from error


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

    def add(self, number: int, line: bytes, problem: object) -> None:
        """A line whose bytes are kept, unless they are b""."""
        if line:
            self._rejected.write(line if line.endswith(b"\n") else line + b"\n")
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

    def _print(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)
