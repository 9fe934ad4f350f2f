"""The options of a CSV: each field once, with its kind; a file of them."""

from __future__ import annotations

from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from batchline.worker.intake.mapping_file import MappingFile
from batchline.worker.intake.table_form import TableForm, UnusableTable


@pytest.mark.parametrize(
    ("maps", "constants", "told"),
    [
        (["email=Mail"], ["email=a@b.pl"], "--map email and --set email: give the field one of"),
        (["shoe=A", "fields.shoe=B"], [], "--map shoe and --map fields.shoe: give the field one"),
        ([], ["city=Lviv", "city=Kyiv"], "--set city: given twice"),
        (["a:data=A"], [], "--map a:data: the kind must be one of text, number, flag, list, date"),
        (["a:text:%d=A"], [], "--map a:text:%d: only a date has a format"),
        (["a:date:%d.%m=A"], [], "--map a:date:%d.%m: the format must have day, month and year"),
        (["email=A"], ["email_opt_in=maybe"], "--set email_opt_in: must be one of true, yes"),
        (["email=A"], ["city"], "--set 'city': must be FIELD=VALUE, such as type=PURCHASE"),
    ],
)
def test_a_form_that_says_two_things_or_nothing_is_refused(maps, constants, told):
    with pytest.raises(UnusableTable) as refused:
        TableForm.of("contact", maps, constants, None)
    assert str(refused.value).startswith(told)


@pytest.mark.parametrize(
    ("maps", "constants"),
    [
        (["contact=A", "contact.email=B"], []),
        (["contact.email=B"], ["contact=A"]),
        ([], ["contact.address=x", "contact.address.city=y"]),
    ],
)
def test_a_field_and_a_part_of_it_are_not_both_given(maps, constants):
    with pytest.raises(UnusableTable, match="one field is a part of the other"):
        TableForm.of("contact.upsert", maps, constants, None)


def test_a_value_for_all_rows_has_a_kind_as_a_column_has():
    form = TableForm.of("event", ["email=Mail"], ["value=19.90", "gift:flag=no"], None)
    data = form.fields({"Mail": "a@b.pl"})["data"]
    assert data == {"email": "a@b.pl", "value": Decimal("19.90"), "fields": {"gift": False}}


# A file of options


def written(folder, text):
    path = folder / "mapping.toml"
    path.write_text(text)
    return str(path)


def test_a_file_says_what_the_options_say(tmp_path):
    text = """
op = "contact.upsert"
delimiter = ";"
timezone = "Europe/Warsaw"
[map]
contact.email = "E-mail"
"contact.externalId" = "Customer no."
"birthday:date:%d.%m.%Y" = "Born"
[set]
contact.company = "Shop = best"
"""
    read = MappingFile.read(written(tmp_path, text))
    assert read == MappingFile(
        "contact.upsert",
        ";",
        "Europe/Warsaw",
        ("contact.email=E-mail", "contact.externalId=Customer no.", "birthday:date:%d.%m.%Y=Born"),
        ("contact.company=Shop = best",),
    )
    form = TableForm.of(
        str(read.op), read.maps, read.constants, read.delimiter, ZoneInfo(str(read.timezone))
    )
    assert form.columns["contact.externalId"].column == "Customer no."
    assert form.constants == {"contact.company": "Shop = best"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('opp = "contact"', "opp: there is no such key; did you mean op?"),
        ("columns = {}", "columns: there is no such key (known: op, delimiter"),
        ("op = 3", "op: must be a text in quotes"),
        ("[map]\nemail = 3", "map.email: must be a text in quotes"),
        ('map = ["email"]', "map: must be a table, such as [map]"),
        ("[map", "is not valid TOML"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_its_name_and_the_key(tmp_path, text, told):
    path = written(tmp_path, text)
    with pytest.raises(UnusableTable) as refused:
        MappingFile.read(path)
    assert str(refused.value).startswith(path)
    assert told in str(refused.value)
