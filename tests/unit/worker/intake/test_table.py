"""A CSV as lines: which column is which field, and what one bad row does to the others."""

import csv
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchline.worker.intake.lines import BadLine
from batchline.worker.intake.reader import numbered
from batchline.worker.intake.table import MOST_LINES, Table
from batchline.worker.intake.table_form import TableForm, UnusableTable

CONTACT = ("email=E-mail", "first_name=Name", "tags=Tags")


def rows_of(text, *maps, op="contact", constants=(), delimiter=None):
    data = text.encode() if isinstance(text, str) else text
    form = TableForm.of(op, maps, constants, delimiter)
    return list(Table(numbered(io.BytesIO(data), 10_000), form).rows())


def data_of(text, *maps, **more):
    (row,) = rows_of(text, *maps, **more)
    assert isinstance(row.fields, dict), row.fields
    return row.fields["data"]


def test_a_row_becomes_the_fields_that_its_columns_are_mapped_to():
    text = 'Name,E-mail,Tags,Notes\r\nAnn,ann@shop.example,"vip; new",not mapped\r\n'
    (row,) = rows_of(text, *CONTACT)
    assert row.number == 2
    assert row.fields == {
        "op": "contact",
        "data": {"email": "ann@shop.example", "first_name": "Ann", "tags": ["vip", "new"]},
    }


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_that_gives_the_mapped_columns(delimiter):
    text = f"Name, full{delimiter}E-mail\nAnn Lee{delimiter}ann@shop.example\n"
    if delimiter == ",":
        text = text.replace("Name, full", '"Name, full"')
    data = data_of(text, "email=E-mail", "first_name=Name, full")
    assert data == {"email": "ann@shop.example", "first_name": "Ann Lee"}


def test_the_line_by_which_excel_finds_the_delimiter_is_no_header():
    assert data_of("sep=;\nE-mail\nann@shop.example\n", "email=E-mail")


def test_an_empty_cell_is_a_field_left_out_and_an_empty_row_is_none():
    text = "E-mail,Name\nann@shop.example,\n,\n\n"
    assert data_of(text, "email=E-mail", "first_name=Name") == {"email": "ann@shop.example"}


def test_numbers_flags_and_constants_have_their_kinds():
    text = 'Mail,Total,Paid,News\na@b.pl,"1 234,50",19.99,Yes\n'
    data = data_of(
        text,
        "email=Mail",
        "value=Total",
        "paid:number=Paid",
        "newsletter:flag=News",
        op="event",
        constants=["type=PURCHASE"],
    )
    assert data == {
        "type": "PURCHASE",
        "email": "a@b.pl",
        "value": Decimal("1234.50"),
        "fields": {"paid": Decimal("19.99"), "newsletter": True},
    }


def test_a_field_of_an_operation_is_a_dotted_path_and_key_and_account_are_the_lines():
    (row,) = rows_of(
        "Mail,Order\na@b.pl,17\n",
        "contact.email=Mail",
        "contact.externalId=Order",
        "key=Order",
        op="contact.upsert",
        constants=["account=shop"],
    )
    assert row.fields == {
        "op": "contact.upsert",
        "key": "17",
        "account": "shop",
        "data": {"contact": {"email": "a@b.pl", "externalId": "17"}},
    }


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("a@b.pl,1.234,50", "has 3 cells, and the header 2"),
        ("a@b.pl", "has 1 cells, and the header 2"),
        ("a@b.pl,many", "column Total: must be a number"),
        ('a@b.pl,"1,234"', "column Total: is ambiguous, its comma may group thousands"),
        ("a@b.pl,19 90", "column Total: must be a number"),
        ("a@b.pl,1 2345", "column Total: must be a number"),
        ("a@b.pl,5 10 2026", "column Total: must be a number"),
        (b"a@b.pl,\xb3", "not UTF-8: byte 0xB3"),
        ('"a@b.pl,5', "a quote is opened and not closed"),
        ('"a"@b.pl,5', "not CSV"),
    ],
)
def test_a_bad_row_says_why_and_stops_no_other(row, told):
    bad = row if isinstance(row, bytes) else row.encode()
    text = b"Mail,Total\nx@b.pl,1\n" + bad + b"\ny@b.pl,2\nz@b.pl,3\n"
    rows = rows_of(text, "email=Mail", "value=Total", op="event")
    problems = [one for one in rows if isinstance(one.fields, BadLine)]
    assert [(one.number, one.text) for one in problems] == [(3, bad + b"\n")]
    assert told in str(problems[0].fields)
    good = [one.fields["data"]["email"] for one in rows if isinstance(one.fields, dict)]
    assert good == ["x@b.pl", "y@b.pl", "z@b.pl"]


def test_a_quote_that_nobody_closes_takes_no_other_row_with_it_in_a_long_file():
    rest = "".join(f"c{n}@b.pl,x\n" for n in range(3 * MOST_LINES))
    rows = rows_of(f'Mail,Note\n"a@b.pl,x\n{rest}', "email=Mail")
    assert isinstance(rows[0].fields, BadLine)
    assert len(rows) == 1 + 3 * MOST_LINES
    assert all(isinstance(row.fields, dict) for row in rows[1:])


def test_a_text_in_quotes_may_have_lines_of_its_own():
    text = 'Mail,Street\na@b.pl,"12 Long Street\nFlat 4"\nc@b.pl,x\n'
    rows = rows_of(text, "email=Mail", "street=Street")
    assert [row.number for row in rows] == [2, 4]
    assert rows[0].fields["data"]["street"] == "12 Long Street\nFlat 4"
    assert rows[0].text == b'a@b.pl,"12 Long Street\nFlat 4"\n'


@pytest.mark.parametrize(
    ("header", "maps", "told"),
    [
        ("E-mial,Name", ["email=E-mail"], "did you mean 'E-mial'"),
        ("Mail,Mail", ["email=Mail"], "twice"),
        ("", ["email=Mail"], "has no header"),
    ],
)
def test_a_header_that_does_not_fit_is_refused_before_a_row_is_read(header, maps, told):
    with pytest.raises(UnusableTable, match=told):
        rows_of(f"{header}\n", *maps)


@pytest.mark.parametrize(
    ("maps", "told"),
    [
        (["email"], "must be FIELD=COLUMN"),
        (["email:address=Mail"], "must be one of text, number, flag, list"),
        (["email=Mail", "email=Other"], "given twice"),
    ],
)
def test_a_mapping_that_says_nothing_clear_is_refused(maps, told):
    with pytest.raises(UnusableTable, match=told):
        TableForm.of("contact", maps, [], None)


@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_categories=("Cc",)), max_size=12), min_size=1
    ),
    st.sampled_from([",", ";", "\t", "|"]),
)
def test_what_pythons_own_writer_writes_is_read(names, delimiter):
    names = [name.strip().strip("\ufeff") for name in names]
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter)
    writer.writerow(["E-mail", "Name"])
    writer.writerows([f"c{n}@b.pl", name] for n, name in enumerate(names))
    rows = rows_of(file.getvalue(), "email=E-mail", "first_name=Name", delimiter=delimiter)
    assert [row.fields["data"].get("first_name", "") for row in rows] == names
