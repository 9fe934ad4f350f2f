"""Cells of a CSV as values: numbers, flags, lists and dates as people write them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from batchline.worker.intake.lines import BadLine

Kind = Literal["text", "number", "flag", "list", "date"]
KINDS: tuple[Kind, ...] = ("text", "number", "flag", "list", "date")
#: Standard fields of contacts and events that are no texts.
KIND_OF: Mapping[str, Kind] = {
    "value": "number",
    **dict.fromkeys(("email_opt_in", "sms_opt_in"), "flag"),
    **dict.fromkeys(("tags", "remove_tags", "groups", "remove_groups", "products"), "list"),
    **dict.fromkeys(("birthday", "time"), "date"),
}
FLAGS = {**dict.fromkeys(("true", "yes", "1"), True), **dict.fromkeys(("false", "no", "0"), False)}
_NUMBER = re.compile(r"-?\d+([.]\d+|,\d{1,2})?")
#: A comma before three digits: it groups them in one country, and begins a fraction in another.
_AMBIGUOUS = re.compile(r"-?\d{1,3},\d{3}")
#: A number whose digits stand in groups of three, with blanks between.
_GROUPED = re.compile(r"-?\d{1,3}([ \u00a0\u202f]\d{3})+([.]\d+|,\d{1,2})?")
#: Parts of a format (`strptime`) that speak of the time of day.
_TIME_OF_DAY = re.compile("%[HIMSpfzZXcs]")
#: A moment that no format can mistake: its day, month, year and hour are all different.
_PROBE = datetime(2003, 11, 22, 13, 14, 15, tzinfo=UTC)


class Form(NamedTuple):
    """What the cells of a column are."""

    kind: Kind = "text"
    #: The format of dates (`strptime`); "" for ISO 8601.
    date_format: str = ""
    #: The time zone of moments that name none.
    zone: ZoneInfo | None = None


def value(cell: str, form: Form, where: str) -> Any:
    """The value of a cell that is not empty; raises BadLine, which begins with `where`."""
    match form.kind:
        case "number":
            return _number(cell, where)
        case "flag":
            if cell.lower() not in FLAGS:
                raise BadLine(f"{where}: must be one of {', '.join(FLAGS)}")
            return FLAGS[cell.lower()]
        case "list":
            return [one for part in re.split("[,;|]", cell) if (one := part.strip())]
        case "date":
            return _date(cell, form, where)
    return cell


def check_date_format(text: str) -> None:
    """Raise ValueError for a format that does not give day, month and year."""
    try:
        read = datetime.strptime(_PROBE.strftime(text), text)
    except ValueError:
        read = None
    if read is None or read.date() != _PROBE.date():
        raise ValueError("must have day, month and year, such as %d.%m.%Y or %Y-%m-%d %H:%M")


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The beginning of the day in that time zone."""
    return datetime.combine(day, time(), zone)


def _number(cell: str, where: str) -> Decimal:
    plain = re.sub("[ \u00a0\u202f]", "", cell) if _GROUPED.fullmatch(cell) else cell
    if _AMBIGUOUS.fullmatch(cell):
        raise BadLine(
            f"{where}: is ambiguous, its comma may group thousands or begin a fraction: write such "
            "a number as 1234 or 1.234"
        )
    if not _NUMBER.fullmatch(plain):
        raise BadLine(f"{where}: must be a number such as 1234.50 or 1234,50")
    return Decimal(plain.replace(",", "."))


def _date(cell: str, form: Form, where: str) -> date:
    """The day, or the moment if the cell has a time of day."""
    if form.date_format:
        try:
            read = datetime.strptime(cell, form.date_format)
        except ValueError:
            raise BadLine(f"{where}: must be a date of the form {form.date_format}") from None
        has_time = _TIME_OF_DAY.search(form.date_format)
        return _zoned(read, form.zone, where) if has_time else read.date()
    try:
        return date.fromisoformat(cell)
    except ValueError:
        pass
    try:
        return _zoned(datetime.fromisoformat(cell), form.zone, where)
    except BadLine:
        raise
    except ValueError:
        raise BadLine(
            f"{where}: must be a date such as 2026-11-25 or 2026-11-25 10:00; where it is written "
            "otherwise, say how: FIELD:date:%d.%m.%Y=COLUMN"
        ) from None


def _zoned(moment: datetime, zone: ZoneInfo | None, where: str) -> datetime:
    """The moment with a time zone; raises BadLine where no zone, or no single moment, is known."""
    if moment.tzinfo is not None:
        return moment
    if zone is None:
        raise BadLine(f"{where}: has no time zone: give that of the file with --timezone")
    first, second = (moment.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        raise BadLine(
            f"{where}: clocks are changed in this hour, so it is no single moment in {zone.key}: "
            "write it with its offset, such as +02:00"
        )
    return first
