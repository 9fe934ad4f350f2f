"""What the sandbox refuses, and in which words."""

import hashlib

import pytest
import requests

NOT_AUTHENTICATED = {"success": False, "message": ["User not authenticated"]}
UUID = "99cdc5fe-7376-436e-acb5-7180c97dadb6"


def refusal_of(api, method, **fields):
    answer = api.send(method, **fields)
    body = answer.json()
    assert (answer.status_code, body["success"]) == (200, False), body
    (message,) = body["message"]
    assert message.startswith("[sandbox] ")
    return message.removeprefix("[sandbox] ")


def test_the_sha_is_sha1_of_api_key_client_id_and_secret_without_the_request_time(api):
    text = f"key{api.client.client_id}{api.client.api_secret}"
    right = hashlib.sha1(text.encode()).hexdigest()
    for time in (1_500_556_989, 1_700_000_000_000):
        answer = api.post(
            "contact/hasContact", email="a@b.example", apiKey="key", sha=right, requestTime=time
        )
        assert answer["success"] is True


@pytest.mark.parametrize(
    "wrong",
    [
        {"sha": "0" * 40},
        {"sha": ...},
        {"sha": 5},
        {"apiKey": "another key than the sha's"},
        {"apiKey": ""},
        {"apiKey": ...},
        {"clientId": "nobody"},
        {"clientId": ...},
        {"clientId": ["a list"]},
    ],
    ids=str,
)
def test_wrong_credentials_are_refused_in_the_vendors_words_with_status_200(api, wrong):
    answer = api.send("contact/hasContact", email="a@b.example", **wrong)
    assert (answer.status_code, answer.json()) == (200, NOT_AUTHENTICATED)


def test_an_upper_case_sha_is_refused(api):
    upper = api.body()["sha"].upper()
    assert api.post("contact/hasContact", email="a@b.example", sha=upper) == NOT_AUTHENTICATED


@pytest.mark.parametrize(
    ("owner", "message"),
    [
        (..., "Not authenticated, not owner specified"),
        (None, "Not authenticated, not owner specified"),
        ("nobody@vendor.pl", "Not authenticated, invalid owner"),
        (["admin@vendor.pl"], "Not authenticated, invalid owner"),
    ],
)
@pytest.mark.parametrize(
    "method",
    [
        "contact/upsert",
        "contact/batchupsertv2",
        "contact/batchAddContactExtEvent",
        "v2/contact/addBatchContactExtEvent",
        "v2/contact/addContactExtEvent",
        "contact/hasContact",
        "contact/list",
    ],
)
def test_methods_with_an_owner_refuse_none_and_a_wrong_one(api, method, owner, message):
    assert api.post(method, owner=owner) == {"success": False, "message": [message]}


def test_methods_without_an_owner_refuse_one_as_an_unknown_field(api):
    message = refusal_of(api, "contact/useContactCoupon", email="a@b.example", coupon="SB-1")
    assert message == "owner: unknown field"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"\xff", b"NaN", b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_refused(api, body):
    answer = requests.post(
        f"{api.url}/api/contact/upsert", body, headers={"Content-Type": "application/json"}
    )
    assert answer.json()["success"] is False
    assert "JSON object" in answer.json()["message"][0]


def test_a_content_type_other_than_json_is_refused(api):
    url = f"{api.url}/api/contact/hasContact"
    for kind in ("text/plain", "application/json;charset=latin-1", ""):
        answer = requests.post(url, b"{}", headers={"Content-Type": kind})
        assert "application/json" in answer.json()["message"][0]


def test_the_documents_own_content_type_is_taken(api):
    answer = requests.post(
        f"{api.url}/api/contact/hasContact",
        json=api.body(email="a@b.example"),
        headers={"Content-Type": "application/json;charset=UTF-8"},
    )
    assert answer.json()["success"] is True


def test_get_is_not_allowed_and_other_paths_are_not_found(api):
    assert requests.get(f"{api.url}/api/contact/upsert").status_code == 405
    assert requests.post(f"{api.url}/api/contact/unknown", json={}).status_code == 404


def test_api_v2_wants_a_request_time_and_mobile_push_does_not(api):
    missing = refusal_of(api, "contact/hasContact", email="a@b.example", requestTime=...)
    assert missing == "requestTime: not given"
    push = {"applicationId": "app", "owner": ...}
    assert api.post("mobile/push/list", requestTime=..., **push)["success"] is True


LONG = "x" * 256

BAD_UPSERTS = {
    "contact.email: not an e-mail address": {"contact": {"email": "no at sign"}},
    "contact.email: longer than 254 characters": {
        "contact": {"email": f"a@{'b' * 60}.{'c' * 63}.{'d' * 63}.{'e' * 63}.fr"}
    },
    "contact.contactId: not a UUID": {"contact": {"contactId": "12"}},
    "contact.email: not given, nor contactId": {"contact": {"name": "Ann"}},
    "contact.name: longer than 255 characters": {"contact": {"email": "a@b.example", "name": LONG}},
    "contact.phone: must be text, not a number": {"contact": {"email": "a@b.example", "phone": 1}},
    "contact.address.city: longer than 255 characters": {
        "contact": {"email": "a@b.example", "address": {"city": LONG}}
    },
    "contact.tags: unknown field": {"contact": {"email": "a@b.example", "tags": []}},
    "birthday: must be yyyyMMdd or MMdd": {"birthday": "1987-06-05"},
    "birthday: no such date": {"birthday": "19870230"},
    "forceOptIn: must be true or false, not text": {"forceOptIn": "true"},
    "newEmail: not an e-mail address": {"newEmail": "new"},
    "province: longer than 255 characters": {"province": LONG},
    "tags[1]: longer than 255 characters": {"tags": ["A", LONG]},
    "tags[0]: empty": {"tags": [""]},
    "removeTags: must be an array, not text": {"removeTags": "A"},
    "properties.size: longer than 255 characters": {"properties": {"size": LONG}},
    "properties.size: must be text, not a number": {"properties": {"size": 10}},
    "dictionaryProperties[0].name: shorter than 3 characters": {
        "dictionaryProperties": [{"name": "ab", "type": "NUMBER", "value": 1}]
    },
    "dictionaryProperties[0].value: less than 1": {
        "dictionaryProperties": [{"name": "abc", "type": "NUMBER", "value": 0}]
    },
    "dictionaryProperties[0].type: not one of ['DATE', 'NUMBER']": {
        "dictionaryProperties": [{"name": "abc", "type": "TEXT", "value": 1}]
    },
    "dictionaryProperties[0].value: not given": {
        "dictionaryProperties": [{"name": "abc", "type": "NUMBER"}]
    },
    "consentDetails[0].consentName: longer than 30 characters": {
        "consentDetails": [{"consentName": "x" * 31}]
    },
    "consentDetails[0].agreementDate: must be a whole number, not text": {
        "consentDetails": [{"consentName": "TERMS", "agreementDate": "2024-01-01"}]
    },
    "state: unknown field": {"state": "CUSTOMER"},
}


@pytest.mark.parametrize(("message", "item"), BAD_UPSERTS.items(), ids=list(BAD_UPSERTS))
def test_an_upsert_that_breaks_a_limit_is_refused_with_the_fields_name(api, message, item):
    item = {"contact": {"email": "a@b.example"}, **item}
    assert refusal_of(api, "contact/upsert", **item) == message


@pytest.mark.parametrize(("message", "item"), BAD_UPSERTS.items(), ids=list(BAD_UPSERTS))
def test_one_malformed_upsert_refuses_its_whole_batch_and_is_named_by_index(api, message, item):
    good = {"contact": {"email": "good@b.example"}}
    bad = {"contact": {"email": "a@b.example"}, **item}
    refused = refusal_of(api, "contact/batchupsertv2", upsertDetails=[good, bad])
    assert refused == f"upsertDetails[1].{message}"
    assert api.control.contact("good@b.example") is None


BAD_EVENTS = {
    "contactEvent.date: not given": {"date": ...},
    "contactEvent.date: must be a whole number, not text": {"date": "1700000000000"},
    "contactEvent.contactExtEventType: not given": {"contactExtEventType": ...},
    "contactEvent.products: longer than 2048 characters": {"products": "x" * 2049},
    "contactEvent.description: longer than 2048 characters": {"description": "x" * 2049},
    "contactEvent.value: more than 2 decimals": {"value": 1.999},
    "contactEvent.value: more than 19 digits before the point": {"value": 10**19},
    "contactEvent.value: must be a number, not text": {"value": "1.99"},
    "contactEvent.location: does not fit [A-Za-z_][A-Za-z0-9_]*": {"location": "1shop"},
    "contactEvent.location: longer than 255 characters": {"location": LONG},
    "contactEvent.externalId: longer than 255 characters": {"externalId": LONG},
    "contactEvent.detail20: longer than 255 characters": {"detail20": LONG},
    "contactEvent.detail21: unknown field": {"detail21": "x"},
}


@pytest.mark.parametrize(("message", "fields"), BAD_EVENTS.items(), ids=list(BAD_EVENTS))
def test_an_event_that_breaks_a_limit_is_refused_alone_and_with_its_batch(
    api, event, message, fields
):
    api.create("ann@shop.example")
    bad = event(**fields)
    assert refusal_of(api, "v2/contact/addContactExtEvent", **bad) == message
    refused = refusal_of(api, "contact/batchAddContactExtEvent", events=[event(), bad])
    assert refused == f"events[1].{message}"
    assert api.control.contact("ann@shop.example")["events"] == []


def test_an_unknown_event_type_and_one_in_lower_case_are_refused(api, event):
    for kind in ("purchase", "SOMETHING_ELSE"):
        bad = event(contactExtEventType=kind)
        assert "contactExtEventType: not one of" in refusal_of(
            api, "v2/contact/addContactExtEvent", **bad
        )


@pytest.mark.parametrize(
    ("count", "message"), [(0, ": empty"), (1001, ": 1001 elements, more than 1000"), (1000, None)]
)
def test_batches_hold_one_to_a_thousand_items(api, event, count, message):
    upserts = [{"contact": {"email": f"u{n}@b.example"}} for n in range(count)]
    events = [event(external_id=str(n)) for n in range(count)]
    for method, name, items in (
        ("contact/batchupsertv2", "upsertDetails", upserts),
        ("contact/batchAddContactExtEvent", "events", events),
    ):
        if message:
            assert refusal_of(api, method, **{name: items}) == f"{name}{message}"
        else:
            assert api.post(method, **{name: items})["success"] is True


def test_contact_list_takes_at_most_fifty_addresses(api):
    addresses = [f"u{n}@b.example" for n in range(51)]
    assert api.post("contact/list", email=addresses[:50])["success"] is True
    refused = refusal_of(api, "contact/list", email=addresses)
    assert refused == "email: 51 elements, more than 50"


CUSTOM = {"title": {"text": "T"}, "content": {"text": "C"}, "deeplink": {"text": "app://x"}}
TO_ANN = {"email": "ann@shop.example"}
TO_MANY = {"contacts": [{"addresseeType": "EMAIL", "value": "ann@shop.example"}]}
BIG = {f"{n:02}": "x" * 255 for n in range(16)}

BAD_PUSHES = [
    ("send", {**TO_ANN}, "pushId: not given"),
    ("send", {**TO_ANN, "pushId": "7"}, "pushId: not a UUID"),
    ("send", {"pushId": UUID}, "email: not given, nor contactId nor userId"),
    (
        "send",
        {**TO_ANN, "pushId": UUID, "userId": "1"},
        "email: only one of email, contactId, userId may be given",
    ),
    (
        "send",
        {**TO_ANN, "pushId": UUID, "applicationId": LONG},
        "applicationId: longer than 255 characters",
    ),
    (
        "send",
        {**TO_ANN, "pushId": UUID, "properties": {str(n): "" for n in range(17)}},
        "properties: 17 entries, more than 16",
    ),
    (
        "send",
        {**TO_ANN, "pushId": UUID, "properties": {"a": LONG}},
        "properties.a: longer than 255 characters",
    ),
    (
        "send",
        {**TO_ANN, "pushId": UUID, "properties": BIG | {"15": "é" * 255}},
        ": 4367 bytes of notification, more than 4096",
    ),
    ("send", {**TO_ANN, "pushId": UUID, "sendToAllDevices": "yes"}, "sendToAllDevices: must be"),
    ("sendCustom", {**TO_ANN, **CUSTOM, "title": {"text": LONG}}, "title.text: longer than 255"),
    ("sendCustom", {**TO_ANN, "title": CUSTOM["title"]}, "deeplink: not given"),
    ("sendCustom", {**TO_ANN, **CUSTOM, "content": {"text": "x" * 2049}}, "content.text: longer"),
    ("sendMass", {"pushId": UUID, "contacts": []}, "contacts: empty"),
    (
        "sendMass",
        {"pushId": UUID, "contacts": [{"addresseeType": "email", "value": "a@b.example"}]},
        "contacts[0].addresseeType: not one of",
    ),
    (
        "sendMass",
        {"pushId": UUID, "contacts": [{"addresseeType": "EMAIL", "value": "a@b.example, b"}]},
        "contacts[0].value: not an e-mail address",
    ),
    (
        "sendMass",
        {"pushId": UUID, "contacts": [{"addresseeType": "TAG", "value": LONG}]},
        "contacts[0].value: longer than 255 characters",
    ),
    ("sendMassCustom", {**TO_MANY, **CUSTOM}, "imageUrl: not given"),
]


@pytest.mark.parametrize(
    ("method", "fields", "message"), BAD_PUSHES, ids=lambda part: str(part)[:40]
)
def test_a_push_that_breaks_a_limit_is_refused(api, method, fields, message):
    body = {"owner": ..., "applicationId": "app", **fields}
    assert refusal_of(api, f"mobile/push/{method}", **body).startswith(message.lstrip(": "))
    assert api.control.pushes() == []


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"email": "a@b.example", "coupon": LONG}, "coupon: longer than 255 characters"),
        ({"email": "a@b.example"}, "coupon: not given"),
        ({"email": "nobody", "coupon": "SB-1"}, "email: not an e-mail address"),
    ],
)
def test_a_redemption_that_breaks_a_limit_is_refused(api, fields, message):
    assert refusal_of(api, "contact/useContactCoupon", owner=..., **fields) == message


@pytest.mark.parametrize(
    "email",
    [
        "o'brien+tag@shop.example",
        f"{'x' * 64}@shop.example",
        "żółw@shop.example",
        "a@münchen.example",
    ],
)
def test_unusual_but_valid_addresses_are_taken(api, email):
    assert api.post("contact/hasContact", email=email)["success"] is True


@pytest.mark.parametrize(
    "email",
    [
        "",
        "a b@shop.example",
        "a@shop",
        "a@@shop.example",
        "a@-shop.example",
        ".a@shop.example",
        "a..b@shop.example",
        f"{'x' * 65}@shop.example",
        5,
    ],
)
def test_what_is_no_address_is_refused(api, email):
    assert refusal_of(api, "contact/hasContact", email=email).startswith("email: ")
