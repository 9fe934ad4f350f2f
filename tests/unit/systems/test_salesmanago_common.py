"""The field types that SALESmanago's methods share."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from pydantic import TypeAdapter, ValidationError

from batchline.systems.message import Millis
from batchline.systems.salesmanago.messages import CouponRedemption
from batchline.systems.salesmanago.messages.common import (
    Email,
    Flag,
    FlagOrWord,
    Identifier,
    Properties,
    comma_separated,
    comma_space_separated,
    key_of,
)

LONG_DOMAIN = f"{'b' * 61}.{'b' * 61}.{'b' * 61}.pl"


def accepted(kind, value):
    return TypeAdapter(kind).validate_python(value)


def refused(kind, value):
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(value)


@pytest.mark.parametrize(
    "address",
    [
        "name@example.com",
        "new.email+tag@example.co.uk",
        "O'Brien@Example.COM",
        "!#$%&'*+-/=?^_`{|}~@example.com",
        "1@2.pl",
        "imię@żółw.pl",
        "name@xn--4db.xn--90ae",
        f"{'a' * 64}@example.com",
        f"{'a' * 64}@{LONG_DOMAIN}b",
    ],
)
def test_an_address_is_accepted_as_it_is_written(address):
    assert accepted(Email, address) == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "name",
        "@example.com",
        "name@",
        "name@localhost",
        "name@example.c",
        "name@example..com",
        "name@.example.com",
        "name@example.com.",
        "name@-example.com",
        "name@example-.com",
        "name@exa_mple.com",
        "name@127.0.0.1",
        "name@[127.0.0.1]",
        "na me@example.com",
        "name@exam ple.com",
        "name@@example.com",
        "na@me@example.com",
        "a@example.com,b@example.com",
        "Name <name@example.com>",
        '"na me"@example.com',
        ".name@example.com",
        "name.@example.com",
        "na..me@example.com",
        "name\x00@example.com",
        f"{'a' * 65}@example.com",
        f"a@{'b' * 64}.com",
        f"{'a' * 64}@{LONG_DOMAIN}bc",
        None,
        7,
    ],
)
def test_what_is_no_address_is_refused(address):
    refused(Email, address)


def test_spaces_around_an_address_are_dropped_and_do_not_count():
    longest = f"{'a' * 64}@{LONG_DOMAIN}b"
    assert len(longest) == 254
    assert accepted(Email, f" \t{longest}\n") == longest


@pytest.mark.parametrize(
    "identifier", ["001e720f-b2ab-4203-a25f-b089557cf0da", "1a2b-...-3c4d", "7", "x" * 255]
)
def test_an_identifier_is_a_uuid_or_the_like(identifier):
    assert accepted(Identifier, identifier) == identifier


@pytest.mark.parametrize(
    "identifier", ["", " ", "name@example.com", "a b", "a,b", "a\nb", "x" * 256]
)
def test_what_cannot_be_an_identifier_is_refused(identifier):
    refused(Identifier, identifier)


@pytest.mark.parametrize("value", ["true", "yes", 1, 0, "", None])
def test_a_flag_is_a_boolean_and_nothing_that_looks_like_one(value):
    refused(Flag, value)


@pytest.mark.parametrize(
    ("given", "meant"), [("true", True), ("false", False), (True, True), (False, False)]
)
def test_a_flag_that_the_samples_write_as_a_word_becomes_a_boolean(given, meant):
    assert accepted(FlagOrWord, given) is meant


@pytest.mark.parametrize("value", ["True", "yes", 1, 0, ""])
def test_no_other_word_is_a_flag(value):
    refused(FlagOrWord, value)


@pytest.mark.parametrize(
    "moment",
    [
        1659938888000,
        datetime(2022, 8, 8, 6, 8, 8, tzinfo=UTC),
        datetime(2022, 8, 8, 8, 8, 8, tzinfo=timezone(timedelta(hours=2))),
    ],
)
def test_a_moment_is_a_datetime_or_milliseconds(moment):
    assert accepted(Millis, moment) == 1659938888000


def test_a_date_is_its_midnight_in_utc():
    assert accepted(Millis, date(2022, 8, 8)) == 1659916800000


@pytest.mark.parametrize(
    "moment",
    [
        1659938888,
        0,
        -1,
        253_402_300_800_000,
        1659938888000.5,
        "2022-08-08",
        True,
        datetime(2022, 8, 8),
    ],
)
def test_seconds_and_moments_without_a_time_zone_are_refused(moment):
    refused(Millis, moment)


def test_names_and_values_of_properties_are_texts_of_255_characters():
    longest = {"n" * 255: "v" * 255, "cleared": ""}
    assert accepted(Properties, longest) == longest
    for bad in ({"n" * 256: "v"}, {"n": "v" * 256}, {"": "v"}, {"n": None}, {"n": 7}):
        refused(Properties, bad)


def test_a_list_is_joined_and_a_text_stays_as_it_is():
    assert comma_separated(["p01", 2, " p03 "]) == "p01,2,p03"
    assert comma_space_separated(("a@b.pl", "c@b.pl")) == "a@b.pl, c@b.pl"
    assert comma_separated("p01, p02") == "p01, p02"


@pytest.mark.parametrize("bad", [["a,b"], [""], [" "], [None], [True], [1.5], [["a"]]])
def test_a_list_whose_values_would_not_come_apart_again_is_refused(bad):
    with pytest.raises(ValueError, match="list"):
        comma_separated(bad)


def test_the_key_is_the_id_or_else_the_address_in_lower_case():
    assert key_of("1A-2b", "Name@Example.com") == "1A-2b"
    assert key_of(None, "Name@Example.com") == "name@example.com"


def test_no_error_repeats_what_was_given():
    with pytest.raises(ValidationError) as error:
        CouponRedemption(email="private person", coupon="secret" * 100)
    assert "private" not in str(error.value)
    assert "secret" not in str(error.value)
