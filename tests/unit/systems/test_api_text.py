"""What an API says is shown as valid, printable, bounded text, without personal data."""

from __future__ import annotations

import html
import json
import re
from urllib.parse import quote, quote_plus, unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchline.systems.api_text import LONGEST_ID, LONGEST_TEXT, cleaned, cleaned_text, values_of
from batchline.systems.columns import Columns
from batchline.systems.verdicts import (
    DELIVERED,
    Ambiguous,
    ContactMissing,
    CredentialsRefused,
    Dead,
    DestinationFailed,
    Judged,
    Refused,
    Verified,
)
from tests.properties import examples

#: Texts of every character there is, halves of pairs too.
ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=300)
#: Values as payloads hold them; the mask itself is no value.
VALUES = st.text(
    st.characters(codec="utf-8", exclude_characters="*"), min_size=4, max_size=30
).filter(lambda value: len(value.strip()) >= 4)  # shorter ones name nobody


def items_of(*payloads):
    rows = [("", "", json.dumps(payload).encode()) for payload in payloads]
    return Columns.of("event.add", rows).all()


def is_shown(text):
    text.encode()  # valid text
    return text.isprintable() and len(text) <= LONGEST_TEXT


@settings(max_examples=examples(300))
@given(st.lists(st.one_of(ANY_TEXT, VALUES), max_size=6), st.lists(VALUES, max_size=5))
def test_any_text_becomes_printable_bounded_text_without_a_value_of_the_payload(pieces, values):
    for text in ("".join(pieces), " ".join([*pieces, *values]), "x".join([*values, *pieces])):
        shown = cleaned_text(text, values)
        assert is_shown(shown)
        assert not re.search(r"\w@\w", shown)
        assert not [value for value in values if value in shown]


#: How an API, or what stands before it, may spell a value that it quotes.
SPELLINGS = [
    str,
    html.escape,
    html.unescape,
    quote,
    quote_plus,
    unquote,
    lambda value: unquote(html.unescape(value)),
    lambda value: json.dumps(value)[1:-1],
    lambda value: html.escape(html.escape(value)),
    lambda value: html.escape(json.dumps(value)[1:-1]),
    lambda value: quote(quote(value)),
]
#: Names as shops store them, with the escapes of HTML, of addresses and of JSON.
ESCAPED = st.lists(
    st.sampled_from(
        [
            "Sean",
            "O&#039;Brien",
            "&amp;",
            "Zo%C5%9Bka",
            "%26",
            "\\u0142",
            "&lt;b&gt;",
            " ",
            "&#x141;",
        ]
    ),
    min_size=1,
    max_size=5,
).map("".join)


def read_by_people(value):
    return [value, html.unescape(value), unquote(value), unquote(html.unescape(value))]


@settings(max_examples=examples(300))
@given(ESCAPED, st.sampled_from(SPELLINGS), st.sampled_from(["Invalid name: {}", "{} is bad"]))
def test_a_value_with_escapes_is_masked_however_it_is_quoted(value, spell, sentence):
    shown = cleaned_text(sentence.format(spell(value)), [value])
    assert is_shown(shown)
    for reading in map(str.strip, read_by_people(value)):
        assert len(reading) < 4 or reading not in shown


@pytest.mark.parametrize("spell", SPELLINGS)
@pytest.mark.parametrize(
    "text",
    [
        "Cannot download {link}",
        "530 login of {user} with {password} failed",
        "Login {user}:{password} incorrect",
        "{password}",
    ],
)
@pytest.mark.parametrize(
    "password", ["Pl4in-Word", "S3cret%21Pass%2Fword", "s3cret&amp;word", "with/slash@sign"]
)
def test_the_user_and_the_password_in_a_link_are_masked_by_themselves(text, password, spell):
    link = f"https://ftp%2Duser:{password}@files.shop.example/c.csv"
    said = spell(text.format(link=link, user="ftp%2Duser", password=password))
    shown = cleaned_text(said, values_of([json.dumps({"link": link}).encode()]))
    for reading in [*read_by_people(password), "ftp%2Duser", "ftp-user"]:
        assert reading not in shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Contact of this owner not found", "Contact of this owner not found"),
        ("HTTP 503", "HTTP 503"),
        ("HTTP 422: field 7 is invalid", "HTTP 422: field 7 is invalid"),
        ("bad name \ud83d", "bad name \ufffd"),
        ("\ud83d\ude00 is no name", "\U0001f600 is no name"),
        ("\x1b[31mfailed\x1b[0m\r\nX-Header: 1\x00", "failed X-Header: 1"),
        ("\x1b]8;;http://evil.example\x07click\x1b]8;;\x07", "click"),
        ("\u202egpj.exe\u202c \u200bof", "gpj.exe of"),
        ("no contact jan.kowalski@example.pl here", "no contact *** here"),
        ("no contact ja\u200bn@example.pl", "no contact ***"),
        ("no contact jan%40example.pl", "no contact ***"),
        ("no contact jan\\u0040example.pl", "no contact ***"),
        ("no contact jan&#64;example.pl", "no contact ***"),
        ("call +48 600-700-800 or (22) 123 45 67", "call *** or (***"),
    ],
)
def test_useful_words_stay_and_the_rest_is_masked(text, shown):
    assert cleaned_text(text) == shown


@pytest.mark.parametrize(
    ("text", "payload", "shown"),
    [
        ("Zosia Nowak has no owner", {"name": "Zosia Nowak", "owner": "o"}, "*** has no owner"),
        ("ZOSIA NOWAK: unknown", {"contact": {"name": "Zosia Nowak"}}, "***: unknown"),
        ("Zosia Nowak: unknown", {"name": "Zosia\nNowak"}, "***: unknown"),
        ("name=Zosia+Nowak: unknown", {"name": "Zosia Nowak"}, "name=***: unknown"),
        ("size 4711.5 is too large", {"n": [{"size": 4711.5}]}, "size *** is too large"),
        ("field name is empty", {"name": "Ann"}, "field name is empty"),
        ("x" * 70 + " Zosia No", {"name": "Zosia Nowak"}, "x" * 70 + " ***"),
        ("bad: Zosia…", {"name": "Zosia Nowak"}, "bad: ***"),
        ("HAUPTSTRASSE 7!", {"street": "Hauptstraße 7"}, "***!"),
        ("Hauptstraße 7!", {"street": "HAUPTSTRASSE 7"}, "***!"),
        ("ŁÓDŹ?", {"city": "Łódź"}, "***?"),
        ("abcdefghi", {"a": "abcdef", "b": "defghi"}, "***"),
    ],
    ids=[
        *(
            "value",
            "other case",
            "other blanks",
            "blanks of a query",
            "number",
            "key",
            "cut",
            "cut with a sign",
        ),
        *("longer in another case", "shorter in another case", "accents", "overlapping"),
    ],
)
def test_values_of_the_payload_are_masked_and_its_keys_are_not(text, payload, shown):
    assert cleaned_text(text, values_of([json.dumps(payload).encode()])) == shown


def test_a_long_value_with_escapes_is_masked_whole_and_where_it_is_cut():
    value = "Zosia &amp; Nowak, ul. D&#322;uga " * 20
    for said in (value, html.unescape(value), value[:300], html.unescape(value)[:300]):
        assert cleaned_text(f"Bad name: {said}", [value]) == "Bad name: ***"


SECRET = "Zosia Nowak \ud83d\x07"


@pytest.mark.parametrize(
    "outcome",
    [
        Refused(SECRET),
        DestinationFailed(SECRET, ambiguous=True),
        CredentialsRefused(SECRET),
        Judged({0: Dead("rejected", SECRET), 1: Ambiguous(SECRET)}),
        Judged({1: ContactMissing(SECRET)}, job="7"),
        Judged(miscount=SECRET),
        Verified({0: DELIVERED, 1: Dead("rejected", SECRET)}),
        Verified(unknown={1: SECRET}),
        Verified(unshown={1: SECRET}),
        Verified(unshown={1: SECRET}, kept={0: 5.0}),
    ],
)
def test_every_outcome_passes_with_its_texts_cleaned_and_nothing_else_changed(outcome):
    shown = cleaned(outcome, items_of({"a": "else"}, {"name": "Zosia Nowak"}))
    assert type(shown) is type(outcome)
    assert "Zosia" not in repr(shown)
    assert repr(shown) == repr(outcome).replace(repr(SECRET), repr("*** \ufffd"))


def test_many_different_texts_are_cleaned_each_beside_its_own_item():
    payloads = [{"name": f"Person No. {n:03}"} for n in range(200)]
    verdicts = {n: Dead("rejected", f"{one['name']} is bad") for n, one in enumerate(payloads)}
    shown = cleaned(Judged(verdicts), items_of(*payloads))
    assert {verdict.detail for verdict in shown.exceptions.values()} == {"*** is bad"}


def test_an_id_that_is_no_printable_text_is_left_out():
    ids = {0: "17-a", 1: "\ud83d", 2: "x" * (LONGEST_ID + 1), 3: "a\nb"}
    shown = cleaned(Judged(ids=ids, job="\x1b[2J"), items_of(*[{}] * 4))
    assert (shown.ids, shown.job) == ({0: "17-a"}, None)


def test_an_answer_without_texts_passes_as_it_is():
    outcome = Judged(ids={0: "17"}, job="3")
    assert cleaned(outcome, items_of({})) is outcome


def test_a_megabyte_of_text_is_bounded():
    assert is_shown(cleaned_text("\ud83d\x1b[31m " * 200_000))
