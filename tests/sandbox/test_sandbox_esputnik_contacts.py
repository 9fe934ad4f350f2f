"""eSputnik's contacts, one at a time and in bulk, as the documents describe them."""

import time

import pytest

from tests.conformance.wire import documented

ANN, BOB = "ann@shop.example", "bob@shop.example"
#: Every field that a bulk upsert can overwrite.
FULL = {
    "firstName": "Ann",
    "lastName": "Lee",
    "address": {"town": "Kyiv", "postcode": "01001"},
    "fields": [{"id": 7, "value": "gold"}],
}


def status(esputnik, session):
    return esputnik.send("GET", f"v1/importstatus/{session}").json()


def test_the_documents_own_bulk_upsert_makes_a_contact_a_segment_and_an_event(esputnik):
    esputnik.post("v1/contacts", **documented("esputnik", "contact.upsert")["body"])
    found = esputnik.found("mail@example.com")
    assert (found["firstName"], found["confirmed"]) == ("John", True)
    assert found["address"]["town"] == "London"
    assert found["fields"] == [{"id": 12345, "value": "..."}]
    assert esputnik.control.esputnik.segments() == {"Customers": [found["id"]], "Subscribers": []}
    (event,) = esputnik.control.esputnik.events()
    assert (event["eventTypeKey"], event["keyValue"]) == ("newContact", "mail@example.com")
    assert {param["name"]: param["value"] for param in event["params"]} == {
        "contactId": str(found["id"]),
        "EmailAddress": "mail@example.com",
        "SMS": "380942583691",
    }


def test_a_known_contact_makes_no_event_for_new_contacts(esputnik):
    esputnik.add(ANN)
    esputnik.bulk(esputnik.contact(ANN), eventKeyForNewContacts="newContact")
    assert esputnik.control.esputnik.events() == []


def test_a_bulk_upsert_takes_effect_after_the_create_delay_and_its_status_says_so(esputnik):
    esputnik.control.settings(create_delay=600)
    session = esputnik.bulk(esputnik.contact(ANN))["asyncSessionId"]
    answered = time.monotonic()
    assert esputnik.found(ANN) is None
    assert status(esputnik, session)["status"] == "STARTED"
    assert esputnik.outcomes("contact.upsert") == ["pending"]
    time.sleep(1)
    esputnik.control.settings(create_delay=1.9 * (time.monotonic() - answered))
    assert status(esputnik, session)["status"] == "IMPORTING"
    esputnik.control.settings(create_delay=0)
    done = status(esputnik, session)
    assert done["status"] == "FINISHED"
    assert done["mapping"] == [{"dedupeValue": ANN, "contactId": esputnik.found(ANN)["id"]}]
    assert esputnik.outcomes("contact.upsert") == ["applied"]


def test_the_status_of_an_unknown_import_is_not_found(esputnik):
    assert esputnik.send("GET", "v1/importstatus/nothing").status_code == 404


def test_without_contact_fields_every_field_is_overwritten_and_what_is_missing_is_wiped(esputnik):
    esputnik.add(ANN, **FULL)
    esputnik.bulk(esputnik.contact(ANN, firstName="Anna"))
    found = esputnik.found(ANN)
    assert found["firstName"] == "Anna"
    assert "lastName" not in found
    assert found["address"] == {}
    assert found["fields"] == [{"id": 7, "value": "gold"}]


def test_with_contact_fields_only_those_change(esputnik):
    esputnik.add(ANN, **FULL)
    change = esputnik.contact(ANN, firstName="Anna", lastName="Ng")
    esputnik.bulk(change, contactFields=["firstName", "town"])
    found = esputnik.found(ANN)
    assert (found["firstName"], found["lastName"]) == ("Anna", "Lee")
    assert found["address"] == {"postcode": "01001"}


def test_custom_fields_change_only_if_they_are_listed(esputnik):
    esputnik.add(ANN, **FULL)
    change = esputnik.contact(ANN, fields=[{"id": 7, "value": "silver"}, {"id": "8", "value": "x"}])
    esputnik.bulk(change)
    assert esputnik.found(ANN)["fields"] == [{"id": 7, "value": "gold"}]
    esputnik.bulk(change, customFieldsIDs=[7, "8"])
    expected = [{"id": 7, "value": "silver"}, {"id": 8, "value": "x"}]
    assert esputnik.found(ANN)["fields"] == expected
    esputnik.bulk(esputnik.contact(ANN), customFieldsIDs=[7])
    assert esputnik.found(ANN)["fields"] == [{"id": 8, "value": "x"}]


def test_the_field_that_dedupe_on_names_is_not_itself_updated(esputnik):
    esputnik.add(ANN, externalCustomerId="a-1")
    esputnik.bulk(esputnik.contact(BOB, externalCustomerId="a-1", firstName="Ann"))
    assert esputnik.found(BOB) is None
    assert esputnik.found(ANN)["firstName"] == "Ann"
    esputnik.bulk(esputnik.contact(BOB, externalCustomerId="a-1"), dedupeOn="externalCustomerId")
    assert esputnik.found(BOB)["externalCustomerId"] == "a-1"


def test_an_external_id_goes_before_dedupe_on(esputnik):
    by_id = esputnik.add(ANN, externalCustomerId="a-1")
    esputnik.add(BOB)
    esputnik.bulk(esputnik.contact(BOB, externalCustomerId="a-1", firstName="Ann"))
    assert esputnik.found(ANN)["id"] == by_id
    assert esputnik.found(ANN)["firstName"] == "Ann"
    assert "firstName" not in esputnik.found(BOB)


def test_a_new_external_id_is_given_to_the_contact_with_the_address_that_has_none(esputnik):
    known = esputnik.add(ANN)
    esputnik.bulk(esputnik.contact(ANN, externalCustomerId="a-1"))
    found = esputnik.found(ANN)
    assert (found["id"], found["externalCustomerId"]) == (known, "a-1")
    esputnik.bulk(esputnik.contact(ANN, externalCustomerId="a-2"))
    assert esputnik.found(ANN)["id"] != known
    assert esputnik.found(ANN)["contacts_with_address"] == 2


def test_of_several_contacts_with_the_address_the_most_recently_changed_is_meant(esputnik):
    first = esputnik.add(ANN, externalCustomerId="a-1")
    second = esputnik.add(ANN, externalCustomerId="a-2")
    assert esputnik.add(ANN, firstName="Ann") == second
    esputnik.send("PUT", f"v1/contact/{first}", {"firstName": "Anna"})
    assert esputnik.add(ANN) == first != second


@pytest.mark.parametrize(
    ("dedupe_on", "contact", "options"),
    [
        ("sms", {"channels": [{"type": "sms", "value": "+380942583691"}]}, {}),
        ("email_or_sms", {"channels": [{"type": "sms", "value": "380942583691"}]}, {}),
        ("fieldId", {"channels": [], "fields": [{"id": 7, "value": "gold"}]}, {"fieldId": 7}),
        ("mobilepush", {"channels": [{"type": "mobilepush", "value": "token-1"}]}, {}),
        ("id", {}, {}),
    ],
)
def test_dedupe_on_says_by_what_a_contact_is_looked_for(esputnik, dedupe_on, contact, options):
    channels = [
        {"type": "email", "value": ANN},
        {"type": "sms", "value": "380942583691"},
        {"type": "mobilepush", "value": "token-1", "device": {"appId": "app", "active": True}},
    ]
    known = esputnik.post(
        "v1/contact", channels=channels, fields=[{"id": 7, "value": "gold"}]
    ).json()["id"]
    contact = contact or {"id": known}
    if not contact.get("channels"):
        contact["channels"] = [{"type": "webpush", "value": "other"}]
    esputnik.bulk(
        {**contact, "firstName": "Ann"}, dedupeOn=dedupe_on, contactFields=["firstName"], **options
    )
    found = esputnik.found(ANN)
    assert (found["id"], found["firstName"]) == (known, "Ann")


def test_what_is_wrong_with_a_contact_is_in_failed_contacts_and_the_others_are_taken(esputnik):
    good, bad = esputnik.contact(ANN), esputnik.contact("no address")
    invalid = esputnik.contact("eve@invalid.example")
    unknown = esputnik.contact(BOB, nickname="B")
    missing = {"channels": [{"type": "sms", "value": "380942583691"}]}
    answer = esputnik.bulk(good, bad, invalid, unknown, missing, "no object")
    assert [failed["message"] for failed in answer["failedContacts"]] == [
        "[sandbox] channels[0].value: not an e-mail address",
        "[sandbox] channels[0].value: the address is invalid",
        "[sandbox] nickname: unknown field",
        "[sandbox] email: not given, so it cannot be looked for",
        "[sandbox] must be an object, not text",
    ]
    assert answer["failedContacts"][0]["channels"] == bad["channels"]
    assert esputnik.found(ANN) is not None
    assert esputnik.outcomes("contact.upsert") == ["applied", *["refused"] * 5]


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("identifiers", "eve@invalid.example"),
        ("reasons", {"eve@invalid.example": "[sandbox] channels[0].value: the address is invalid"}),
    ],
)
def test_failed_contacts_come_in_the_form_that_is_set(esputnik, form, expected):
    esputnik.control.settings(esputnik_failed=form)
    answer = esputnik.bulk(esputnik.contact("eve@invalid.example"))
    assert answer["failedContacts"] == [expected]


def test_the_external_id_of_a_deleted_contact_fails_unless_it_is_to_be_restored(esputnik):
    known = esputnik.add(ANN, externalCustomerId="a-1")
    esputnik.send("DELETE", f"v1/contact/{known}")
    again = esputnik.contact(ANN, externalCustomerId="a-1")
    (failed,) = esputnik.bulk(again)["failedContacts"]
    assert "deleted" in failed["message"]
    assert esputnik.found(ANN) is None
    assert "failedContacts" not in esputnik.bulk(again, restoreDeleted=True)
    assert esputnik.found(ANN)["id"] == known


def test_a_contact_deleted_while_its_import_waits_is_left_out_of_the_mapping(esputnik):
    known = esputnik.add(ANN, externalCustomerId="a-1")
    esputnik.control.settings(create_delay=600)
    session = esputnik.bulk({"externalCustomerId": "a-1"})["asyncSessionId"]
    esputnik.send("DELETE", f"v1/contact/{known}")
    esputnik.control.settings(create_delay=0)
    assert status(esputnik, session)["mapping"] == []
    assert esputnik.outcomes("contact.upsert") == ["refused"]


@pytest.mark.parametrize(("count", "taken"), [(0, False), (3000, True), (3001, False)])
def test_a_bulk_upsert_holds_one_to_three_thousand_contacts(esputnik, count, taken):
    contacts = [esputnik.contact(f"u{number}@shop.example") for number in range(count)]
    answer = esputnik.send("POST", "v1/contacts", {"contacts": contacts})
    assert answer.status_code == (200 if taken else 400)


def test_a_single_contact_is_answered_with_its_id_and_keeps_what_is_not_given(esputnik):
    first = esputnik.add(ANN, **FULL)
    assert esputnik.add(ANN.upper(), firstName="Anna") == first
    found = esputnik.found(ANN)
    assert (found["firstName"], found["lastName"]) == ("Anna", "Lee")
    assert esputnik.control.esputnik.events() == []


def test_addresses_replace_each_other_and_tokens_add_up(esputnik):
    def token(value):
        return {"type": "mobilepush", "value": value}

    known = esputnik.add(ANN, externalCustomerId="a-1")
    for address, value in ((BOB, "token-1"), (BOB, "token-2"), (BOB, "token-1")):
        channels = [{"type": "email", "value": address}, token(value)]
        esputnik.post("v1/contact", externalCustomerId="a-1", channels=channels)
    assert (esputnik.found(ANN), esputnik.found(BOB)["id"]) == (None, known)
    assert esputnik.found(BOB)["channels"][1:] == [token("token-2"), token("token-1")]


def test_a_single_contact_restores_a_deleted_one_with_its_external_id(esputnik):
    known = esputnik.add(ANN, externalCustomerId="a-1")
    esputnik.send("DELETE", f"v1/contact/{known}")
    assert esputnik.add(ANN, externalCustomerId="a-1") == known


def test_a_subscription_makes_an_unconfirmed_contact_segments_and_an_event(esputnik):
    body = {"contact": esputnik.contact(ANN), "groups": ["Subscribers"], "formType": "abc"}
    known = esputnik.post("v1/contact/subscribe", **body).json()["id"]
    assert esputnik.found(ANN)["confirmed"] is False
    assert esputnik.control.esputnik.segments() == {"Subscribers": [known]}
    esputnik.post("v1/contact/subscribe", contact=esputnik.contact(ANN))
    events = esputnik.control.esputnik.events()
    assert [event["eventTypeKey"] for event in events] == [
        "subscribeFromApi-abc",
        "subscribeUpdateFromApi",
    ]
    assert events[0]["keyValue"] == str(known)
    assert events[0]["params"] == [
        {"name": "ContactId", "value": str(known)},
        {"name": "EmailAddress", "value": ANN},
    ]


def test_an_update_answers_a_bare_sentence_that_is_labelled_as_json(esputnik):
    known = esputnik.add(ANN)
    answer = esputnik.send("PUT", f"v1/contact/{known}", {"firstName": "Ann"})
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.text == f"Contact with id='{known}' has been updated"
    assert esputnik.found(ANN)["firstName"] == "Ann"


def test_an_update_makes_no_contact_and_takes_no_external_id_of_another(esputnik):
    assert esputnik.send("PUT", "v1/contact/99", {"firstName": "Ann"}).status_code == 404
    esputnik.add(ANN, externalCustomerId="a-1")
    bob = esputnik.add(BOB)
    answer = esputnik.send("PUT", f"v1/contact/{bob}", {"externalCustomerId": "a-1"})
    assert answer.status_code == 400
    assert "externalCustomerId" not in esputnik.found(BOB)


def test_a_contact_is_deleted_by_id_and_by_external_id_and_then_not_found(esputnik):
    ann = esputnik.add(ANN)
    bob = esputnik.add(BOB, externalCustomerId="b-1")
    for known, path in (
        (ann, f"v1/contact/{ann}"),
        (bob, "v1/contact?externalCustomerId=b-1"),
    ):
        assert esputnik.send("DELETE", path).text == f"Contact with id='{known}' has been deleted"
        again = esputnik.send("DELETE", path)
        assert (again.status_code, "not found" in again.text) == (404, True)
    assert (esputnik.found(ANN), esputnik.found(BOB)) == (None, None)


def test_a_deleted_contact_is_in_no_segment_any_more(esputnik):
    esputnik.bulk(esputnik.contact(ANN), groupNames=["Customers"])
    esputnik.send("DELETE", f"v1/contact/{esputnik.found(ANN)['id']}")
    assert esputnik.control.esputnik.segments() == {"Customers": []}


def test_an_erased_contact_is_gone_and_not_restored(esputnik):
    known = esputnik.add(ANN, externalCustomerId="a-1")
    esputnik.send("DELETE", "v1/contact?externalCustomerId=a-1&erase=true")
    assert esputnik.add(ANN, externalCustomerId="a-1") != known


@pytest.mark.parametrize("query", ["", "?externalCustomerId=", "?externalCustomerId=a&erase=yes"])
def test_a_deletion_that_names_nobody_or_erases_perhaps_is_refused(esputnik, query):
    assert esputnik.send("DELETE", f"v1/contact{query}").status_code == 400


def test_a_contact_can_be_read_with_its_segments(esputnik):
    known = esputnik.add(ANN, **FULL)
    esputnik.bulk(esputnik.contact(ANN, **FULL), groupNames=["Customers"])
    found = esputnik.send("GET", f"v1/contact/{known}").json()
    assert found["groups"] == [{"id": 1, "name": "Customers", "type": "List"}]
    assert esputnik.send("GET", "v1/contact/99").status_code == 404


def test_the_search_finds_near_matches_and_counts_them(esputnik):
    esputnik.add(ANN)
    esputnik.add(f"jo{ANN}", externalCustomerId="j-1")
    answer = esputnik.send("GET", f"v1/contacts?email={ANN}")
    assert (len(answer.json()), answer.headers["TotalCount"]) == (2, "2")
    page = esputnik.send("GET", f"v1/contacts?email={ANN}&startindex=2&maxrows=1")
    assert [contact["externalCustomerId"] for contact in page.json()] == ["j-1"]
    by_id = esputnik.send("GET", "v1/contacts?externalCustomerId=j-1").json()
    assert [contact["externalCustomerId"] for contact in by_id] == ["j-1"]
    both = f"v1/contacts?email={ANN}&externalCustomerId=j-1"
    assert esputnik.send("GET", both).status_code == 400


UPLOAD = {"link": "https://shop:pass@files.shop.example/a.csv", "dedupeOn": "email"}


def test_an_import_from_a_file_has_an_id_and_a_status(esputnik):
    answer = esputnik.post("v1/contacts/upload", **UPLOAD).json()
    assert answer["valid"] is True
    status = esputnik.send("GET", f"v1/importstatus/{answer['importId']}").json()
    assert status["status"] == "FINISHED"
    assert esputnik.control.esputnik.uploads() == [UPLOAD]
    (row,) = esputnik.control.ledger(operation="contact.upload")
    assert (row["id"], row["outcome"]) == ("a.csv", "applied")


def test_a_file_that_is_not_valid_is_told_inside_a_200(esputnik):
    link = "https://invalid.example/a.csv"
    answer = esputnik.post("v1/contacts/upload", **{**UPLOAD, "link": link}).json()
    assert (answer["valid"], "importId" in answer) == (False, False)
    assert esputnik.outcomes("contact.upload") == ["refused"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"link": None}, "link: must be text"),
        ({"link": "a.csv"}, "link: not an http:// or https:// address"),
        ({"dedupeOn": "push"}, "dedupeOn: not one of"),
        ({"contacts": []}, "contacts: unknown field"),
        ({"restoreDeleted": "no"}, "restoreDeleted: must be true or false"),
    ],
)
def test_an_upload_of_the_wrong_shape_is_refused(esputnik, changes, words):
    answer = esputnik.send("POST", "v1/contacts/upload", {**UPLOAD, **changes})
    assert (answer.status_code, answer.text.startswith(f"[sandbox] {words}")) == (400, True)
    assert esputnik.control.esputnik.uploads() == []
