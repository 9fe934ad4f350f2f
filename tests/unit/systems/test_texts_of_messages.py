"""No message of any system holds half of a character or a control character, anywhere."""

import json

import pytest
from pydantic import ValidationError

from batchline import Contact, Event
from batchline.systems.free_values import DEEPEST, checked
from batchline.systems.registry import systems

BAD = {
    "high half": ("cut \ud83d", "half of a character"),
    "low half": ("\udc4d cut", "half of a character"),
    "NUL": ("An\x00na", "control character"),
    "escape": ("\x1b[31mAnna", "control character"),
    "delete": ("Anna\x7f", "control character"),
    "C1": ("O\x92Brien", "control character"),
}


def model_of(system, operation):
    return systems()[system].account.known_operations[operation].message


def reasons(model, data):
    with pytest.raises(ValidationError) as refused:
        model.model_validate(data)
    str(refused.value).encode()
    return refused.value.errors(include_input=False, include_url=False)


def test_the_error_says_what_is_wrong_and_where():
    upsert = model_of("salesmanago", "contact.upsert")
    for text, detail in BAD.values():
        (error,) = reasons(upsert, {"contact": {"email": "ann@shop.example", "name": text}})
        assert error["loc"] == ("contact", "name")
        assert detail in error["msg"]


def test_tab_and_line_breaks_may_stand_in_a_text():
    upsert = model_of("salesmanago", "contact.upsert")
    message = upsert.model_validate(
        {"contact": {"email": "ann@shop.example", "name": "Ann\tLee\r\n2nd floor"}}
    )
    assert json.loads(message.payload())["contact"]["name"] == "Ann\tLee\r\n2nd floor"


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize(
    ("system", "operation", "make", "field"),
    [
        (
            "smartsender",
            "contact.update",
            lambda text: {"contactId": "7", "values": {"bio": text}},
            "values.bio",
        ),
        (
            "smartsender",
            "contact.create",
            lambda text: {
                "channelId": "1",
                "identifier": "x",
                "firstName": "Ann",
                "parameters": {"deep": [{"er": text}]},
            },
            "parameters",
        ),
        (
            "esputnik",
            "event.add_v2",
            lambda text: {
                "eventTypeKey": "x",
                "keyValue": "k",
                "params": [{"name": "p", "value": [{"deep": text}]}],
            },
            "params.0.value",
        ),
        (
            "esputnik",
            "event.add",
            lambda text: {
                "eventTypeKey": "x",
                "keyValue": "k",
                "params": [{"name": "p", "value": {"deep": [text]}}],
            },
            "params.0.value",
        ),
        (
            "esputnik",
            "message.send",
            lambda text: {"messageId": 5, "locator": "1", "jsonParam": {text: 1}},
            "jsonParam",
        ),
        (
            "esputnik",
            "message.send",
            lambda text: {"messageId": 5, "locator": "1", "jsonParam": json.dumps({"a": text})},
            "jsonParam",
        ),
    ],
)
def test_a_text_deep_in_a_free_map_is_refused_by_its_field(system, operation, make, field, name):
    model = model_of(system, operation)
    text, detail = BAD[name]
    errors = reasons(model, make(text))
    assert any(
        ".".join(map(str, error["loc"])).startswith(field) and detail in error["msg"]
        for error in errors
    )


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda text: Contact(email="ann@shop.example", first_name=text), "first_name"),
        (lambda text: Contact(email="ann@shop.example", tags=["vip", text]), "tags.1"),
        (lambda text: Contact(email="ann@shop.example", fields={"bio": text}), "fields.bio"),
        (lambda text: Contact(email="ann@shop.example", fields={"a": ["x", text]}), "fields.a"),
        (lambda text: Event(type="P", email="ann@shop.example", fields={text: 1}), "fields"),
        (lambda text: Event(type="P", external_id=text, phone="1"), "external_id"),
    ],
)
def test_a_text_of_a_neutral_message_is_refused_by_its_field(make, field, name):
    text, detail = BAD[name]
    with pytest.raises(ValidationError) as refused:
        make(text)
    str(refused.value).encode()
    errors = refused.value.errors(include_input=False, include_url=False)
    assert any(
        ".".join(map(str, error["loc"])).startswith(field) and detail in error["msg"]
        for error in errors
    )


def test_a_value_that_is_nested_without_end_is_refused_and_does_not_end_the_program():
    value = []
    for _ in range(DEEPEST + 1):
        value = [value]
    with pytest.raises(ValueError, match="inside of each other"):
        checked(value)
