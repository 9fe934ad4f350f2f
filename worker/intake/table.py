"""Rows of a CSV as the fields of a line: which column becomes which field."""

from __future__ import annotations

import csv
import difflib
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from batchline.producers.neutral import NEUTRAL, standard_fields
from batchline.systems.errors import BatchlineError
from batchline.worker.intake.lines import BadLine, decoded
from batchline.worker.intake.reader import TooLong

Kind = Literal["text", "number", "flag", "list"]
KINDS: tuple[Kind, ...] = ("text", "number", "flag", "list")
#: Standard fields of contacts and events that are no texts.
KIND_OF: Mapping[str, Kind] = {
    "value": "number",
    **dict.fromkeys(("email_opt_in", "sms_opt_in"), "flag"),
    **dict.fromkeys(("tags", "remove_tags", "groups", "remove_groups", "products"), "list"),
}
#: Fields of the line itself; any other field is one of its `data`.
LINE_FIELDS = ("key", "account")
DELIMITERS = (",", ";", "\t", "|")
FLAGS = {**dict.fromkeys(("true", "yes", "1"), True), **dict.fromkeys(("false", "no", "0"), False)}
#: Lines of one row, at most: a quote that nobody closes takes no more with it.
MOST_LINES = 100
_NUMBER = re.compile(r"-?\d+([.]\d+|,\d{1,2})?")
#: A number whose digits stand in groups of three, with blanks between.
_GROUPED = re.compile(r"-?\d{1,3}([ \u00a0\u202f]\d{3})+([.]\d+|,\d{1,2})?")


class UnusableTable(BatchlineError):
    """The CSV's header and the mapping do not fit; the message says what to change."""


class Source(NamedTuple):
    """The column of a field, and the kind of its values."""

    column: str
    kind: Kind


@dataclass(frozen=True)
class TableForm:
    """The operation of all rows, the column of each field, and fields of one value for all."""

    op: str
    columns: Mapping[str, Source]
    constants: Mapping[str, str] = field(default_factory=dict)
    #: None: the one with which every column is found.
    delimiter: str | None = None

    @classmethod
    def of(
        cls, op: str, maps: Iterable[str], constants: Iterable[str], delimiter: str | None
    ) -> TableForm:
        """The form of `FIELD=COLUMN` or `FIELD:KIND=COLUMN`, and of `FIELD=VALUE`.

        Raises UnusableTable.
        """
        columns = {}
        for name, column in map(_halves, maps):
            target, _, kind = name.partition(":")
            if kind and kind not in KINDS:
                raise UnusableTable(f"--map {name}: the kind must be one of {', '.join(KINDS)}")
            if target in columns:
                raise UnusableTable(f"--map {target}: given twice")
            chosen = next((one for one in KINDS if one == kind), KIND_OF.get(target, "text"))
            columns[target] = Source(column, chosen if op in NEUTRAL or kind else "text")
        return cls(op, columns, dict(map(_halves, constants)), delimiter)

    def fields(self, cells: Mapping[str, str]) -> dict[str, Any]:
        """The fields of a line from a row's cells; an empty cell is a field left out.

        Raises BadLine, which names the column.
        """
        line: dict[str, Any] = {"op": self.op, "data": {}}
        for name, value in self.constants.items():
            self._put(line, name, _value(value, KIND_OF.get(name, "text"), name))
        for name, (column, kind) in self.columns.items():
            cell = cells[column].strip()
            if cell:
                self._put(line, name, _value(cell, kind, f"column {column}"))
        return line

    def with_column(self, problem: BadLine) -> BadLine:
        """The problem, with the column of the field that it speaks of."""
        for name, (column, _) in self.columns.items():
            if re.search(rf"(data\.(fields\.)?|': ){re.escape(name)}:", str(problem)):
                return BadLine(f"{problem} (column {column})")
        return problem

    def _put(self, line: dict[str, Any], name: str, value: Any) -> None:
        if name in LINE_FIELDS:
            line[name] = value
            return
        model = NEUTRAL.get(self.op)
        is_own = model is not None and name not in (*standard_fields(model), "fields")
        path = ["fields", name] if is_own and not name.startswith("fields.") else name.split(".")
        inner = line["data"]
        for part in path[:-1]:
            inner = inner.setdefault(part, {})
        inner[path[-1]] = value


class Row(NamedTuple):
    """A row: the number of its first line, its lines, and its fields or what is wrong with it."""

    number: int
    text: bytes
    fields: dict[str, Any] | BadLine


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
                yield Row(number, text, self._fields(cells))

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


def _halves(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not (sign and name.strip() and value.strip()):
        raise UnusableTable(f"{text!r}: must be FIELD=COLUMN, such as email=E-mail")
    return name.strip(), value.strip()


def _value(cell: str, kind: Kind, where: str) -> Any:
    if kind == "number":
        plain = re.sub("[ \u00a0\u202f]", "", cell) if _GROUPED.fullmatch(cell) else cell
        if not _NUMBER.fullmatch(plain):
            raise BadLine(f"{where}: must be a number such as 1234.50 or 1234,50")
        return Decimal(plain.replace(",", "."))
    if kind == "flag":
        if cell.lower() not in FLAGS:
            raise BadLine(f"{where}: must be one of {', '.join(FLAGS)}")
        return FLAGS[cell.lower()]
    if kind == "list":
        return [one for part in re.split("[,;|]", cell) if (one := part.strip())]
    return cell


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
