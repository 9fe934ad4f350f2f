"""Reads a file of JSON lines, or a CSV: the messages of each line, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from batchline.producers.outgoing import Copy
from batchline.producers.settings import Settings
from batchline.worker.intake.lines import BadLine, fields_of, parse_fields
from batchline.worker.intake.reader import TooLong, longest_line, numbered
from batchline.worker.intake.table import Row, Table, checked_fields
from batchline.worker.intake.table_form import TableForm


@dataclass(frozen=True, slots=True)
class Read:
    """A line, or a row of a CSV, which may have several lines."""

    #: The number of its first line, from 1 on.
    number: int
    #: The line as it was read; b"" for one that was copied to the rejects already.
    text: bytes
    copies: tuple[Copy, ...] = ()
    #: What is wrong with it, if it is no message.
    problem: BadLine | None = None
    #: Why it may not be what it seems; "" as a rule.
    doubt: str = ""


class Intake:
    """The messages of one file, line by line."""

    def __init__(
        self,
        file: IO[bytes],
        settings: Settings,
        account: str | None = None,
        form: TableForm | None = None,
        rejected: IO[bytes] | None = None,
        first: int = 1,
    ) -> None:
        """`form`: the file is a CSV. `first`: the number of the first line that counts.

        Raises UnusableTable. Lines that are too long go to `rejected`, and so does the header of a
        CSV, so that the rejected rows are a CSV too, unless `rejected` holds some already.
        """
        self._settings, self._account, self._first = settings, account, first
        longest = longest_line(settings)
        self._lines = numbered(file, longest, rejected, first)
        self._form = form
        self._table = Table(self._lines, form) if form else None
        if self._table and rejected is not None and not (rejected.seekable() and rejected.tell()):
            rejected.write(self._table.header)

    def __iter__(self) -> Iterator[Read]:
        for row in self.rows():
            try:
                fields = checked_fields(row)
                copies = parse_fields(fields, self._account, self._settings, len(row.text))
            except BadLine as problem:
                told = self._form.with_column(problem) if self._form else problem
                yield Read(row.number, row.text, problem=told)
            else:
                yield Read(row.number, row.text, tuple(copies), doubt=row.doubt)

    def rows(self) -> Iterator[Row]:
        """The fields of each line, or what is wrong with it."""
        rows = self._table.rows() if self._table else json_rows(self._lines, self._first)
        return (row for row in rows if row.number >= self._first)


def json_rows(lines: Iterator[tuple[int, bytes | TooLong]], first: int = 1) -> Iterator[Row]:
    """The fields of each line of JSON that is not blank."""
    for number, line in lines:
        if isinstance(line, TooLong):
            yield Row(number, b"", BadLine(line.problem))
        elif number >= first and line.strip():
            yield Row(number, line, _fields_or_problem(line))


def _fields_or_problem(line: bytes) -> dict[str, Any] | BadLine:
    try:
        return fields_of(line)
    except BadLine as problem:
        return problem
