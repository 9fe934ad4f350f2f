"""Dates in cells: as ISO 8601, or as a format says; never guessed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from batchline.producers.neutral import Event
from batchline.worker.intake.cells import Form, check_date_format, value
from batchline.worker.intake.lines import BadLine
from batchline.worker.intake.table_form import TableForm

WARSAW = ZoneInfo("Europe/Warsaw")
CET = timezone(timedelta(hours=1))


def read(cell, date_format="", zone=None):
    return value(cell, Form("date", date_format, zone), "column When")


@pytest.mark.parametrize(
    ("cell", "date_format", "meant"),
    [
        ("2026-11-25", "", date(2026, 11, 25)),
        ("2026-11-25T10:00:00+01:00", "", datetime(2026, 11, 25, 10, tzinfo=CET)),
        ("2026-11-25 09:00Z", "", datetime(2026, 11, 25, 9, tzinfo=UTC)),
        ("25.11.2026", "%d.%m.%Y", date(2026, 11, 25)),
        ("03/04/26", "%m/%d/%y", date(2026, 3, 4)),
        ("25.11.2026 10:00 +0100", "%d.%m.%Y %H:%M %z", datetime(2026, 11, 25, 10, tzinfo=CET)),
    ],
)
def test_a_date_is_read_as_iso_or_as_its_format(cell, date_format, meant):
    assert read(cell, date_format) == meant
    assert type(read(cell, date_format)) is type(meant)


@pytest.mark.parametrize("cell", ["2026-07-01 10:00", "2026-11-25T10:00:30"])
def test_a_moment_without_a_zone_is_of_the_files_zone_and_refused_without_one(cell):
    assert read(cell, zone=WARSAW) == datetime.fromisoformat(cell).replace(tzinfo=WARSAW)
    with pytest.raises(BadLine, match=r"^column When: has no time zone: .* --timezone$"):
        read(cell)


def test_a_day_and_a_moment_with_its_own_zone_stay_what_they_are_in_a_file_with_a_zone():
    assert read("2026-11-25", zone=WARSAW) == date(2026, 11, 25)
    assert read("2026-11-25T10:00Z", zone=WARSAW).utcoffset() == timedelta()


@pytest.mark.parametrize(
    "cell", ["25.11.2026", "11/25/2026", "1795600800000", "45987", "2026-13-01"]
)
def test_what_could_be_several_dates_or_none_is_refused_with_how_to_say_which(cell):
    with pytest.raises(BadLine, match=r"FIELD:date:%d\.%m\.%Y=COLUMN"):
        read(cell)


@pytest.mark.parametrize("cell", ["2026-10-25 02:30", "2026-03-29 02:30"])
def test_an_hour_that_the_clocks_have_twice_or_never_is_refused(cell):
    with pytest.raises(BadLine, match=r"no single moment in Europe/Warsaw"):
        read(cell, zone=WARSAW)


def test_a_cell_of_another_form_than_the_format_names_the_format():
    with pytest.raises(BadLine, match=r"must be a date of the form %d\.%m\.%Y"):
        read("2026-11-25", "%d.%m.%Y")


@pytest.mark.parametrize("date_format", ["%d.%m", "%H:%M", "dd.mm.yyyy", "%Q", "%d.%m.%Y %"])
def test_a_format_without_day_month_and_year_is_none(date_format):
    with pytest.raises(ValueError, match="must have day, month and year"):
        check_date_format(date_format)


def test_an_events_time_that_is_a_day_is_midnight_in_the_files_zone():
    form = TableForm.of("event", ["time=When"], ["type=CART", "email=a@b.pl"], None, WARSAW)
    data = form.fields({"When": "2026-11-25"})["data"]
    assert Event(**data).time == datetime(2026, 11, 24, 23, tzinfo=UTC)


def test_a_birthday_is_a_day_whatever_the_zone():
    form = TableForm.of("contact", ["birthday:date:%d.%m.%Y=Born"], [], None, WARSAW)
    assert form.fields({"Born": "01.02.1990"})["data"] == {"birthday": date(1990, 2, 1)}
