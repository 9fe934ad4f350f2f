"""Rows of a CSV as the fields of a line."""

from __future__ import annotations

import csv
import difflib
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from batchline.worker.intake.lines import BadLine, decoded
from batchline.worker.intake.reader import TooLong
from batchline.worker.intake.swallowed import looks_swallowed
from batchline.worker.intake.table_form import Source, TableForm, UnusableTable

DELIMITERS = (",", ";", "\t", "|")
#: Lines of one row, at most: a quote that nobody closes takes no more with it.
MOST_LINES = 100


class Row(NamedTuple):
    """A row: the number of its first line, its lines, and its fields or what is wrong with it."""

    number: int
    text: bytes
    fields: dict[str, Any] | BadLine
    #: Why it may not be what it seems; "" as a rule.
    doubt: str = ""


def checked_fields(row: Row) -> dict[str, Any]:
    """The row's fields; raises `BadLine` if something is wrong with it."""
    if isinstance(row.fields, BadLine):
        raise row.fields
    return row.fields


class Table:
    """A CSV: the header is read at once, the rows when they are asked for."""

    def __init__(self, lines: Iterator[tuple[int, bytes | TooLong]], form: TableForm) -> None:
        """Raises UnusableTable if the header has not every column of the form."""
        self._lines = lines
        self._waiting: deque[tuple[int, bytes | TooLong]] = deque()
        self._form = form
        self.header, text = self._header()
        self._delimiter = form.delimiter or _delimiter(text, form.columns.values())
        self._columns = _names(text, self._delimiter)
        _check_columns(self._columns, form.columns.values())
        #: The cells of the last row that stood on one line.
        self._last: Sequence[str] = ()

    def rows(self) -> Iterator[Row]:
        """The rows behind the header; those without a cell that is filled are left out."""
        while (first := self._next()) is not None:
            number, line = first
            if isinstance(line, TooLong):
                yield Row(number, b"", BadLine(line.problem))
                continue
            if not line.strip():
                continue
            try:
                text, cells = self._record(line)
            except BadLine as problem:
                yield Row(number, line, problem)
                continue
            if any(cells):
                yield Row(number, text, self._fields(cells), self._doubt(number, text, cells))

    def _fields(self, cells: Sequence[str]) -> dict[str, Any] | BadLine:
        if len(cells) != len(self._columns):
            what = "the delimiter" if len(cells) > len(self._columns) else "a line break"
            return BadLine(
                f"has {len(cells)} cells, and the header {len(self._columns)}: a text that holds "
                f"{what} must stand in quotes"
            )
        try:
            return self._form.fields(dict(zip(self._columns, cells, strict=True)))
        except BadLine as problem:
            return problem

    def _doubt(self, number: int, text: bytes, cells: Sequence[str]) -> str:
        """Why other rows may stand in this one; "" if they do not."""
        if b"\n" not in text.rstrip(b"\r\n"):
            self._last = cells
            return ""
        if not looks_swallowed(cells, self._delimiter, self._last):
            return ""
        end = number + text.rstrip(b"\r\n").count(b"\n")
        return (
            f"lines {number} to {end} are one row, for line {number} opens a quote that line {end} "
            f"closes, and the lines in it look like rows: if they are, mend line {number}"
        )

    def _record(self, line: bytes) -> tuple[bytes, list[str]]:
        """The lines of the row that begins with this one, and its cells.

        Where a quote is not closed the first line alone is bad, and the others are read again.
        """
        taken: list[tuple[int, bytes | TooLong]] = []
        texts, raw = [decoded(line)], line
        while True:
            try:
                return raw, _parsed(texts, self._delimiter)
            except csv.Error as error:
                following = self._next() if _is_open(error) and len(taken) < MOST_LINES else None
                if following is not None:
                    taken.append(following)
                more = following[1] if following is not None else None
                if not isinstance(more, bytes):
                    self._waiting.extendleft(reversed(taken))
                    raise BadLine(_why(error)) from None
                raw += more
                texts.append(more.decode("utf-8", "surrogatepass") if _is_text(more) else "\ufffd")

    def _header(self) -> tuple[bytes, str]:
        while (first := self._next()) is not None:
            line = first[1]
            if isinstance(line, TooLong):
                break
            text = line.decode(errors="replace")
            # Excel takes the delimiter from such a line.
            if text.strip() and not text.lower().startswith("sep="):
                return line, text
        raise UnusableTable("the CSV has no header: its first line must name the columns")

    def _next(self) -> tuple[int, bytes | TooLong] | None:
        return self._waiting.popleft() if self._waiting else next(self._lines, None)


def _delimiter(header: str, sources: Iterable[Source]) -> str:
    """The delimiter with which most of the columns are found."""

    def found(delimiter: str) -> tuple[int, int]:
        names = set(_names(header, delimiter))
        return len(names & wanted), header.count(delimiter)

    wanted = {source.column for source in sources}
    return max(DELIMITERS, key=found)


def _names(header: str, delimiter: str) -> list[str]:
    """The names of the columns; none if it is no header with this delimiter."""
    try:
        return [name.strip() for name in _parsed([header], delimiter)]
    except csv.Error:
        return []


def _check_columns(header: Sequence[str], sources: Iterable[Source]) -> None:
    for column, _ in sources:
        if header.count(column) == 1:
            continue
        if column in header:
            raise UnusableTable(f"the header has the column {column!r} twice: rename one")
        near = difflib.get_close_matches(column, header, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise UnusableTable(
            f"the CSV has no column {column!r}: {hint}Its columns are {', '.join(header)}"
        )


def _parsed(texts: Sequence[str], delimiter: str) -> list[str]:
    csv.field_size_limit(2**31 - 1)
    return next(csv.reader(texts, delimiter=delimiter, strict=True), [])


def _is_open(error: csv.Error) -> bool:
    return "unexpected end of data" in str(error)


def _why(error: csv.Error) -> str:
    return "a quote is opened and not closed" if _is_open(error) else f"not CSV: {error}"


def _is_text(line: bytes) -> bool:
    try:
        line.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True
