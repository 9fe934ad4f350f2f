"""What a contact and an event of ours become for an account: all of it, once, or an error."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from batchline.producers import CannotMap, Contact, Event, Settings
from batchline.producers.mapping import mapped
from batchline.producers.neutral import standard_fields
from batchline.systems.message import request_fields
from batchline.systems.registry import systems

CREDENTIALS = {
    "salesmanago": {
        "url": "https://app2.salesmanago.com",
        "client_id": "id",
        "api_key": "key",
        "api_secret": "secret",
        "owner": "admin@vendor.pl",
    },
    "esputnik": {"api_key": "key"},
    "smartsender": {"token": "token"},
    "salesmanago_mobile": {"client_id": "id", "api_key": "key", "api_secret": "secret"},
}


def account(system, **mapping):
    made = {"system": system, **CREDENTIALS[system], "mapping": mapping}
    return Settings.model_validate({"accounts": {"shop": made}}).account("shop")


def sent(message, system, **mapping):
    """The item and the request's fields around it, as they go out."""
    own = mapped(message, "shop", account(system, **mapping))
    return json.loads(own.payload()) | request_fields(own.options())


ANN = {"email": "ann@shop.example"}
WHEN = datetime(2026, 11, 25, 10, tzinfo=UTC)

CONTACT = Contact(
    **ANN,
    phone="+48500100200",
    external_id="17",
    first_name="Ann",
    last_name="Kowalska",
    language="pl",
    street="Long 1",
    postcode="00-001",
    city="Warsaw",
    region="Mazovia",
    country="PL",
    tags=["VIP"],
    groups=["Shop"],
    remove_tags=["NEW"],
    fields={"shoe_size": 41},
)


def test_a_contact_at_salesmanago():
    assert sent(CONTACT, "salesmanago", contact={"shoe_size": "property:size"}) == {
        "contact": {
            "email": "ann@shop.example",
            "phone": "+48500100200",
            "externalId": "17",
            "name": "Ann Kowalska",
            "address": {
                "streetAddress": "Long 1",
                "zipCode": "00-001",
                "city": "Warsaw",
                "country": "PL",
            },
        },
        "province": "Mazovia",
        "lang": "pl",
        "tags": ["VIP", "Shop"],
        "removeTags": ["NEW"],
        "properties": {"size": "41"},
    }


def test_a_contact_at_esputnik():
    assert sent(CONTACT, "esputnik", contact={"shoe_size": "field:123"}) == {
        "channels": [
            {"type": "email", "value": "ann@shop.example"},
            {"type": "sms", "value": "48500100200"},
        ],
        "externalCustomerId": "17",
        "firstName": "Ann",
        "lastName": "Kowalska",
        "address": {
            "address": "Long 1",
            "postcode": "00-001",
            "town": "Warsaw",
            "region": "Mazovia",
            "countryCode": "PL",
        },
        "fields": [{"id": 123, "value": "41"}],
        "languageCode": "pl",
        "groupNames": ["VIP", "Shop"],
        "groupNamesExclude": ["NEW"],
    }


PURCHASE = Event(
    type="PURCHASE",
    **ANN,
    time=WHEN,
    value=Decimal("19.90"),
    currency="EUR",
    products=["p1", "p2"],
    external_id="order-17",
)


def test_an_event_at_salesmanago():
    assert sent(PURCHASE, "salesmanago", event={"currency": "detail:3"}) == {
        "email": "ann@shop.example",
        "contactEvent": {
            "date": 1_795_600_800_000,
            "contactExtEventType": "PURCHASE",
            "products": "p1,p2",
            "value": 19.9,
            "externalId": "order-17",
            "detail3": "EUR",
        },
    }


def test_an_event_at_esputnik_under_the_accounts_own_name():
    made = sent(PURCHASE, "esputnik", event_types={"PURCHASE": "orderPaid"})
    assert made["eventTypeKey"] == "orderPaid"
    assert {param["name"]: param["value"] for param in made["params"]} == {
        "Email": "ann@shop.example",
        "time": "2026-11-25T10:00:00+00:00",
        "value": 19.9,
        "currency": "EUR",
        "products": ["p1", "p2"],
        "external_id": "order-17",
    }


def test_a_contact_and_an_event_at_smart_sender_are_found_by_its_own_id():
    fields = {"chat": 1001, "size": 41, "since": date(2026, 11, 25), "seen": WHEN}
    table = {"chat": "contact_id", "*": "value:*"}
    contact = Contact(**ANN, first_name="Ann", fields=fields)
    assert sent(contact, "smartsender", contact=table) == {
        "contactId": "1001",
        "values": {
            "email": "ann@shop.example",
            "firstName": "Ann",
            "size": 41,
            "since": "2026-11-25 00:00:00",
            "seen": "2026-11-25 10:00:00",
        },
    }
    event = Event(type="CART", **ANN, fields={"chat": 1001})
    table = {"chat": "contact_id"}
    made = sent(event, "smartsender", event=table, event_types={"CART": "Cart left"})
    assert made == {"contactId": "1001", "name": "Cart left"}
    with pytest.raises(CannotMap, match="contactId: is needed, and no field that is given goes"):
        mapped(Contact(**ANN), "shop", account("smartsender"))


@pytest.mark.parametrize(
    ("opt_in", "flag"), [(True, "forceOptIn"), (False, "forceOptOut")], ids=["in", "out"]
)
def test_an_opt_in_is_one_of_two_opposing_flags(opt_in, flag):
    made = sent(Contact(**ANN, email_opt_in=opt_in), "salesmanago")
    assert made == {"contact": ANN, flag: True}


def test_own_fields_reach_every_kind_of_target():
    fields = {
        "terms": True,
        "points": 12,
        "since": date(2026, 11, 25),
        "size": "41",
        "interests": ["shoes", "hats"],
    }
    table = {
        "terms": "consent:terms",
        "points": "number:points",
        "since": "date:since",
        "size": "property:size:eu",
        "interests": "tag",
    }
    assert sent(Contact(**ANN, fields=fields), "salesmanago", contact=table) == {
        "contact": ANN,
        "tags": ["shoes", "hats"],
        "properties": {"size:eu": "41"},
        "dictionaryProperties": [
            {"name": "points", "type": "NUMBER", "value": 12},
            {"name": "since", "type": "DATE", "value": 1_795_564_800_000},
        ],
        "consentDetails": [{"consentName": "terms", "consentAccept": True}],
    }


def test_a_star_gives_fields_of_your_own_their_own_names():
    event = Event(type="CART", **ANN, time=WHEN, fields={"size": 41, "colour": "red"})
    made = sent(event, "esputnik", event={"*": "param:*", "colour": "ignore"})
    assert {"name": "size", "value": 41} in made["params"]
    assert "colour" not in str(made)


#: Texts that occur nowhere else in a message.
MARKS = st.integers(10**9, 10**10 - 1).map(lambda number: f"m{number}")
TEXT_FIELDS = ("first_name", "language", "street", "postcode", "city", "region")
NAMES = st.from_regex("[a-z]{3,12}", fullmatch=True).filter(
    lambda name: name not in standard_fields(Contact)
)
WITH_NAMES = {
    "salesmanago": ("property:{n}", "tag"),
    "esputnik": ("field:{n}", "group"),
}


@given(
    st.sampled_from(sorted(WITH_NAMES)),
    st.sets(st.sampled_from(TEXT_FIELDS)),
    st.lists(NAMES, unique=True, max_size=6),
    st.data(),
)
def test_every_value_arrives_exactly_once(system, standard, own, data):
    count = len(standard) + len(own)
    marks = iter(data.draw(st.lists(MARKS, unique=True, min_size=count, max_size=count)))
    table = {
        name: data.draw(st.sampled_from(WITH_NAMES[system])).replace("{n}", str(number + 1))
        for number, name in enumerate(own)
    }
    given_standard = {name: next(marks) for name in sorted(standard)}
    given_own = {name: next(marks) for name in own}
    contact = Contact(**ANN, **given_standard, fields=given_own)
    made = json.dumps(sent(contact, system, contact=table))
    values = [*given_standard.values(), *given_own.values(), ANN["email"]]
    assert [made.count(value) for value in values] == [1] * len(values)


@given(st.sampled_from(sorted(WITH_NAMES)), st.sampled_from(["contact", "event"]), NAMES)
def test_a_field_without_a_target_is_refused_by_name(system, kind, name):
    message = {
        "contact": Contact(**ANN, fields={name: "x"}),
        "event": Event(type="CART", **ANN, fields={name: "x"}),
    }[kind]
    with pytest.raises(CannotMap, match=rf"account 'shop': {name}: has no target.*ignore") as told:
        mapped(message, "shop", account(system))
    assert (told.value.account, told.value.field) == ("shop", name)
    assert f"accounts.shop.mapping.{kind}" in str(told.value)
    mapped(message, "shop", account(system, **{kind: {name: "ignore"}}))


def test_an_opt_out_is_never_dropped_in_silence():
    with pytest.raises(CannotMap, match="email_opt_in: has no target"):
        mapped(Contact(**ANN, email_opt_in=False), "shop", account("esputnik"))


def test_what_the_system_refuses_is_told_of_our_own_field_and_without_the_value():
    contact = Contact(email="ann.at.shop", phone="1")
    for system in WITH_NAMES:
        with pytest.raises(CannotMap, match="account 'shop': email: must be an e-mail") as told:
            mapped(contact, "shop", account(system))
        assert "ann.at.shop" not in str(told.value)
    with pytest.raises(
        CannotMap, match="account 'shop': contact: email or contactId: give at least one"
    ):
        mapped(Contact(phone="48500100200"), "shop", account("salesmanago"))
    size = Contact(**ANN, fields={"size": "x" * 256})
    with pytest.raises(CannotMap, match=r"account .shop.: size: .*255"):
        mapped(size, "shop", account("salesmanago", contact={"size": "property:size"}))


@pytest.mark.parametrize(
    ("fields", "target", "detail"),
    [
        ({"a": ["x"]}, "property:a", "a: is a list"),
        ({"a": "41"}, "number:points", "a: must be a number"),
        ({"a": "yes"}, "consent:terms", "a: must be True or False"),
        ({"a": "today"}, "date:since", "a: must be a date"),
    ],
)
def test_a_value_that_does_not_fit_its_target_is_refused(fields, target, detail):
    with pytest.raises(CannotMap, match=f"account 'shop': {detail}"):
        mapped(Contact(**ANN, fields=fields), "shop", account("salesmanago", contact={"a": target}))


def test_two_fields_that_a_star_would_send_to_one_place_are_refused():
    event = Event(type="CART", **ANN, fields={"size": 41, "shoe": 42})
    table = {"*": "param:*", "shoe": "param:size"}
    with pytest.raises(CannotMap, match="goes to param:size too"):
        mapped(event, "shop", account("esputnik", event=table))


@pytest.mark.parametrize(
    ("system", "tables", "detail"),
    [
        (
            "salesmanago",
            {"contact": {"a": "field:1"}},
            r"mapping.contact.a: 'field:1' is no target",
        ),
        ("salesmanago", {"event": {"a": "detail:21"}}, r"mapping.event.a: .*detail:<1 to 20>"),
        ("salesmanago", {"event": {"a": "detail"}}, r"mapping.event.a: .*detail:<1 to 20>"),
        ("salesmanago", {"contact": {"a": "name:x"}}, r"mapping.contact.a: .*name alone"),
        (
            "salesmanago",
            {"event": {"a": "detail:1", "b": "detail:1"}},
            "mapping.event.b: a goes to detail:1 too",
        ),
        ("salesmanago", {"contact": {"mobile": "phone"}}, "mobile: phone goes to phone too"),
        ("salesmanago", {"event": {"*": "detail:1"}}, r"mapping.event.\*: .*must be ignore"),
        ("salesmanago", {"contact": {"*": "name"}}, r"\*: 'name': must be property:\*, ignore"),
        ("salesmanago", {"event_types": {"CART": "cart"}}, "event_types.CART: 'cart': .*capital"),
        ("esputnik", {"contact": {"a": "field:size"}}, "field:<id of the additional field>"),
        ("esputnik", {"contact": {"a": "channel:fax"}}, "channel:<email, sms, push"),
        ("esputnik", {"event_types": {"CART": "a;b"}}, "event_types.CART: .*must not hold"),
        ("salesmanago_mobile", {"contact": {"a": "tag"}}, "salesmanago_mobile takes no contact"),
    ],
)
def test_a_table_that_cannot_be_used_stops_the_start_with_its_key(system, tables, detail):
    with pytest.raises(ValidationError, match=detail):
        account(system, **tables)


@pytest.mark.parametrize("system", [name for name, system in systems().items() if system.mapping])
def test_defaults_are_of_standard_fields_and_can_be_used(system):
    for name, model in (("contact", Contact), ("event", Event)):
        targets = account(system).targets(name)
        assert set(targets) <= set(standard_fields(model))


@pytest.mark.parametrize(
    ("fields", "detail"),
    [
        ({}, "email, phone or external_id: give at least one"),
        ({"email": " "}, "is blank"),
        ({**ANN, "fields": {"email": "x"}}, "fields: email: is a field of its own"),
        ({**ANN, "fields": {"at": datetime(2026, 1, 1)}}, "no time zone"),
        ({**ANN, "emial": "x"}, "emial\n  there is no such field; did you mean email?"),
        ({**ANN, "birthday": 19870605}, "must be a date, or a text such as 1987-06-05"),
        ({**ANN, "birthday": "5.6.1987"}, "must be a day such as 1987-06-05"),
        ({**ANN, "fields": {"*": "x"}}, "should match pattern"),
    ],
)
def test_a_contact_that_is_none_raises_where_it_is_built(fields, detail):
    with pytest.raises(ValidationError, match=detail):
        Contact(**fields)


def test_a_birthday_is_a_date_or_the_text_of_one():
    day = date(1987, 6, 5)
    assert {Contact(**ANN, birthday=given).birthday for given in (day, "1987-06-05")} == {day}


@pytest.mark.parametrize(
    "time", [WHEN, WHEN.isoformat(), 1_795_600_800_000, "2026-11-25T11:00:00+01:00"]
)
def test_an_events_time_is_one_moment_however_it_is_given(time):
    assert Event(type="CART", **ANN, time=time).time == WHEN


@pytest.mark.parametrize("time", [datetime(2026, 1, 1), "soon", 1_795_600_800, True, -1])
def test_an_events_time_that_is_no_moment_is_refused(time):
    with pytest.raises(ValidationError):
        Event(type="CART", **ANN, time=time)


@pytest.mark.parametrize("value", [Decimal("19.90"), Decimal("-0.1"), 19.9, 7, None])
def test_a_message_is_the_same_again_after_it_was_a_row_of_an_outbox(value):
    event = Event(type="PURCHASE", email="a@b.pl", value=value, fields={"code": "19.90"}, time=WHEN)
    assert Event.model_validate_json(event.model_dump_json(by_alias=True)) == event


@pytest.mark.parametrize("value", ["19,90", "x", True, [1], "1e3"])
def test_a_value_that_is_no_number_is_told_in_one_line(value):
    with pytest.raises(ValidationError, match="must be a number such as") as refused:
        Event(type="PURCHASE", email="a@b.pl", value=value)
    assert refused.value.error_count() == 1


@pytest.mark.parametrize(("amount", "meant"), [("100.00", 100), ("1E+2", 100), ("7", 7)])
def test_a_whole_decimal_is_a_number_of_a_dictionary_property(amount, meant):
    contact = Contact(**ANN, fields={"limit": Decimal(amount)})
    (one,) = sent(contact, "salesmanago", contact={"limit": "number:limit"})["dictionaryProperties"]
    assert (one["value"], type(one["value"])) == (meant, int)
