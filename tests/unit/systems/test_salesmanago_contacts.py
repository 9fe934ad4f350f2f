"""contact/upsert and contact/batchupsertv2: the documents' tables, field by field."""

import copy
import json
from datetime import UTC, date, datetime

import pytest
from pydantic import ValidationError

from batchline.systems.salesmanago.messages import (
    Contact,
    ContactUpsert,
    DictionaryProperty,
    Relation,
)

#: One of every part, for a field to be put in.
EVERY_PART = {
    "contact": {"email": "name@example.com", "address": {}},
    "dictionaryProperties": [{"name": "size", "type": "NUMBER", "value": 1}],
    "consentDetails": [{"consentName": "TERMS"}],
    "tags": ["A"],
    "removeTags": ["B"],
    "properties": {},
}


def with_field(path, value):
    """`EVERY_PART` with one field of it set; the path is dotted, numbers are places in lists."""
    item = copy.deepcopy(EVERY_PART)
    *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    part = item
    for parent in parents:
        part = part[parent]
    part[last] = value
    return item


def why_refused(item):
    with pytest.raises(ValidationError) as refused:
        ContactUpsert.model_validate(item)
    return str(refused.value)


def sent(upsert):
    return json.loads(upsert.payload())


@pytest.mark.parametrize(
    ("path", "longest"),
    [
        ("contact.name", 255),
        ("contact.phone", 255),
        ("contact.fax", 255),
        ("contact.company", 255),
        ("contact.externalId", 255),
        ("contact.contactId", 255),
        ("contact.address.streetAddress", 255),
        ("contact.address.zipCode", 255),
        ("contact.address.city", 255),
        ("contact.address.country", 255),
        ("province", 255),
        ("tags.0", 255),
        ("removeTags.0", 255),
        ("properties.size", 255),
        ("dictionaryProperties.0.name", 255),
        ("consentDetails.0.consentName", 30),
        ("consentDetails.0.ip", 255),
        ("owner", 255),
        ("lang", 255),
        ("doubleOptInEmailId", 255),
        ("doubleOptInLanguage", 255),
    ],
)
def test_a_text_of_the_documented_length_is_accepted_and_one_longer_is_refused(path, longest):
    ContactUpsert.model_validate(with_field(path, "x" * longest))
    reason = why_refused(with_field(path, "x" * (longest + 1)))
    assert path in reason
    assert f"at most {longest} characters" in reason


@pytest.mark.parametrize("path", ["contact.email", "newEmail", "relation.email"])
def test_an_address_has_at_most_254_characters(path):
    longest = f"{'a' * 64}@{'b' * 61}.{'b' * 61}.{'b' * 61}.plx"
    item = with_field("relation", {"type": "CHILD", "email": "x@example.com"})
    for address, is_accepted in ((longest, True), (f"{longest}x", False)):
        part = item[path.split(".")[0]] if "." in path else item
        part[path.split(".")[-1]] = address
        if is_accepted:
            ContactUpsert.model_validate(item)
        else:
            assert f"{path}\n" in why_refused(item)


@pytest.mark.parametrize(
    "path",
    [
        "contact.name",
        "contact.phone",
        "contact.fax",
        "contact.company",
        "contact.externalId",
        "contact.address.streetAddress",
        "contact.address.zipCode",
        "contact.address.city",
        "contact.address.country",
        "province",
        "birthday",
        "properties.size",
        "consentDetails.0.ip",
    ],
)
def test_an_empty_text_is_sent_and_an_omitted_or_null_one_is_not(path):
    assert sent(ContactUpsert.model_validate(with_field(path, ""))) == with_field(path, "")
    if path != "properties.size":
        assert sent(ContactUpsert.model_validate(with_field(path, None))) == EVERY_PART


@pytest.mark.parametrize(
    "path",
    [
        "contact.email",
        "newEmail",
        "owner",
        "tags.0",
        "removeTags.0",
        "dictionaryProperties.0.name",
        "consentDetails.0.consentName",
    ],
)
def test_an_identifier_is_never_empty(path):
    assert path in why_refused(with_field(path, ""))


@pytest.mark.parametrize(
    "missing", ["contact", "dictionaryProperties.0.value", "consentDetails.0.consentName"]
)
def test_a_required_field_that_is_missing_is_named(missing):
    item = copy.deepcopy(EVERY_PART)
    if missing == "contact":
        del item["contact"]
    else:
        name, _, field = missing.split(".")
        del item[name][0][field]
    assert f"{missing}\n  Field required" in why_refused(item)


def test_an_unknown_field_is_refused_by_name():
    for path in ("externalId", "contact.birthday", "consentDetails.0.consent", "tag"):
        assert f"{path}\n  Extra inputs" in why_refused(with_field(path, "x"))


def test_a_contact_needs_an_address_or_an_id():
    assert "email or contactId" in why_refused({"contact": {"name": "John"}})
    by_id = ContactUpsert.model_validate({"contact": {"contactId": "1a2b-...-3c4d"}})
    assert by_id.contact_key() == "1a2b-...-3c4d"


def test_the_key_is_the_id_or_else_the_address_in_lower_case():
    both = ContactUpsert(contact={"email": "Name@Example.com", "contact_id": "1A"})
    assert both.contact_key() == "1A"
    by_email = ContactUpsert(contact={"email": "Name@Example.com"})
    assert by_email.contact_key() == "name@example.com"
    assert sent(by_email) == {"contact": {"email": "Name@Example.com"}}


@pytest.mark.parametrize("state", ["CUSTOMER", "PROSPECT", "PARTNER", "OTHER", "UNKNOWN"])
def test_the_documented_states_are_accepted(state):
    ContactUpsert.model_validate(with_field("contact.state", state))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("contact.state", "prospect"),
        ("contact.state", ""),
        ("dictionaryProperties.0.type", "TEXT"),
        ("relation", {"type": "SIBLING", "email": "a@example.com"}),
        ("tags", "VIP"),
        ("forceOptIn", "true"),
        ("forceOptIn", 1),
        ("consentDetails.0.consentAccept", "yes"),
        ("consentDetails.0.consentDescriptionId", "1234"),
        ("consentDetails.0.agreementDate", 1659938888),
        ("properties.size", 7),
        ("contact.phone", 48123321123),
    ],
)
def test_a_value_of_another_kind_than_documented_is_refused(path, value):
    assert path.removesuffix("relation") in why_refused(with_field(path, value))


@pytest.mark.parametrize(
    ("birthday", "sent_as"),
    [
        ("19870605", "19870605"),
        ("0605", "0605"),
        ("0229", "0229"),
        ("20000229", "20000229"),
        (date(1987, 6, 5), "19870605"),
        (datetime(1987, 6, 5, 23, tzinfo=UTC), "19870605"),
        (date(987, 6, 5), "09870605"),
    ],
)
def test_a_birthday_is_a_day_with_or_without_a_year(birthday, sent_as):
    assert (
        sent(ContactUpsert.model_validate(with_field("birthday", birthday)))["birthday"] == sent_as
    )


@pytest.mark.parametrize(
    "birthday",
    ["19870631", "20010229", "0631", "1305", "00000101", "870605", "1987-06-05", "١٢٠١", 19870605],
)
def test_what_is_no_day_is_no_birthday(birthday):
    assert "birthday" in why_refused(with_field("birthday", birthday))


@pytest.mark.parametrize(
    "pair", [("forceOptIn", "forceOptOut"), ("forcePhoneOptIn", "forcePhoneOptOut")]
)
def test_opt_in_and_opt_out_cannot_be_forced_at_once(pair):
    one, other = pair
    for values in ((True, False), (False, True), (False, False)):
        ContactUpsert.model_validate({**EVERY_PART, **dict(zip(pair, values, strict=True))})
    assert f"{one} and {other}" in why_refused({**EVERY_PART, one: True, other: True})


def test_a_tag_to_add_and_to_remove_is_accepted_for_the_documents_say_it_is_removed():
    both = ContactUpsert.model_validate({**EVERY_PART, "tags": ["A"], "removeTags": ["A"]})
    assert (both.tags, both.remove_tags) == (["A"], ["A"])


def test_an_address_is_changed_only_of_a_contact_known_by_its_address():
    contact = {"contactId": "1a2b"}
    reason = why_refused({"contact": contact, "newEmail": "new@example.com"})
    assert "newEmail" in reason
    assert "contact.email" in reason
    contact["email"] = "old@example.com"
    ContactUpsert.model_validate({"contact": contact, "newEmail": "new@example.com"})


@pytest.mark.parametrize(
    ("kind", "value", "sent_as"),
    [
        ("NUMBER", 1, 1),
        ("NUMBER", 10**255 - 1, 10**255 - 1),
        ("DATE", 1488927600000, 1488927600000),
        ("DATE", date(2017, 3, 8), 1488931200000),
        ("DATE", datetime(2017, 3, 8, tzinfo=UTC), 1488931200000),
        ("DATE", date(1970, 2, 1), 31 * 86_400_000),
        ("DATE", 31 * 86_400_000, 31 * 86_400_000),
    ],
)
def test_a_dictionary_detail_is_a_positive_number_or_a_date(kind, value, sent_as):
    detail = DictionaryProperty.model_validate({"name": "abc", "type": kind, "value": value})
    assert detail.value == sent_as


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("NUMBER", 0),
        ("NUMBER", -1),
        ("NUMBER", 1.5),
        ("NUMBER", "10"),
        ("NUMBER", True),
        ("NUMBER", 10**255),
        ("NUMBER", date(2017, 3, 8)),
        ("DATE", 1488927600),
        ("DATE", 0),
        ("DATE", date(1969, 12, 31)),
        ("DATE", datetime(2017, 3, 8)),
        ("DATE", 253_402_300_800_000),
    ],
)
def test_a_dictionary_detail_of_another_value_is_refused(kind, value):
    with pytest.raises(ValidationError, match="value"):
        DictionaryProperty.model_validate({"name": "abc", "type": kind, "value": value})


def test_the_name_of_a_dictionary_detail_has_three_characters_at_least():
    ContactUpsert.model_validate(with_field("dictionaryProperties.0.name", "abc"))
    assert "at least 3" in why_refused(with_field("dictionaryProperties.0.name", "ab"))


def test_options_are_of_the_request_and_not_of_the_item():
    upsert = ContactUpsert(
        contact=Contact(email="name@example.com"),
        relation=Relation(type="CHILD", email="other@example.com"),
        owner="admin@vendor.pl",
        use_api_double_opt_in=False,
        lang="PL",
        fire_events=False,
    )
    assert "admin@vendor.pl" not in upsert.payload().decode()
    assert upsert.options() == (
        '{"fireEvents":false,"lang":"PL","owner":"admin@vendor.pl","useApiDoubleOptIn":false}'
    )
    assert ContactUpsert(contact=Contact(email="name@example.com")).options() == ""


SINGLE = [("async", False), ("doubleOptInEmailId", "7"), ("doubleOptInLanguage", "PL")]
BATCH = [
    ("lang", "PL"),
    ("fireEvents", True),
    ("relation", {"type": "CHILD", "email": "other@example.com"}),
]


@pytest.mark.parametrize("single", SINGLE)
@pytest.mark.parametrize("batch", BATCH)
def test_what_only_one_of_the_two_methods_takes_cannot_be_mixed(single, batch):
    reason = why_refused({**EVERY_PART, **dict([single, batch])})
    assert single[0] in reason
    assert batch[0] in reason


@pytest.mark.parametrize(("name", "value"), SINGLE)
def test_what_only_the_single_upsert_takes_is_an_option_under_the_apis_name(name, value):
    upsert = ContactUpsert.model_validate({**EVERY_PART, name: value, "useApiDoubleOptIn": True})
    assert json.loads(upsert.options()) == {name: value, "useApiDoubleOptIn": True}


def test_async_has_a_name_in_python():
    assert ContactUpsert(contact=Contact(email="a@b.pl"), async_=False).options() == (
        '{"async":false}'
    )
