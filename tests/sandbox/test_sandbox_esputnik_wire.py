"""What eSputnik refuses before it reads a request, how it writes its answers, and every fault."""

import time

import pytest
import requests
from requests.exceptions import ChunkedEncodingError, ReadTimeout

from batchline.systems.registry import operations
from tests.conformance.wire import documented

ANN, BOB = "ann@shop.example", "bob@shop.example"
EVENT = {"eventTypeKey": "testEvent", "keyValue": ANN}


@pytest.mark.parametrize("operation", operations("esputnik"))
def test_every_operations_documented_request_is_taken(esputnik, operation):
    for number in range(17):
        esputnik.add(f"u{number}@shop.example")
    esputnik.add("x@shop.example", externalCustomerId="X")
    document = documented("esputnik", operation)
    method, _, path = document["request"].partition(" /api/")
    answer = esputnik.send(method, path, document["body"])
    assert answer.status_code == 200, answer.text
    assert "failed" not in answer.text
    assert set(esputnik.outcomes(operation)) <= {"applied", "missing"}


@pytest.mark.parametrize(
    "auth",
    [None, ("anybody", "wrong"), ("sandbox-key", ""), ("anybody", "Sandbox-Key")],
    ids=str,
)
def test_a_wrong_key_is_answered_with_a_401_whose_json_says_so(esputnik, auth):
    url = f"{esputnik.url}/api/v1/contact"
    answer = requests.post(url, json=esputnik.contact(ANN), auth=auth)
    assert (answer.status_code, answer.json()["status"]) == (401, 401)
    assert esputnik.found(ANN) is None


@pytest.mark.parametrize("header", ["Bearer sandbox-key", "Basic !", "Basic /w==", "Basic"])
def test_credentials_that_cannot_be_read_are_wrong(esputnik, header):
    answer = requests.post(
        f"{esputnik.url}/api/v1/event", json=EVENT, headers={"Authorization": header}
    )
    assert answer.status_code == 401


def test_any_user_name_is_taken_an_empty_one_too_and_names_the_client(esputnik):
    for user in ("", "anybody", "kyiv"):
        esputnik.session.auth = (user, "sandbox-key")
        esputnik.post("v1/event", **EVENT)
    assert len(esputnik.control.ledger(client_id="kyiv")) == 1


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"\xff", b"NaN"])
def test_a_body_that_is_no_json_object_is_refused_in_plain_text(esputnik, body):
    answer = esputnik.send(
        "POST", "v1/contacts", data=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 400
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.text.startswith("[sandbox] the body must be a JSON object")


BAD_BULKS = {
    "dedupeOn: not one of": {"dedupeOn": "phone"},
    "fieldId: not given": {"dedupeOn": "fieldId"},
    "contactFields[0]: not one of": {"contactFields": ["surname"]},
    "customFieldsIDs[0]: does not fit": {"customFieldsIDs": ["seven"]},
    "groupNames: must be an array": {"groupNames": "Customers"},
    "restoreDeleted: must be true or false": {"restoreDeleted": "true"},
    "eventKeyForNewContacts: does not fit": {"eventKeyForNewContacts": "new contact"},
    "customFieldsIds: unknown field": {"customFieldsIds": [7]},
}


@pytest.mark.parametrize(("words", "options"), BAD_BULKS.items(), ids=list(BAD_BULKS))
def test_a_wrong_option_refuses_the_whole_bulk_upsert(esputnik, words, options):
    body = {"contacts": [esputnik.contact(ANN)], **options}
    answer = esputnik.send("POST", "v1/contacts", body)
    assert answer.status_code == 400
    assert answer.text.startswith(f"[sandbox] {words}")
    assert esputnik.found(ANN) is None


BAD_CONTACTS = {
    "channels: not given, nor externalCustomerId": {"channels": None},
    "channels: empty": {"channels": []},
    "channels[0].type: not one of": {"channels": [{"type": "phone", "value": "1"}]},
    "channels[0].value: not given": {"channels": [{"type": "email"}]},
    "channels[0].value: not a phone number": {"channels": [{"type": "sms", "value": "38 094"}]},
    "firstName: must be text": {"firstName": 5},
    "address.city: unknown field": {"address": {"city": "Kyiv"}},
    "fields[0].value: must be text": {"fields": [{"id": 1, "value": 5}]},
    "fields[0].id: does not fit": {"fields": [{"id": "x", "value": "5"}]},
}


@pytest.mark.parametrize(("words", "fields"), BAD_CONTACTS.items(), ids=list(BAD_CONTACTS))
def test_a_wrong_contact_is_refused_with_the_fields_name(esputnik, words, fields):
    body = {**esputnik.contact(ANN), **fields}
    for path, whole, place in (
        ("v1/contact", body, ""),
        ("v1/contact/subscribe", {"contact": body}, "contact."),
    ):
        answer = esputnik.send("POST", path, whole)
        assert answer.status_code == 400
        assert answer.text.startswith(f"[sandbox] {place}{words}")


def test_other_paths_methods_and_ids_that_are_no_numbers_are_not_served(esputnik):
    assert esputnik.send("GET", "v1/orders").status_code == 405
    assert esputnik.send("POST", "v1/contact/x", {}).status_code == 404
    assert esputnik.send("POST", "v3/event", EVENT).status_code == 404


def test_lists_of_one_collapse_everywhere_or_nowhere_if_that_is_set(esputnik):
    invalid = esputnik.contact("eve@invalid.example")
    plain = esputnik.bulk(invalid)
    assert len(plain["failedContacts"]) == 1
    esputnik.control.settings(esputnik_collapse="everything")
    collapsed = esputnik.bulk(invalid)
    assert collapsed["failedContacts"]["channels"] == invalid["channels"][0]
    session = esputnik.bulk(esputnik.contact(ANN))["asyncSessionId"]
    mapping = esputnik.send("GET", f"v1/importstatus/{session}").json()["mapping"]
    assert mapping == {"dedupeValue": ANN, "contactId": str(esputnik.found(ANN)["id"])}
    esputnik.control.settings(esputnik_collapse="nothing")
    sent = esputnik.post("v1/message/5/smartsend", recipients=[{"locator": ANN}]).json()
    assert [result["locator"] for result in sent["results"]] == [ANN]


ORDER = {
    "externalOrderId": "1",
    "email": ANN,
    "totalCost": 5,
    "status": "DELIVERED",
    "date": "2026-01-01",
}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("v1/contact", {"externalCustomerId": "a-1"}),
        ("v1/contacts", {"contacts": [{"externalCustomerId": "a-1"}]}),
        ("v1/orders", {"orders": [ORDER]}),
    ],
)
def test_the_same_request_again_within_the_window_is_a_duplicated_request(esputnik, path, body):
    statuses = [esputnik.send("POST", path, body).status_code for _ in range(2)]
    assert statuses == [200, 200], "the guard is off"
    esputnik.control.settings(esputnik_duplicate_window=600)
    again = esputnik.send("POST", path, body)
    assert (again.status_code, again.text) == (409, "Duplicated request")
    time.sleep(0.02)
    esputnik.control.settings(esputnik_duplicate_window=0.01)
    assert esputnik.send("POST", path, body).status_code == 200


def test_a_request_that_was_refused_or_lost_is_no_duplicate(esputnik):
    esputnik.control.settings(esputnik_duplicate_window=60)
    esputnik.control.fault("status", status=503, times=1)
    wrong = [esputnik.send("POST", "v1/contact", {"channels": []}).status_code for _ in range(2)]
    assert wrong == [503, 400]
    assert esputnik.add(ANN) == 1


def test_events_are_never_duplicated_requests(esputnik):
    esputnik.control.settings(esputnik_duplicate_window=60)
    for _ in range(2):
        esputnik.post("v1/event", **EVENT)
    assert esputnik.control.summary()["event.add"]["repeated"] == 1


def test_requests_above_the_rate_are_answered_429_without_retry_after(esputnik):
    esputnik.control.settings(esputnik_per_second=1)
    statuses = []
    for _ in range(5):
        answer = esputnik.send("POST", "v1/event", EVENT)
        statuses.append(answer.status_code)
        assert "Retry-After" not in answer.headers
    assert statuses[0] == 200
    assert 429 in statuses
    esputnik.control.settings(esputnik_per_second=0)
    esputnik.post("v1/event", **EVENT)
    assert "refused" in esputnik.outcomes("event.add")


# The faults of every API, on this one's paths.


def test_status_answers_with_that_status_and_has_no_effect(esputnik):
    esputnik.control.fault("status", {"path": "/api/v1/event"}, status=500, times=1)
    assert esputnik.send("POST", "v1/event", EVENT).status_code == 500
    assert esputnik.control.esputnik.events() == []
    assert esputnik.outcomes("event.add") == ["faulted"]


def test_reject_refuses_the_whole_request_in_plain_text(esputnik):
    esputnik.control.fault("reject", {"operation": "order.*"}, times=1)
    answer = esputnik.send("POST", "v1/orders", {"orders": [ORDER]})
    assert (answer.status_code, answer.text) == (400, "[sandbox] refused by a fault")
    assert esputnik.control.esputnik.orders() == []


def test_reject_items_refuses_single_items_where_an_answer_can_say_so(esputnik):
    esputnik.control.fault("reject_items")
    assert len(esputnik.bulk(esputnik.contact(ANN))["failedContacts"]) == 1
    assert len(esputnik.post("v1/orders", orders=[ORDER]).json()["failedOrders"]) == 1
    sent = esputnik.post("v1/message/5/smartsend", recipients=[{"locator": ANN}]).json()
    assert sent["results"]["status"] == "ERROR"
    unsubscribed = esputnik.send("POST", "v1/emails/unsubscribed/add", {"emails": [ANN]})
    assert unsubscribed.status_code == 400
    assert esputnik.found(ANN) is None


def test_hang_answers_nothing_until_the_client_goes(esputnik):
    esputnik.control.fault("hang", times=1)
    with pytest.raises(ReadTimeout):
        esputnik.send("POST", "v1/event", EVENT, timeout=0.2)
    assert esputnik.control.esputnik.events() == []


def test_half_an_answer_of_a_request_that_took_effect(esputnik):
    esputnik.control.fault("half", after_apply=True, times=1)
    with pytest.raises(ChunkedEncodingError, match="IncompleteRead"):
        esputnik.send("POST", "v1/contact", esputnik.contact(ANN))
    assert esputnik.found(ANN) is not None


def test_reset_drops_the_connection(esputnik):
    esputnik.control.fault("reset", times=1)
    with pytest.raises(requests.exceptions.ConnectionError):
        esputnik.send("POST", "v1/event", EVENT)


def test_html_and_truncated_json_come_instead_of_the_answer(esputnik):
    esputnik.control.fault("html", status=200, times=1)
    assert esputnik.send("POST", "v1/contact", esputnik.contact(ANN)).text.startswith("<html>")
    esputnik.control.fault("truncated", after_apply=True, times=1)
    cut = esputnik.send("POST", "v1/contact", esputnik.contact(ANN))
    assert (cut.status_code, cut.text) == (200, '{"id')


def test_scripts_reach_items_by_the_ledgers_ids(esputnik):
    calls = {
        ANN: ("v1/contacts", {"contacts": [esputnik.contact(ANN.upper())]}),
        "order-1": ("v1/event", {**EVENT, "keyValue": "order-1"}),
        "1": ("v1/orders", {"orders": [ORDER]}),
        BOB: ("v1/message/5/smartsend", {"recipients": [{"locator": BOB}]}),
        "eve@shop.example": ("v1/emails/unsubscribed/add", {"emails": ["eve@shop.example"]}),
        "7:1": ("v1/group/7/contacts/attach", {"contactIds": [1]}),
    }
    for name, (path, body) in calls.items():
        esputnik.control.script(name, [502, 200])
        assert [esputnik.send("POST", path, body).status_code for _ in range(2)] == [502, 200]


def test_a_reject_script_names_the_place_of_its_item(esputnik):
    esputnik.control.script(BOB, ["reject"])
    body = {"contacts": [esputnik.contact(ANN), esputnik.contact(BOB)]}
    answer = esputnik.send("POST", "v1/contacts", body)
    assert (answer.status_code, answer.text) == (400, "[sandbox] contacts[1]: refused by a fault")


def test_a_reset_forgets_contacts_and_guards(esputnik):
    esputnik.add(ANN)
    esputnik.control.reset()
    assert esputnik.found(ANN) is None
    esputnik.control.settings(esputnik_duplicate_window=60)
    assert esputnik.add(ANN) == 1
