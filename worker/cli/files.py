"""What commands that read a file of messages have in common: options, rejects and progress."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import click
from rich.console import Console
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from batchline.worker.devstack.private_files import open_private
from batchline.worker.intake.table import DELIMITERS, TableForm

#: Bad lines that are shown one by one; the rest are counted (and written to --rejects).
MOST_SHOWN = 100
#: Endings of files that hold a table.
_TABLES = (".csv", ".csv.gz", ".tsv", ".tsv.gz")


def table_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options of a command that reads a CSV too."""
    for option in (
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
        function = option(function)
    return function


def table_form(
    file: str,
    op: str | None,
    maps: tuple[str, ...],
    constants: tuple[str, ...],
    delimiter: str | None,
) -> TableForm | None:
    """The form of a CSV, or None for a file of JSON lines. Raises UsageError or UnusableTable."""
    if maps and op:
        return TableForm.of(op, maps, constants, "\t" if delimiter == "tab" else delimiter)
    if maps or op or constants or delimiter:
        raise click.UsageError(
            "a CSV needs both --op and --map, such as --op contact --map email=E-mail"
        )
    if file.lower().endswith(_TABLES):
        raise click.UsageError(
            f"{file} is a CSV: say which column is which field, such as "
            "--op contact --map email=E-mail --map first_name=Name"
        )
    return None


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
        self.count = 0
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

    def _print(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)
