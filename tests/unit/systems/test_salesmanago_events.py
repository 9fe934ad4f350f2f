"""External events: the documents' tables and samples, one by one."""

import json
import time
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from pydantic import ValidationError

from batchline.systems.salesmanago.messages import (
    EVENT_TYPES,
    ContactEvent,
    ExternalEvent,
)

#: v2/contact/addContactExtEvent, "Sample request with advanced data", without the auth block.
ADVANCED = json.loads("""
{
  "owner": "salesmanago.user@yourcompany.com",
  "email": "name@example.com",
  "contactEvent": {
    "date": 1659938888000,
    "contactExtEventType": "PURCHASE",
    "products": "p0123, p4567",
    "value": 189.99,
    "location": "examplecom",
    "externalId": "ID-123456",
    "detail1": "1,4,1",
    "detail2": "189.99",
    "detail3": "dresses",
    "detail4": "black,black,white",
    "description": "https://example.com/cartRecovery/controller/cartId=1234-5678-9098"
  }
}
""")

#: contact/batchAddContactExtEvent, the first of the sample's events.
OF_BATCH = json.loads("""
{
  "contactId":"001e720f-b2ab-4203-a25f-b089557cf0da",
  "contactEvent":{
    "date":356180568153,
    "description":"Bought with \\"Super Bonus\\"",
    "products":"p01, p02",
    "location":"Shop_ID",
    "value":1234.43,
    "contactExtEventType":"PURCHASE",
    "detail1":"C.ID: *** *** 234",
    "detail2":"Paid with card",
    "detail3":null,
    "externalId":"B-99999999",
    "shopDomain":"shop.salesmanago.pl"
  }
}
""")

DETAILS = [f"detail{number}" for number in range(1, 21)]


def event(**fields):
    return {
        "email": "name@example.com",
        "contactEvent": {"date": 1659938888000, "contactExtEventType": "PURCHASE", **fields},
    }


def accepted(**fields):
    """What is sent as contactEvent."""
    return json.loads(ExternalEvent.model_validate(event(**fields)).payload())["contactEvent"]


def why_refused(item):
    with pytest.raises(ValidationError) as refused:
        ExternalEvent.model_validate(item)
    return str(refused.value)


def test_the_advanced_sample_of_the_documents_goes_out_as_it_stands():
    message = ExternalEvent.model_validate(ADVANCED)
    assert json.loads(message.payload()) | json.loads(message.options()) == ADVANCED


def test_an_event_of_the_batch_sample_goes_out_as_it_stands_without_nulls():
    message = ExternalEvent.model_validate(OF_BATCH)
    fields = {name: v for name, v in OF_BATCH["contactEvent"].items() if v is not None}
    assert json.loads(message.payload()) == {**OF_BATCH, "contactEvent": fields}
    assert message.options() == ""


def test_pythons_names_make_the_same_message_as_the_apis():
    message = ExternalEvent(
        owner="salesmanago.user@yourcompany.com",
        email="name@example.com",
        contact_event=ContactEvent(
            date=datetime(2022, 8, 8, 6, 8, 8, tzinfo=UTC),
            contact_ext_event_type="PURCHASE",
            products="p0123, p4567",
            value=Decimal("189.99"),
            location="examplecom",
            external_id="ID-123456",
            detail1="1,4,1",
            detail2="189.99",
            detail3="dresses",
            detail4="black,black,white",
            description="https://example.com/cartRecovery/controller/cartId=1234-5678-9098",
        ),
    )
    assert message == ExternalEvent.model_validate(ADVANCED)


@pytest.mark.parametrize(
    ("field", "longest"),
    [
        ("products", 2048),
        ("description", 2048),
        ("location", 255),
        ("externalId", 255),
        ("contactExtEventType", 255),
        *((detail, 255) for detail in DETAILS),
    ],
)
def test_a_text_of_the_documented_length_is_accepted_and_one_longer_is_refused(field, longest):
    assert accepted(**{field: "X" * longest})[field] == "X" * longest
    reason = why_refused(event(**{field: "X" * (longest + 1)}))
    assert f"contactEvent.{field}\n" in reason
    assert f"at most {longest} characters" in reason


def test_there_is_no_twenty_first_detail():
    assert "contactEvent.detail21\n  Extra inputs" in why_refused(event(detail21="x"))


@pytest.mark.parametrize(
    "field", ["products", "description", "location", "externalId", "shopDomain", *DETAILS]
)
def test_an_empty_text_is_sent_and_a_null_one_is_not(field):
    assert accepted(**{field: ""})[field] == ""
    assert field not in accepted(**{field: None})


def test_an_event_needs_an_address_or_an_id_and_may_have_both():
    item = event()
    del item["email"]
    assert "email or contactId" in why_refused(item)
    both = ExternalEvent.model_validate({**event(), "contactId": "1a2b"})
    assert both.contact_key() == "1a2b"
    assert ExternalEvent.model_validate(event()).contact_key() == "name@example.com"


def test_the_key_of_an_address_is_in_lower_case_and_the_address_is_not():
    message = ExternalEvent.model_validate({**event(), "email": "Name@Example.com"})
    assert message.contact_key() == "name@example.com"
    assert json.loads(message.payload())["email"] == "Name@Example.com"


def test_the_type_and_the_event_are_required():
    assert "contactEvent\n  Field required" in why_refused({"email": "name@example.com"})
    reason = why_refused({"email": "name@example.com", "contactEvent": {}})
    assert "contactEvent.contactExtEventType\n  Field required" in reason


@pytest.mark.parametrize("given", [{}, {"date": None}])
def test_an_event_without_a_date_is_of_now(given):
    before = time.time() * 1000
    happened = ContactEvent(contact_ext_event_type="CART", **given).date
    assert before - 1 <= happened <= time.time() * 1000 + 1


def test_seconds_for_a_date_are_refused():
    assert "multiply by 1000" in why_refused(event(date=1659938888))


@pytest.mark.parametrize("location", ["examplecom_ES", "_shop", "Shop_ID", "a1", ""])
def test_a_location_is_letters_digits_and_underscores(location):
    assert accepted(location=location)["location"] == location


@pytest.mark.parametrize("location", ["1shop", "example.com", "my-shop", "my shop", "łódź", "a\n"])
def test_another_location_is_refused(location):
    assert "contactEvent.location" in why_refused(event(location=location))


@pytest.mark.parametrize(
    ("products", "sent_as"),
    [
        (["p01", "p02"], "p01,p02"),
        (("p01",), "p01"),
        ([17, 18], "17,18"),
        ([], ""),
        ("p01, p02", "p01, p02"),
    ],
)
def test_products_are_a_text_or_a_list_of_ids(products, sent_as):
    assert accepted(products=products)["products"] == sent_as


def test_a_list_of_products_that_is_too_long_is_refused_and_never_cut():
    fits = ["x" * 1023, "y" * 1024]
    assert len(accepted(products=fits)["products"]) == 2048
    reason = why_refused(event(products=[*fits, "z"]))
    assert "contactEvent.products" in reason
    assert "at most 2048 characters" in reason


def test_a_product_id_with_a_comma_is_refused_in_a_list():
    assert "contactEvent.products" in why_refused(event(products=["p01,p02"]))


@pytest.mark.parametrize(
    ("value", "sent_as"),
    [
        (0, 0),
        (189.99, 189.99),
        (-189.99, -189.99),
        (9_999_999.99, 9_999_999.99),
        (10_000_000, 10_000_000),
        (-10_000_000.01, -10_000_000.01),
        (Decimal("2490000000"), 2_490_000_000),
        (Decimal("123456789012.34"), 123_456_789_012.34),
        (33_333_333_333.33 * 3, 99_999_999_999.99),
        (1e9 + 0.1 + 0.2, 1_000_000_000.3),
        (2**53 + 1, 2**53 + 1),
        (9_999_999_999_999_999_999, 9_999_999_999_999_999_999),
        (Decimal("-9999999999999999999.00"), -9_999_999_999_999_999_999),
        (Decimal("0.10"), 0.1),
        (0.1 + 0.2, 0.3),
        (1.1 * 3, 3.3),
    ],
)
def test_a_value_has_19_digits_before_the_point_and_two_behind(value, sent_as):
    """000:2588: "float (7.2) ... max 19 digits + 2 after the decimal point"."""
    assert accepted(value=value)["value"] == sent_as


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (10**19, "at most 19 digits before the point"),
        (-(10**19), "at most 19 digits"),
        (Decimal("9999999999999999999.9999999"), "at most 19 digits"),
        (10**400, "at most 19 digits"),
        (1e300, "at most 19 digits"),
        (float("inf"), "at most 19 digits"),
        (float("nan"), "at most 19 digits"),
        (Decimal("NaN"), "at most 19 digits"),
        (Decimal("1234567890123456789.01"), "leave out the cents"),
        (5_000_000_000.125, "at most 2 decimals"),
        (Decimal("5000000000.001"), "at most 2 decimals"),
        (0.001, "at most 2 decimals"),
        (12.345, "at most 2 decimals"),
        (Decimal("1.999"), "at most 2 decimals"),
        ("189.99", "must be a number"),
        (True, "must be a number"),
    ],
)
def test_another_value_is_refused_and_never_rounded(value, reason):
    refusal = why_refused(event(value=value))
    assert "contactEvent.value" in refusal
    assert reason in refusal


def test_the_known_types_are_36():
    assert len(EVENT_TYPES) == 36
    for name in EVENT_TYPES:
        accepted(contactExtEventType=name)


def test_an_unknown_type_is_accepted():
    assert accepted(contactExtEventType="PURCHASED")["contactExtEventType"] == "PURCHASED"


@pytest.mark.parametrize("name", ["", "purchase", "Purchase", "1ST_LOAN", "PHONE CALL", "A-B", "Ż"])
def test_a_type_in_another_alphabet_is_refused(name):
    assert "contactEvent.contactExtEventType" in why_refused(event(contactExtEventType=name))


def test_owner_is_of_the_request_and_not_of_the_item():
    message = ExternalEvent.model_validate({**event(), "owner": "admin@vendor.pl"})
    assert message.options() == '{"owner":"admin@vendor.pl"}'
    assert b"admin@vendor.pl" not in message.payload()
    assert "owner" in why_refused({**event(), "owner": "x" * 256})
    assert "owner" in why_refused({**event(), "owner": ""})
