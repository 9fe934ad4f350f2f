"""Whom messages name, for every system; and how identifiers are compared."""

from __future__ import annotations

import json

import pytest

from batchline.systems import identities
from batchline.systems.identities import identity

ANN = identity("email", "ann@shop.example")
PHONE = identity("phone", "+48 600-100-200")


def about(data, contact=""):
    return identities.about(contact, json.dumps(data))


@pytest.mark.parametrize(
    ("kind", "spelling", "value"),
    [
        ("email", " Ann@Shop.Example\u200b", "ann@shop.example"),
        ("email", "mailto:ann@shop.example", "ann@shop.example"),
        ("email", "Zoë@Müller.example", "zoë@müller.example"),
        ("email", "zoe\u0308@mu\u0308ller.example", "zoë@müller.example"),
        ("email", "zoë@XN--mller-kva.example", "zoë@müller.example"),
        ("email", "a@xn--80aamokgkrj.xn--j1amh", "a@наприклад.укр"),
        ("email", "a@xn--9.example", "a@xn--9.example"),
        ("email", f"a@xn--{'a' * 80}.example", f"a@xn--{'a' * 80}.example"),
        ("phone", "0048 (600) 100.200", "48600100200"),
        ("phone", "48600100200", "48600100200"),
        ("contact-id", "A-1", "a-1"),
        ("external-id", " Shop 7 ", "shop 7"),
    ],
)
def test_an_identifier_has_one_form_however_it_is_spelled(kind, spelling, value):
    assert identity(kind, spelling).value == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [("email", "ann"), ("email", ""), ("phone", "12"), ("phone", "call me"), ("name", "Ann")],
)
def test_what_is_no_identifier_is_refused_by_its_kind(kind, text):
    with pytest.raises(ValueError, match=kind):
        identity(kind, text)


@pytest.mark.parametrize(
    "data",
    [
        {"contact": {"email": "ANN@shop.example"}},  # contact/upsert
        {"email": "ann@shop.example", "contactEvent": {}},
        {"newEmail": "ann@shop.example", "contact": {"email": "old@shop.example"}},
        {"contacts": [{"addresseeType": "EMAIL", "value": "ann@shop.example"}]},
        {"contacts": [{"addresseeType": "EMAIL", "value": ["x@y.example", "ann@shop.example"]}]},
        {"contact": {"addresseeType": "EMAIL", "value": "ann@shop.example"}},
        {"smContactTaskReq": {"contactEmail": "ann@shop.example"}},
        {"channels": [{"type": "email", "value": "ann@shop.example"}]},
        {"keyValue": "ann@shop.example"},
        {"params": [{"name": "Email", "value": "ann@shop.example"}]},
        {"locator": "ann@shop.example"},
        {"channelId": "1", "identifier": "x", "email": "ann@shop.example"},
    ],
)
def test_a_message_is_about_the_contact_that_it_names_as_its_own(data):
    assert ANN in about(data)


@pytest.mark.parametrize(
    "data",
    [
        {"contact": {"email": "bob@shop.example", "phone": "+48600100200"}},
        {"phoneNumber": "48600100200"},
        {"channels": [{"type": "sms", "value": "+48 600 100 200"}]},
    ],
)
def test_a_phone_is_found_in_whatever_form(data):
    assert PHONE in about(data)


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ({"contactId": 17}, identity("contact-id", "17")),
        ({"contactIds": [16, 17]}, identity("contact-id", "17")),
        ({"externalCustomerId": "S-7"}, identity("external-id", "s-7")),
        (
            {"contact": {"email": "b@c.example", "externalId": "S-7"}},
            identity("external-id", "S-7"),
        ),
    ],
)
def test_ids_are_found_in_their_fields(data, found):
    assert found in about(data)


@pytest.mark.parametrize(
    "data",
    [
        {"email": "bob@shop.example", "note": "from ann@shop.example"},
        {"email": "bob@shop.example", "contactEvent": {"externalId": "17", "detail1": "x"}},
        {"contacts": [{"value": "bob@shop.example"}], "user": "ann@shop.example"},
        {"email": "bob@shop.example", "excludeContacts": [{"value": "ann@shop.example"}]},
    ],
)
def test_who_is_only_mentioned_is_not_whom_it_is_about(data):
    found = about(data, "bob@shop.example")
    assert ANN not in found
    assert identity("external-id", "17") not in found


def test_the_key_names_the_contact_too():
    assert ANN in about({}, "ann@shop.example")
    assert identity("contact-id", "17") in about({}, "id:17")


def test_of_several_contacts_one_is_left_out_and_the_others_stay_as_they_were():
    data = {"contacts": [{"value": "ann@shop.example"}, {"value": "łucja@shop.example"}], "x": 1}
    rest = identities.without(json.dumps(data).encode(), lambda found: ANN in found)
    assert json.loads(rest) == {"contacts": [{"value": "łucja@shop.example"}], "x": 1}
    alone = json.dumps({"contacts": [{"value": "ann@shop.example"}]}).encode()
    assert identities.without(alone, lambda found: ANN in found) is None
    assert identities.without(alone, lambda found: False) is alone


@pytest.mark.parametrize(
    "text",
    [
        "to Ann@shop.example.",
        '{"a":"\\u0061nn@shop.example"}',
        "<ann@shop.example>",
        "x;ann@shop.example,y",
    ],
)
def test_an_address_is_found_in_any_text(text):
    assert ANN in identities.mentioned(text)


def test_a_phone_is_found_in_any_text_and_masked_alone():
    assert PHONE in identities.mentioned("call +48 600 100 200, please")
    masked = identities.masked(
        "call +48 600 100 200 or +48 600 100 201", lambda found: PHONE in found
    )
    assert masked == "call *** or +48 600 100 201"


@pytest.mark.parametrize("payload", [b"", b"null", b"[1]", b"\xff", b'"x"', b"[" * 5000])
def test_what_is_no_message_names_nobody(payload):
    assert identities.about("", payload) == set()
    assert identities.elements(payload) == {}
    assert identities.without(payload, lambda found: bool(found)) == payload
