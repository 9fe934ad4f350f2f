"""Smart Sender's messages: what they take, and what they store."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from batchline.systems.account import Limits
from batchline.systems.registry import operations
from batchline.systems.smartsender.account import SmartsenderAccount
from batchline.systems.smartsender.messages import (
    ContactCreate,
    ContactUpdate,
    EventFire,
    FunnelAddContact,
    FunnelRemoveContact,
    MessageSend,
    TagAdd,
    TagRemove,
)
from tests.properties import TEXTS_OF_MESSAGES

PNG = "https://shop.example/a.png"


def refusal(make, **fields):
    """Field and words of the one thing that is wrong."""
    with pytest.raises(ValidationError) as refused:
        make(**fields)
    (problem,) = refused.value.errors(include_input=False, include_url=False)
    return ".".join(map(str, problem["loc"])), problem["msg"]


@given(
    st.dictionaries(
        st.text("abcł", min_size=1),
        TEXTS_OF_MESSAGES
        | st.booleans()
        | st.none()
        | st.integers()
        | st.decimals(-(10**9), 10**9, places=4).map(float),
        min_size=1,
    )
)
def test_values_go_out_as_they_were_given_and_none_as_null(values):
    payload = ContactUpdate(contact_id=1, values=values).payload()
    assert json.dumps(json.loads(payload)) == json.dumps({"values": values})


def test_an_id_may_be_a_number_and_is_kept_as_text():
    message = TagAdd(contact_id=1001, tag_id=12)
    assert (message.contact_id, message.tag_id, message.contact_key()) == ("1001", "12", "1001")
    assert (message.payload(), json.loads(message.options())) == (
        b"{}",
        {"op": "tag.add", "contactId": "1001", "tagId": "12"},
    )


@pytest.mark.parametrize(
    ("value", "detail"),
    [
        (True, "valid string"),
        (1.5, "valid string"),
        ("", "at least 1 character"),
        ("a b", "no spaces and slashes"),
        ("a/b", "no spaces and slashes"),
        ("a\x00b", "holds a control character"),
        (".", "not dots alone"),
        ("..", "not dots alone"),
        ("ann@shop.example", "not an e-mail address"),
    ],
)
def test_what_cannot_stand_in_the_path_is_no_contact(value, detail):
    field, told = refusal(EventFire, contactId=value, name="Paid")
    assert (field, detail in told) == ("contactId", True), told


def test_an_error_does_not_repeat_what_was_given():
    with pytest.raises(ValidationError) as refused:
        EventFire(contact_id="ann@shop.example", name="Paid")
    assert "ann@" not in str(refused.value)


@pytest.mark.parametrize("message", [TagAdd, TagRemove, FunnelAddContact, FunnelRemoveContact])
def test_tags_and_funnels_travel_behind_the_values_that_were_set_before_them(message):
    assert message.lane_operation() == ContactUpdate.lane_operation() == "contact.update"
    assert operations("smartsender")[message.operation].idempotent


FORMS = {
    "text": {"content": "Hello"},
    "picture": {"media": PNG},
    "file": {"media": PNG},
    "video": {"media": PNG},
    "audio": {"media": PNG},
    "voice": {"media": PNG},
    "animation": {"media": PNG},
    "location": {"title": "Shop", "latitude": 50.45, "longitude": 30.52},
    "contact": {"fullName": "Ann Lee", "phoneNumber": "+380501234567"},
}


@pytest.mark.parametrize("kind", FORMS)
def test_a_message_has_the_fields_of_its_type_all_of_them_and_no_others(kind):
    form = FORMS[kind]
    payload = MessageSend(contactId=1, type=kind, **form, watermark=1).payload()
    assert json.loads(payload) == {"type": kind, **form, "watermark": 1}
    for name in form:
        rest = {key: value for key, value in form.items() if key != name}
        _, detail = refusal(MessageSend, contactId=1, type=kind, **rest)
        assert detail == f"Value error, {name}: needed by type {kind} (contacts/{{id}}/send)"
    for other in FORMS.values():
        if other != form:
            _, detail = refusal(MessageSend, contactId=1, type=kind, **form, **other)
            assert f"{next(iter(other))}: not a field of type {kind}" in detail


@pytest.mark.parametrize("phone", ["380501234567", "+0501234567", "+1", "+1 234", "+1" * 9])
def test_a_phone_number_is_e164(phone):
    make = {"channel_id": 7, "identifier": "a", "first_name": "Ann"}
    assert refusal(ContactCreate, **make, phone=phone)[0] == "phone"


def test_gates_of_one_identifier_are_ordered_and_another_channels_is_another():
    one, other = (
        ContactCreate(channel_id=channel, identifier="a", first_name="Ann") for channel in (7, 8)
    )
    assert one.contact_key() != other.contact_key()
    assert json.loads(one.payload()) == {"identifier": "a", "firstName": "Ann"}


def account(**fields):
    return SmartsenderAccount.model_validate({"system": "smartsender", "token": "t", **fields})


def test_an_account_needs_nothing_but_its_token_and_keeps_the_documented_limit():
    made = account()
    assert (made.url, made.limits) == ("https://api.smartsender.com", Limits(per_minute=180))
    assert account(url="https://api.smartsender.com/v1/").url == "https://api.smartsender.com"
    with pytest.raises(ValidationError, match="token"):
        account(token="")


@pytest.mark.parametrize("name", ["tag.add", "tag.remove", "funnel.add_contact"])
def test_what_travels_in_the_lane_of_updates_is_set_there(name):
    with pytest.raises(ValidationError, match="share the lane of"):
        account(operations={name: {"linger": 1}})
