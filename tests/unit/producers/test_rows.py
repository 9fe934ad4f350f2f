"""A message that went through a row of an outbox is the message that went in, for every system."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from batchline import CannotMap, Contact, Event, Settings, esputnik, message_from_row, salesmanago
from batchline.producers.mapping import mapped
from tests.properties import TEXTS_OF_MESSAGES, examples

ANN = {"email": "ann@shop.example"}
ACCOUNTS = Settings.model_validate(
    {
        "accounts": {
            "sm": {
                "system": "salesmanago",
                "url": "https://app2.salesmanago.com",
                "client_id": "id",
                "api_key": "key",
                "api_secret": "secret",
                "owner": "admin@vendor.pl",
                "mapping": {
                    "contact": {
                        "*": "property:*",
                        "phone": "phone",
                        "limit": "number:limit",
                        "since": "date:since",
                    },
                    "event": {"detail": "detail:1", "*": "ignore", "currency": "ignore"},
                },
            },
            "es": {
                "system": "esputnik",
                "api_key": "key",
                "mapping": {
                    "contact": {"limit": "field:1", "since": "field:2", "*": "ignore"},
                    "event": {"*": "param:*"},
                },
            },
            "smart": {
                "system": "smartsender",
                "token": "token",
                "mapping": {
                    "contact": {"id": "contact_id", "*": "value:*"},
                    "event": {"id": "contact_id", "*": "ignore"},
                },
            },
        }
    }
)
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
VALUES = st.one_of(
    TEXTS_OF_MESSAGES,
    st.sampled_from(["2020-01-01", "2020-01-01T00:00:00Z", "4.90", "1", "true", "$date"]),
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
    st.decimals(allow_nan=False, allow_infinity=False, places=2),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.dates(),
    st.datetimes(datetime(1980, 1, 1), datetime(2100, 1, 1), timezones=ZONES),
    st.lists(TEXTS_OF_MESSAGES, max_size=3),
    st.none(),
)
FIELDS = st.dictionaries(st.sampled_from(["limit", "since", "detail", "other"]), VALUES).map(
    lambda fields: {"id": "17", **fields}
)
AMOUNTS = st.one_of(
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.decimals(allow_nan=False, allow_infinity=False),
)


def outcome(message, account):
    """What the account gets; or the error that says why it gets nothing."""
    try:
        own = mapped(message, account, ACCOUNTS.account(account))
        return own.payload(), own.options(), own.contact_key()
    except CannotMap as error:
        return error.field, str(error)


def assert_same(message, again):
    assert again == message
    assert {name: type(value) for name, value in again.fields.items()} == {
        name: type(value) for name, value in message.fields.items()
    }
    for account in ACCOUNTS.accounts:
        assert outcome(again, account) == outcome(message, account)


@settings(max_examples=examples(200), deadline=None)
@given(FIELDS, st.dates(date(1900, 1, 1)))
def test_every_account_gets_the_same_of_a_contact_and_of_its_row(fields, birthday):
    contact = Contact(**ANN, fields=fields, birthday=birthday)
    assert_same(contact, message_from_row(contact.to_row()))
    assert_same(contact, Contact.model_validate_json(contact.model_dump_json()))


@settings(max_examples=examples(200), deadline=None)
@given(FIELDS, AMOUNTS, st.datetimes(datetime(1980, 1, 1), datetime(2100, 1, 1), timezones=ZONES))
def test_every_account_gets_the_same_of_an_event_and_of_its_row(fields, value, time):
    event = Event(type="PURCHASE", **ANN, fields=fields, value=value, time=time)
    assert_same(event, message_from_row(event.to_row()))
    assert_same(event, Event.model_validate_json(event.model_dump_json()))


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Decimal("4.90"), {"$decimal": "4.90"}),
        (date(2026, 1, 2), {"$date": "2026-01-02"}),
        (datetime(2026, 1, 2, tzinfo=UTC), {"$datetime": "2026-01-02T00:00:00+00:00"}),
        ("2026-01-02", "2026-01-02"),
    ],
)
def test_a_value_that_json_has_no_form_for_stands_in_the_row_with_its_type(value, written):
    row = json.loads(Contact(**ANN, fields={"x": value}).to_row())
    assert row["op"] == "contact"
    assert row["data"]["fields"] == {"x": written}


@pytest.mark.parametrize(
    "value", [{"$date": "soon"}, {"$decimal": "x"}, {"$datetime": "1"}, {"$decimal": "NaN"}]
)
def test_a_tag_with_a_wrong_text_is_refused(value):
    with pytest.raises(ValidationError):
        Contact(**ANN, fields={"x": value})


def test_a_datetime_without_a_time_zone_is_refused_from_a_row_too():
    with pytest.raises(ValidationError, match="no time zone"):
        Contact(**ANN, fields={"x": {"$datetime": "2026-01-02T10:00:00"}})


@pytest.mark.parametrize(
    "message",
    [
        salesmanago.ContactUpsert(contact=ANN, tags=["X"], owner="o@shop.example"),
        salesmanago.add_external_event.build(ANN["email"], "PURCHASE", value=Decimal("19.90")),
        salesmanago.redeem_coupon.build(ANN["email"], "SB-1"),
        esputnik.EmailUnsubscription(email=ANN["email"]),
        esputnik.EventV2(
            eventTypeKey="x", keyValue="7", params=[{"name": "v", "value": Decimal("1.10")}]
        ),
        esputnik.ContactUpsert(channels=[{"type": "email", "value": ANN["email"]}]),
    ],
    ids=lambda message: f"{message.system} {message.operation}",
)
def test_a_row_says_itself_of_which_system_and_operation_its_message_is(message):
    again = message_from_row(message.to_row())
    assert type(again) is type(message)
    assert (again, again.payload(), again.options()) == (
        message,
        message.payload(),
        message.options(),
    )


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("{", "no row"),
        ("[]", "no row"),
        ('{"op": "contact"}', "no row"),
        ('{"op": "order", "data": {}}', "no system, order: there is no such message"),
        ('{"system": "es", "op": "contact", "data": {}}', "es, contact: there is no such"),
        ('{"system": "esputnik", "op": "contact.wash", "data": {}}', "no such message"),
    ],
)
def test_a_text_that_is_no_row_is_refused(row, told):
    with pytest.raises(ValueError, match=told):
        message_from_row(row)
