"""A quote that is opened in one row and closed rows later: told, and texts of lines are not."""

from __future__ import annotations

import io

import pytest

from batchline.worker.intake.reader import numbered
from batchline.worker.intake.table import Table
from batchline.worker.intake.table_form import TableForm


def doubts(text, delimiter=None):
    """First line of a row -> what is doubtful about it."""
    first = text.partition("\n")[0].replace(";", ",").replace("\t", ",").split(",")[0]
    form = TableForm.of("event", [f"email={first}"], ["type=CART"], delimiter)
    rows = Table(numbered(io.BytesIO(text.encode()), 10_000), form).rows()
    return {row.number: row.doubt for row in rows if row.doubt}


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_rows_in_a_text_are_told_with_the_numbers_of_their_lines(delimiter):
    text = (
        'Mail,Name,Note\na@b.pl,Ann,"call back\nb@b.pl,Bob,x\nc@b.pl,Cid,y\nd@b.pl,Dan,late"\n'
        "e@b.pl,Eve,z\n"
    )
    told = doubts(text.replace(",", delimiter))
    assert list(told) == [2]
    assert told[2].startswith("lines 2 to 5 are one row, for line 2 opens a quote that line 5")


@pytest.mark.parametrize(
    "text",
    [
        'Order,Total,Note\n17,5.00,"x\n18,7.50,y"\n',
        'Mail,Note\na@b.pl,"x\r\nc@b.pl,y"\r\n',
        'Id,Name\nC-10,Ann\n"C-11,Bob\nC-12,Cid\nC-13",Dan\n',
        'Name,Mail,Note\nEve,e@b.pl,w\n"Ann,a@b.pl,x\nBob,b@b.pl,y\nCid",c@b.pl,z\n',
        'Mail,Name,Total\na@b.pl,"Ann,5\nb@b.pl,Bob",7\n',
    ],
)
def test_a_row_is_known_by_an_address_a_number_or_a_code_in_its_column(text):
    assert len(doubts(text)) == 1


@pytest.mark.parametrize(
    "note",
    [
        "Dear all,\nsee you, Ann",
        "12 Long Street\nFlat 4",
        "Line one, with a comma, or two\nline two, with a comma, or two",
        "first\n\nsecond, third, fourth",
        "Sizes: 38, 40, 42\nColours: red, blue, green",
        "- milk, 2, litre\n- bread, 1, loaf",
        "a@b.pl wrote\n> yes, or no, or both",
        "10:00, call, Ann\nthe rest, later, maybe",
    ],
)
@pytest.mark.parametrize("header", ["Mail,Name,Note", "Mail,Note,Total", "Note,Mail,Phone"])
def test_a_text_of_several_lines_is_no_reason_to_warn(note, header):
    columns = header.split(",")
    cells = {"Mail": "a@b.pl", "Name": "Ann", "Total": "5", "Phone": "+48 500 100 200"}
    row = ",".join(f'"{note}"' if name == "Note" else cells[name] for name in columns)
    plain = ",".join("x" if name == "Note" else cells[name] for name in columns)
    assert doubts(f"{header}\n{plain}\n{row}\n{plain}\n") == {}


def test_a_table_of_one_column_has_texts_of_lines_alone():
    assert doubts('Mail\n"a@b.pl\nb@b.pl"\n') == {}


def test_lines_that_are_rows_only_in_part_are_a_text():
    assert doubts('Mail,Name,Note\na@b.pl,Ann,"list:\nb@b.pl,Bob,x\nthat is all"\n') == {}
