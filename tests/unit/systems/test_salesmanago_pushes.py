"""Mobile pushes: the documents' tables and samples, one by one."""

import json
import time
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from batchline.systems.salesmanago.messages import (
    Addressees,
    CustomMassPush,
    CustomPush,
    MassPush,
    Push,
    PushText,
)

#: mobile/push/send, the sample without the auth block.
SEND = json.loads("""
{
  "pushId": "a1b2-...-c3d4",
  "applicationId": "my_example_app",
  "email": "name@example.com",
  "properties": {"t_shirt_size": "XL", "gender": "Male"},
  "sendToAllDevices": "false"
}
""")
#: mobile/push/sendMass.
SEND_MASS = json.loads("""
{
  "pushId": "a1b2-...-c3d4",
  "applicationId": "my_example_app",
  "date": "1659938887999",
  "contacts": [
    {
      "addresseeType": "EMAIL",
      "value": "name1@example.com, name2@example.com, name3@example.com"
    },
    {"addresseeType": "TAG", "value": "FEMALE_CLOTHING"}
  ],
  "properties": {"discount": "20%", "product_rec": "Turtleneck sweater"},
  "sendToAllDevices": "false"
}
""")
#: mobile/push/sendMassCustom, which has no contacts.
SEND_MASS_CUSTOM = json.loads("""
{
  "applicationId": "my_example_app",
  "date": "1659938887999",
  "title": {"personalized": false, "text": "Act now and save big 💰"},
  "content": {
    "personalized": true,
    "text": "Claim your ${discount:extra} discount now. ${product_rec:Your product} is still waiting for you!"
  },
  "deeplink": {"personalized": true, "text": "myapp://shop/product/${product_rec_slug}"},
  "properties": {
    "discount": "20%",
    "product_rec": "Turtleneck sweater",
    "product_rec_slug": "sweaters/turtleneck_sweater"
  },
  "imageUrl": "https://example.com/media/mobile_app/notification.png",
  "soundName": "reminder_chime",
  "sendToAllDevices": "false"
}
""")  # noqa: E501
#: mobile/push/sendCustom: the same content, for one contact.
SEND_CUSTOM = {
    **{name: value for name, value in SEND_MASS_CUSTOM.items() if name != "date"},
    "pushId": "a1b2-...-c3d4",
    "email": "name@example.com",
    "contactId": "1a2b-...-3c4d",
}

TEXT = {"text": "x"}
SMALLEST = {
    Push: {"pushId": "a1b2", "applicationId": "app", "email": "name@example.com"},
    CustomPush: {
        "applicationId": "app",
        "email": "name@example.com",
        "title": TEXT,
        "deeplink": TEXT,
    },
    MassPush: {"pushId": "a1b2", "applicationId": "app", "date": 1659938887999},
    CustomMassPush: {
        "applicationId": "app",
        "date": 1659938887999,
        "title": TEXT,
        "content": TEXT,
        "deeplink": TEXT,
        "imageUrl": "https://example.com/x.png",
    },
}
ALL = list(SMALLEST)
TO_ONE = [Push, CustomPush]
TO_MANY = [MassPush, CustomMassPush]
CUSTOM = [CustomPush, CustomMassPush]


def build(model, **fields):
    return model.model_validate({**SMALLEST[model], **fields})


def sent(push):
    return json.loads(push.payload())


def why_refused(model, **fields):
    with pytest.raises(ValidationError) as refused:
        build(model, **fields)
    return str(refused.value)


def as_sent(sample):
    """The sample with the JSON types of the tables, where it has words."""
    changes = {"sendToAllDevices": False}
    if "date" in sample:
        changes["date"] = 1659938887999
    return {**sample, **changes}


@pytest.mark.parametrize(
    ("model", "sample"), [(Push, SEND), (MassPush, SEND_MASS), (CustomMassPush, SEND_MASS_CUSTOM)]
)
def test_the_samples_go_out_with_a_number_and_a_boolean_where_they_have_words(model, sample):
    push = model.model_validate(sample)
    assert sent(push) == as_sent(sample)
    assert push.options() == ""


@pytest.mark.parametrize("left_out", ["email", "contactId"])
def test_the_custom_sample_goes_out_with_one_of_its_two_identifiers(left_out):
    sample = {name: value for name, value in SEND_CUSTOM.items() if name != left_out}
    assert sent(CustomPush.model_validate(sample)) == as_sent(sample)


def test_the_custom_sample_as_it_stands_breaks_its_own_rule_of_one_identifier():
    with pytest.raises(ValidationError, match=r"2 given, give exactly one .mobile/push/sendCustom"):
        CustomPush.model_validate(SEND_CUSTOM)


def test_pythons_names_make_the_same_message_as_the_apis():
    push = MassPush(
        push_id="a1b2-...-c3d4",
        application_id="my_example_app",
        date=datetime(2022, 8, 8, 6, 8, 7, 999000, tzinfo=UTC),
        contacts=[
            Addressees(
                addressee_type="email",
                value=["name1@example.com", "name2@example.com", "name3@example.com"],
            ),
            Addressees(addressee_type="TAG", value="FEMALE_CLOTHING"),
        ],
        properties={"discount": "20%", "product_rec": "Turtleneck sweater"},
        send_to_all_devices=False,
    )
    assert push == MassPush.model_validate(SEND_MASS)


def test_pythons_names_make_the_same_custom_message_as_the_apis():
    texts = {name: PushText(**SEND_MASS_CUSTOM[name]) for name in ("title", "content", "deeplink")}
    push = CustomMassPush(
        application_id="my_example_app",
        date=1659938887999,
        properties=SEND_MASS_CUSTOM["properties"],
        image_url="https://example.com/media/mobile_app/notification.png",
        sound_name="reminder_chime",
        send_to_all_devices=False,
        **texts,
    )
    assert push == CustomMassPush.model_validate(SEND_MASS_CUSTOM)


@pytest.mark.parametrize("model", ALL)
@pytest.mark.parametrize("field", ["applicationId", "properties.size"])
def test_what_every_push_has_holds_255_characters(model, field):
    def fields(text):
        return {"properties": {"size": text}} if "." in field else {field: text}

    build(model, **fields("x" * 255))
    reason = why_refused(model, **fields("x" * 256))
    assert field in reason
    assert "at most 255 characters" in reason


@pytest.mark.parametrize("model", CUSTOM)
@pytest.mark.parametrize(("field", "longest"), [("imageUrl", 2048), ("soundName", 255)])
def test_a_text_of_the_documented_length_is_accepted_and_one_longer_is_refused(
    model, field, longest
):
    build(model, **{field: "x" * longest})
    reason = why_refused(model, **{field: "x" * (longest + 1)})
    assert f"{field}\n" in reason
    assert f"at most {longest} characters" in reason


@pytest.mark.parametrize("model", CUSTOM)
@pytest.mark.parametrize(
    ("field", "longest"), [("title", 255), ("content", 2048), ("deeplink", 2048)]
)
def test_the_three_texts_have_the_documented_lengths(model, field, longest):
    build(model, **{field: {"text": "x" * longest}})
    reason = why_refused(model, **{field: {"text": "x" * (longest + 1)}})
    assert field in reason
    assert f"at most {longest}" in reason


@pytest.mark.parametrize(
    ("model", "required"),
    [
        (Push, ["pushId", "applicationId"]),
        (CustomPush, ["applicationId", "title", "deeplink"]),
        (MassPush, ["pushId", "applicationId"]),
        (CustomMassPush, ["applicationId", "title", "content", "deeplink", "imageUrl"]),
    ],
)
def test_exactly_the_fields_marked_as_mandatory_are_required(model, required):
    with pytest.raises(ValidationError) as refused:
        model.model_validate({"email": "name@example.com"} if model in TO_ONE else {})
    assert [problem["loc"] for problem in refused.value.errors()] == [
        (field,) for field in sorted(required, key=list(fields_of(model)).index)
    ]


def fields_of(model):
    return [field.alias for field in model.model_fields.values()]


@pytest.mark.parametrize("model", TO_ONE)
def test_a_push_to_one_contact_has_exactly_one_identifier(model):
    given = {"email": "name@example.com", "contactId": "1a2b", "userId": "77"}
    for name in given:
        others = dict.fromkeys(given)
        assert name in sent(build(model, **{**others, name: given[name]}))
    assert "none given, give exactly one" in why_refused(model, **dict.fromkeys(given))
    assert "2 given, give exactly one" in why_refused(model, userId="77")
    assert "3 given, give exactly one" in why_refused(model, **given)


@pytest.mark.parametrize("model", TO_ONE)
def test_the_key_is_the_contacts_and_tells_users_from_contacts(model):
    assert build(model, email="Name@Example.com").contact_key() == "name@example.com"
    assert build(model, email=None, contactId="1A").contact_key() == "1A"
    assert build(model, email=None, userId="1A").contact_key() == "user:1A"


@pytest.mark.parametrize("model", TO_ONE)
def test_a_user_id_has_255_characters_and_no_comma(model):
    build(model, email=None, userId="x" * 255)
    for bad in ("", "x" * 256, "1,2"):
        assert "userId" in why_refused(model, email=None, userId=bad)


@pytest.mark.parametrize("model", TO_MANY)
def test_a_mass_push_is_about_no_single_contact(model):
    assert build(model).contact_key() == ""


@pytest.mark.parametrize("model", TO_MANY)
@pytest.mark.parametrize("date", [1659938887999, "1659938887999"])
def test_the_date_is_a_number_or_its_digits_and_goes_out_as_a_number(model, date):
    assert sent(build(model, date=date))["date"] == 1659938887999


@pytest.mark.parametrize("model", TO_MANY)
def test_a_mass_push_without_a_date_is_sent_at_once(model):
    before = time.time() * 1000
    assert before - 1 <= build(model, date=None).date <= time.time() * 1000 + 1


@pytest.mark.parametrize("date", ["1659938887", 1659938887, "tomorrow", "", "-1659938887999"])
def test_a_date_in_seconds_or_words_is_refused(date):
    assert "date" in why_refused(MassPush, date=date)


@pytest.mark.parametrize("kind", ["EMAIL", "email", "Email"])
def test_an_addressee_type_is_accepted_in_any_case_and_sent_in_capitals(kind):
    push = build(MassPush, contacts=[{"addresseeType": kind, "value": "name@example.com"}])
    assert sent(push)["contacts"][0]["addresseeType"] == "EMAIL"


@pytest.mark.parametrize(
    ("kind", "value", "sent_as"),
    [
        ("EMAIL", ["a@example.com", "b@example.com"], "a@example.com, b@example.com"),
        ("USER_ID", [1, 2], "1, 2"),
        ("CONTACT_ID", ("1a2b",), "1a2b"),
        ("TAG", "A,B", "A,B"),
        ("TAG", "x" * 255, "x" * 255),
        ("TAG", ["x" * 126, "y" * 127], f"{'x' * 126}, {'y' * 127}"),
    ],
)
def test_addressees_are_a_text_or_a_list(kind, value, sent_as):
    assert Addressees(addressee_type=kind, value=value).value == sent_as


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("TAG", "x" * 256),
        ("TAG", ["x" * 127, "y" * 127]),
        ("TAG", ""),
        ("TAG", []),
        ("TAG", "A,,B"),
        ("TAG", ["A,B"]),
        ("EMAIL", "nobody"),
        ("EMAIL", ["a@example.com", "nobody"]),
        ("PHONE", "+48123321123"),
    ],
)
def test_addressees_beyond_the_limit_or_of_another_kind_are_refused(kind, value):
    assert "contacts.0" in why_refused(MassPush, contacts=[{"addresseeType": kind, "value": value}])


@pytest.mark.parametrize("model", TO_MANY)
def test_a_list_of_contacts_with_nobody_in_it_is_refused(model):
    assert "contacts" not in sent(build(model))
    assert "contacts\n  List should have at least 1 item" in why_refused(model, contacts=[])


@pytest.mark.parametrize("model", ALL)
def test_sixteen_properties_are_accepted_and_seventeen_refused(model):
    build(model, properties={f"p{number}": "" for number in range(16)})
    reason = why_refused(model, properties={f"p{number}": "" for number in range(17)})
    assert "properties\n" in reason
    assert "17 given, at most 16 are allowed" in reason


@pytest.mark.parametrize("model", CUSTOM)
def test_the_texts_of_a_push_have_4096_bytes_in_all(model):
    def fields(last):
        return {
            "title": {"text": "ł" * 127},
            "content": {"text": "💰" * 400},
            "deeplink": {"text": "d" * 200},
            "imageUrl": "i" * 1700,
            "soundName": "s" * 200,
            "properties": {"size": "x" * (4096 - 254 - 1600 - 200 - 1700 - 200 - 4) + last},
        }

    build(model, **fields(""))
    reason = why_refused(model, **fields("x"))
    assert "4,097 bytes of text together, at most 4,096 are allowed" in reason
    assert f"({model.method}, total size)" in reason
    for name in fields(""):
        assert name in reason


@pytest.mark.parametrize("model", [Push, MassPush])
def test_of_an_existing_push_the_names_and_values_of_properties_count(model):
    full = {f"{number:x}": "x" * 255 for number in range(16)}
    build(model, properties=full)
    reason = why_refused(model, properties={**full, "f": "ł" + "x" * 254})
    assert "properties: 4,097 bytes of text together" in reason


@pytest.mark.parametrize("field", ["title", "content", "deeplink"])
def test_a_plain_string_is_a_text_that_is_not_personalised(field):
    push = build(CustomPush, **{field: "Hello"})
    assert sent(push)[field] == {"personalized": False, "text": "Hello"}


def test_personalized_is_left_out_where_it_is_not_given():
    assert sent(build(CustomPush))["title"] == {"text": "x"}


@pytest.mark.parametrize("field", ["title", "content", "deeplink", "imageUrl"])
def test_a_push_says_something_in_every_field_it_has(field):
    assert field in why_refused(CustomPush, **{field: ""})


def test_an_empty_sound_is_sent_and_an_omitted_one_is_not():
    assert sent(build(CustomPush, soundName=""))["soundName"] == ""
    assert "soundName" not in sent(build(CustomPush, soundName=None))


@pytest.mark.parametrize("model", ALL)
def test_an_unknown_field_is_refused_by_name(model):
    assert "url\n  Extra inputs" in why_refused(model, url="https://example.com")
