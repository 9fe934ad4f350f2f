"""eSputnik's contacts: what is accepted, under which key, and how it is stored."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from batchline.systems.esputnik.messages import (
    CONTACT_FIELDS,
    Address,
    Channel,
    ContactDeletion,
    ContactSubscription,
    ContactUpdate,
    ContactUpsert,
    CustomField,
    Device,
    SingleContactUpsert,
)
from tests.properties import TEXTS_OF_MESSAGES

EMAIL = {"type": "email", "value": "Ann@Shop.example"}
PHONE = {"type": "sms", "value": "380501234567"}
TOKEN = {"type": "mobilepush", "value": "Token", "device": {"appId": "a", "active": True}}


def payload(message):
    return json.loads(message.payload())


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"externalCustomerId": "Shop-1", "channels": [EMAIL]}, "Shop-1"),
        ({"channels": [PHONE, EMAIL]}, "ann@shop.example"),
        ({"channels": [TOKEN, PHONE]}, "380501234567"),
        ({"channels": [TOKEN], "firstName": "A"}, "Token"),
        ({"id": 7, "firstName": "A"}, "id:7"),
        ({"id": 7, "channels": [EMAIL]}, "ann@shop.example"),
    ],
)
def test_a_contact_is_known_by_the_first_of_its_identifiers(fields, key):
    assert ContactUpsert.model_validate(fields).contact_key() == key


@pytest.mark.parametrize(
    ("kind", "given_value", "kept"),
    [
        ("email", " Ann@Shop.example ", "Ann@Shop.example"),
        ("sms", "+380501234567", "380501234567"),
        ("sms", "447911123456 ", "447911123456"),
        ("webpush", " as it is ", "as it is"),
    ],
)
def test_a_channels_value_is_kept_but_for_blanks_and_the_plus(kind, given_value, kept):
    assert Channel(type=kind, value=given_value).value == kept


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("email", "bob"),
        ("email", "a@b@c"),
        ("email", "a b@c.d"),
        ("sms", "++38"),
        ("sms", "38-05"),
        ("sms", "٣٨"),
        ("push", ""),
    ],
)
def test_a_value_that_does_not_fit_its_channel_is_refused_without_being_repeated(kind, value):
    with pytest.raises(ValidationError) as refused:
        ContactUpsert.model_validate({"channels": [{"type": kind, "value": value}]})
    assert not value or value not in str(refused.value)


@pytest.mark.parametrize("kind", ["viber", "phone", "telegram", "EMAIL"])
def test_a_channel_that_nobody_documents_is_refused(kind):
    with pytest.raises(ValidationError, match=r"channels.0.type"):
        ContactUpsert.model_validate({"channels": [{"type": kind, "value": "1"}]})


@pytest.mark.parametrize("name", CONTACT_FIELDS)
def test_each_field_that_can_be_named_is_found_among_the_given_ones(name):
    parts = {
        "email": {"channels": [EMAIL]},
        "sms": {"channels": [PHONE]},
        "firstName": {"firstName": ""},
        "lastName": {"lastName": "B"},
    }
    fields = parts.get(name, {"address": {name: "x"}})
    assert ContactUpsert.model_validate({"id": 1, **fields}).given() == {name}


def test_a_contact_without_a_field_that_can_be_named_needs_the_callers_own_names():
    token_only = {"channels": [TOKEN]}
    with pytest.raises(ValidationError, match="contactFields would be empty"):
        ContactUpsert.model_validate(token_only)
    named = ContactUpsert.model_validate({**token_only, "contactFields": ["mobilepush"]})
    assert json.loads(named.options()) == {"contactFields": ["mobilepush"]}


def test_pythons_names_are_the_apis_on_the_wire():
    upsert = ContactUpsert(
        external_customer_id="1",
        channels=[Channel(type="mobilepush", value="t", device=Device(app_id="a"))],
        first_name="A",
        last_name="B",
        address=Address(region="R", country_code="UA"),
        fields=[CustomField(id=5, value="x")],
        language_code="uk",
        time_zone="+02:00",
        dedupe_on="externalCustomerId",
        custom_fields_ids=[6],
        contact_fields=["sms"],
        group_names=["G"],
        group_names_exclude=["H"],
        restore_deleted=True,
        event_key_for_new_contacts="New1",
    )
    assert payload(upsert) == {
        "externalCustomerId": "1",
        "channels": [{"type": "mobilepush", "value": "t", "device": {"appId": "a"}}],
        "firstName": "A",
        "lastName": "B",
        "address": {"region": "R", "countryCode": "UA"},
        "fields": [{"id": 5, "value": "x"}],
        "languageCode": "uk",
        "timeZone": "+02:00",
    }
    assert json.loads(upsert.options()) == {
        "dedupeOn": "externalCustomerId",
        "customFieldsIDs": [6],
        "contactFields": ["sms"],
        "groupNames": ["G"],
        "groupNamesExclude": ["H"],
        "restoreDeleted": True,
        "eventKeyForNewContacts": "New1",
    }


@pytest.mark.parametrize(
    ("dedupe_on", "fields"),
    [
        ("email", {"channels": [EMAIL]}),
        ("sms", {"channels": [PHONE]}),
        ("email_or_sms", {"channels": [PHONE]}),
        ("id", {"channels": [EMAIL], "id": 7}),
        ("fieldId", {"channels": [EMAIL], "fieldId": 5, "fields": [{"id": 5, "value": "x"}]}),
        ("mobilepush", {"channels": [EMAIL, TOKEN]}),
        ("externalCustomerId", {"channels": [EMAIL], "externalCustomerId": "1"}),
        ("sms", {"channels": [EMAIL], "externalCustomerId": "1"}),
    ],
)
def test_a_contact_can_be_looked_for_by_what_it_gives_or_by_its_own_id(dedupe_on, fields):
    upsert = ContactUpsert.model_validate({"dedupeOn": dedupe_on, **fields})
    assert json.loads(upsert.options())["dedupeOn"] == dedupe_on


@pytest.mark.parametrize(
    ("dedupe_on", "fields"),
    [
        ("email", {"channels": [PHONE]}),
        ("email_or_sms", {"channels": [TOKEN], "firstName": "A"}),
        ("id", {"channels": [EMAIL]}),
        ("webpush", {"channels": [EMAIL]}),
        ("externalCustomerId", {"channels": [EMAIL]}),
        ("fieldId", {"channels": [EMAIL], "fieldId": 5, "fields": [{"id": 6, "value": "x"}]}),
    ],
)
def test_a_contact_is_not_looked_for_by_what_it_does_not_give(dedupe_on, fields):
    with pytest.raises(ValidationError, match=f"dedupeOn: {dedupe_on} is not given"):
        ContactUpsert.model_validate({"dedupeOn": dedupe_on, **fields})


def test_what_travels_in_the_lane_of_contacts_says_what_it_is():
    messages = [
        SingleContactUpsert.model_validate({"channels": [EMAIL]}),
        ContactUpdate.model_validate({"contactId": 7, "channels": [EMAIL]}),
        ContactDeletion.model_validate({"externalCustomerId": "Shop-1"}),
    ]
    assert {message.lane_operation() for message in messages} == {"contact.upsert"}
    assert [json.loads(message.options()) for message in messages] == [
        {"op": "contact.upsert_one"},
        {"op": "contact.update", "contactId": 7},
        {"op": "contact.delete"},
    ]
    assert [message.contact_key() for message in messages] == ["ann@shop.example"] * 2 + ["Shop-1"]


@pytest.mark.parametrize("fields", [{}, {"contactId": 7, "externalCustomerId": "1"}])
def test_a_deletion_names_one_contact_in_one_way(fields):
    with pytest.raises(ValidationError, match="give exactly one"):
        ContactDeletion.model_validate(fields)


def test_the_longest_form_type_fits_the_key_of_the_event_it_becomes():
    contact = {"channels": [EMAIL]}
    subscription = ContactSubscription.model_validate({"contact": contact, "formType": "x" * 77})
    assert len(f"subscribeUpdateFromApi-{subscription.form_type}") == 100


TEXT = TEXTS_OF_MESSAGES
NUMBERS = st.from_regex("[0-9]{5,15}", fullmatch=True)


@given(
    st.fixed_dictionaries(
        {"channels": st.lists(NUMBERS.map(lambda n: {"type": "sms", "value": n}), min_size=1)},
        optional={
            "externalCustomerId": NUMBERS,
            "firstName": TEXT | st.none(),
            "address": st.fixed_dictionaries({}, optional={"town": TEXT, "postcode": TEXT}),
            "fields": st.lists(
                st.fixed_dictionaries({"id": st.integers(1), "value": TEXT}),
                min_size=1,
                unique_by=lambda one: one["id"],
            ),
            "customFieldsIDs": st.lists(st.integers(1), min_size=1),
            "restoreDeleted": st.booleans(),
        },
    )
)
def test_what_is_stored_reads_back_as_the_same_upsert(data):
    upsert = ContactUpsert.model_validate(data)
    again = ContactUpsert.model_validate(
        {**payload(upsert), **json.loads(upsert.options() or "{}")}
    )
    assert (again.payload(), again.options()) == (upsert.payload(), upsert.options())
