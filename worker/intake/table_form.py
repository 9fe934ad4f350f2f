"""The form of a CSV: which column becomes which field of a line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from batchline.producers.neutral import NEUTRAL, standard_fields
from batchline.systems.errors import BatchlineError
from batchline.worker.intake import cells
from batchline.worker.intake.cells import KIND_OF, KINDS, Form
from batchline.worker.intake.lines import BadLine

#: Fields of the line itself; any other field is one of its `data`.
LINE_FIELDS = ("key", "account")


class UnusableTable(BatchlineError):
    """The CSV's header and the mapping do not fit; the message says what to change."""


class Source(NamedTuple):
    """The column of a field, and what its cells are."""

    column: str
    form: Form


@dataclass(frozen=True)
class TableForm:
    """The operation of all rows, the column of each field, and fields of one value for all."""

    op: str
    columns: Mapping[str, Source]
    constants: Mapping[str, Any] = field(default_factory=dict)
    #: None: the one with which every column is found.
    delimiter: str | None = None

    @classmethod
    def of(
        cls,
        op: str,
        maps: Iterable[str],
        constants: Iterable[str],
        delimiter: str | None,
        zone: ZoneInfo | None = None,
    ) -> TableForm:
        """The form of `FIELD=COLUMN`, and of `FIELD=VALUE` for all rows.

        FIELD may be `FIELD:KIND`, and `FIELD:date:FORMAT`. Raises UnusableTable.
        """
        form = cls(op, {}, {}, delimiter)
        columns: dict[str, Source] = {}
        values: dict[str, Any] = {}
        for text in maps:
            name, kind, column = _parsed("--map", text, "COLUMN", op, zone)
            if name in columns:
                raise UnusableTable(f"--map {name}: given twice")
            columns[name] = Source(column, kind)
        for text in constants:
            name, kind, value = _parsed("--set", text, "VALUE", op, zone)
            if name in values:
                raise UnusableTable(f"--set {name}: given twice")
            try:
                values[name] = form.placed(name, value, kind, f"--set {name}")
            except BadLine as problem:
                raise UnusableTable(str(problem)) from None
        form = cls(op, columns, values, delimiter)
        form._check_paths()
        return form

    def fields(self, row: Mapping[str, str]) -> dict[str, Any]:
        """The fields of a line from a row's cells; an empty cell is a field left out.

        Raises BadLine, which names the column.
        """
        line: dict[str, Any] = {"op": self.op, "data": {}}
        for name, value in self.constants.items():
            self._put(line, name, value)
        for name, (column, form) in self.columns.items():
            cell = row[column].strip()
            if cell:
                self._put(line, name, self.placed(name, cell, form, f"column {column}"))
        return line

    def placed(self, name: str, cell: str, form: Form, where: str) -> Any:
        """The value of a cell for this field; raises BadLine."""
        value = cells.value(cell, form, where)
        is_day = form.kind == "date" and not isinstance(value, datetime)
        if is_day and form.zone is not None and name == "time" and self.op in NEUTRAL:
            return cells.midnight(value, form.zone)
        return value

    def names(self) -> Iterator[tuple[str, str]]:
        """Each option and field that the form fills in a line's data."""
        yield from (("--map", name) for name in self.columns if name not in LINE_FIELDS)
        yield from (("--set", name) for name in self.constants if name not in LINE_FIELDS)

    def path(self, name: str) -> tuple[str, ...]:
        """The path of a field in the line."""
        if name in LINE_FIELDS:
            return (name,)
        model = NEUTRAL.get(self.op)
        is_own = model is not None and name not in (*standard_fields(model), "fields")
        if is_own and not name.startswith("fields."):
            return ("data", "fields", name)
        return ("data", *(name.split(".", 1) if is_own else name.split(".")))

    def with_column(self, problem: BadLine) -> BadLine:
        """The problem, with the column of the field that it speaks of."""
        for name, (column, _) in self.columns.items():
            if re.search(rf"(data\.(fields\.)?|': ){re.escape(name)}:", str(problem)):
                return BadLine(f"{problem} (column {column})")
        return problem

    def _check_paths(self) -> None:
        """Refuse two values for one field, also where one is a part of the other."""
        paths: dict[tuple[str, ...], str] = {}
        options = [("--map", name) for name in self.columns]
        for option, name in [*options, *(("--set", name) for name in self.constants)]:
            path, here = self.path(name), f"{option} {name}"
            for other, there in paths.items():
                if path == other:
                    raise UnusableTable(f"{there} and {here}: give the field one of the two")
                if path[: len(other)] == other or other[: len(path)] == path:
                    raise UnusableTable(f"{there} and {here}: one field is a part of the other")
            paths[path] = here

    def _put(self, line: dict[str, Any], name: str, value: Any) -> None:
        *above, last = self.path(name)
        inner = line
        for part in above:
            inner = inner.setdefault(part, {})
        inner[last] = value


def _parsed(
    option: str, text: str, what: str, op: str, zone: ZoneInfo | None
) -> tuple[str, Form, str]:
    """Field, form and column (or value) of an option's text."""
    name, sign, value = text.partition("=")
    if not (sign and name.strip() and value.strip()):
        example = "email=E-mail" if what == "COLUMN" else "type=PURCHASE"
        raise UnusableTable(f"{option} {text!r}: must be FIELD={what}, such as {example}")
    target, _, kind_and_format = name.strip().partition(":")
    kind, _, date_format = kind_and_format.partition(":")
    if kind and kind not in KINDS:
        raise UnusableTable(f"{option} {name}: the kind must be one of {', '.join(KINDS)}")
    if date_format:
        if kind != "date":
            raise UnusableTable(f"{option} {name}: only a date has a format")
        try:
            cells.check_date_format(date_format)
        except ValueError as error:
            raise UnusableTable(f"{option} {name}: the format {error}") from None
    usual = KIND_OF.get(target, "text") if op in NEUTRAL else "text"
    chosen = next((one for one in KINDS if one == kind), usual)
    return target, Form(chosen, date_format, zone), value.strip()
