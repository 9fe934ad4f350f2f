"""The sandbox's Smart Sender: what its tables of methods say, and the lock that grows."""

import time

import pytest
import requests

from batchline.systems.registry import operations
from tests.conformance.wire import documented
from tests.waiting import PATIENCE

ANN = "1001"
PNG = "https://shop.example/a.png"


@pytest.fixture
def locking(smartsender):
    """Two requests in a second, and a lock of half a second."""
    smartsender.control.settings(smartsender_limit=2, smartsender_window=1, smartsender_lock=0.5)
    return smartsender


def exceed(locking):
    """Use the allowance up and ask once more."""
    while (answer := locking.send("GET", "me")).status_code == 200:
        pass
    return answer


@pytest.mark.parametrize("operation", operations("smartsender"))
def test_every_operations_documented_request_is_taken(smartsender, operation):
    document = documented("smartsender", operation)
    method, _, path = document["request"].partition(" /v1/")
    answer = smartsender.send(method, path, document["body"])
    assert answer.status_code == 200, answer.text
    assert "error" not in answer.json()
    assert [outcome for _, outcome in smartsender.rows(operation)] == ["applied"]


def test_a_request_without_a_token_is_answered_in_the_documents_word(smartsender):
    answer = requests.get(f"{smartsender.url}/v1/me", timeout=PATIENCE)
    assert (answer.status_code, answer.json()["error"]["message"]) == (401, "Unauthenticated")


def test_a_wrong_token_is_refused_with_403_and_changes_nothing(smartsender):
    headers = {"Authorization": "Bearer other"}
    body = {"values": {"x": 1}}
    code, words = smartsender.error("PUT", f"contacts/{ANN}", body, headers=headers)
    assert (code, words.startswith("[sandbox]")) == (403, True)
    assert smartsender.found(ANN)["variables"] == {}
    assert len(smartsender.control.ledger(client_id="other")) == 1


def test_an_update_sets_fields_and_variables_and_skips_what_is_invalid_without_a_word(smartsender):
    values = {"email": "ann@shop.example", "phone": "380501234567", "points": 7, "list": [1]}
    smartsender.done("PUT", f"contacts/{ANN}", {"values": values})
    smartsender.done("PUT", f"contacts/{ANN}", {"values": {"email": "no", "vip": True}})
    found = smartsender.send("GET", f"contacts/{ANN}/info").json()
    assert (found["email"], found["phone"]) == ("ann@shop.example", None)
    assert found["variables"] == {"points": 7, "vip": True}


@pytest.mark.parametrize("body", [None, {}, {"values": []}, {"values": {}, "more": 1}])
def test_an_update_without_values_is_an_error(smartsender, body):
    code, words = smartsender.error("PUT", f"contacts/{ANN}", body)
    assert (code, words.startswith("[sandbox]")) == (400, True)
    assert [outcome for _, outcome in smartsender.rows("contact.update")] == ["refused"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "contacts/404-a", {"values": {"x": 1}}),
        ("POST", "contacts/404-a/fire", {"name": "Paid"}),
        ("POST", "contacts/404-a/tags/1", None),
        ("DELETE", "contacts/404-a/funnels/f", None),
        ("POST", f"contacts/{ANN}/unite/404-a", None),
        ("POST", "contacts/404-a/send", {"type": "text", "content": "Hello"}),
        ("GET", "contacts/404-a/info", None),
    ],
)
def test_a_contact_that_does_not_exist_is_a_404(smartsender, method, path, body):
    assert smartsender.error(method, path, body)[0] == 404
    assert {row["outcome"] for row in smartsender.control.ledger()} <= {"missing"}


def test_a_contact_can_be_made_whatever_its_id(smartsender):
    smartsender.control.smartsender.put_contact("404-a", firstName="Ann", points=1)
    smartsender.done("POST", "contacts/404-a/fire", {"name": "Paid"})
    found = smartsender.found("404-a")
    assert (found["fullName"], found["variables"]) == ("Ann", {"points": 1})


def test_an_event_is_told_by_its_name_and_its_contact(smartsender):
    for _ in range(2):
        smartsender.done("POST", f"contacts/{ANN}/fire", {"name": "OrderPaid"})
    assert smartsender.rows("event.fire") == [(f"OrderPaid@{ANN}", "applied")] * 2
    assert smartsender.control.smartsender.fired() == [{"contact": ANN, "name": "OrderPaid"}] * 2


def test_tags_and_funnels_come_and_go_and_twice_is_once(smartsender):
    for method, tags in (("POST", ["7"]), ("POST", ["7"]), ("DELETE", []), ("DELETE", [])):
        smartsender.done(method, f"contacts/{ANN}/tags/7")
        smartsender.done(method, f"contacts/{ANN}/funnels/key-7")
        found = smartsender.found(ANN)
        assert (found["tags"], [key[-1] for key in found["funnels"]]) == (tags, tags)
    assert smartsender.rows("tag.remove")[0] == (f"7@{ANN}", "applied")


@pytest.mark.parametrize("path", ["tags/404", "funnels/404"])
def test_what_does_not_exist_is_not_given_to_a_contact(smartsender, path):
    assert smartsender.error("POST", f"contacts/{ANN}/{path}")[0] == 404
    assert [row["outcome"] for row in smartsender.control.ledger()] == ["refused"]


def test_uniting_keeps_the_first_contacts_values_and_takes_what_it_has_not(smartsender):
    account = smartsender.control.smartsender
    account.put_contact("1", firstName="Ann", points=1)
    account.put_contact("2", firstName="Bob", phone="+380501234567", points=2, size="M")
    for contact, tag in (("1", "a"), ("2", "b")):
        smartsender.done("POST", f"contacts/{contact}/tags/{tag}")
    smartsender.done("POST", "contacts/1/unite/2")
    found = account.contact("1")
    assert (found["firstName"], found["phone"]) == ("Ann", "+380501234567")
    assert found["variables"] == {"points": 1, "size": "M"}
    assert found["tags"] == ["a", "b"]
    assert account.contact("2") is None
    assert smartsender.error("POST", "contacts/1/unite/1")[0] == 400


def test_null_clears_a_field_and_a_variable(smartsender):
    smartsender.control.smartsender.put_contact(ANN, firstName="Ann", points=1, size="M")
    values = {"firstName": None, "points": None, "unknown": None}
    smartsender.done("PUT", f"contacts/{ANN}", {"values": values})
    found = smartsender.found(ANN)
    assert (found["firstName"], found["variables"]) == (None, {"size": "M"})


def test_a_contact_is_found_by_a_part_of_a_field_and_has_its_gates(smartsender):
    for number in ("380501234567", "380501234568"):
        body = {"identifier": number, "firstName": "Ann", "phone": f"+{number}"}
        smartsender.send("POST", "channels/7/gates", body)
    search = smartsender.send("GET", "contacts/search?page=1&limitation=20&term=380501234568")
    (found,) = search.json()["collection"]
    gates = smartsender.send("GET", f"contacts/{found['id']}/gates?page=1&limitation=20").json()
    assert [gate["id"] for gate in gates["collection"]] == [2]


@pytest.mark.parametrize(
    "query", ["page=0&term=a", "limitation=21&term=a", "page=x&term=a", "page=1&limitation=20"]
)
def test_a_search_keeps_to_the_documents_table(smartsender, query):
    assert smartsender.error("GET", f"contacts/search?{query}")[0] == 400


def test_a_gate_with_a_known_identifier_is_returned_and_no_other_made(smartsender):
    body = {"identifier": "380501234567", "firstName": "Ann", "email": "ann@shop.example"}
    first = smartsender.send("POST", "channels/7/gates", body).json()
    again = smartsender.send("POST", "channels/7/gates", {**body, "firstName": "Bob"}).json()
    other = smartsender.send("POST", "channels/8/gates", body).json()
    assert (first == again, first["id"] == other["id"]) == (True, False)
    assert (first["subscribed"], first["channel"]["id"]) == (True, "7")
    assert smartsender.found(f"gate-{first['id']}")["email"] == "ann@shop.example"


@pytest.mark.parametrize(
    "fields",
    [{"identifier": ""}, {"firstName": None}, {"phone": "0501234567"}, {"email": "a"}, {"x": 1}],
)
def test_a_gate_that_cannot_be_is_refused(smartsender, fields):
    body = {"identifier": "a", "firstName": "Ann", **fields}
    assert smartsender.error("POST", "channels/7/gates", body)[0] == 400


def test_a_channel_that_does_not_exist_has_no_gates(smartsender):
    body = {"identifier": "a", "firstName": "Ann"}
    assert smartsender.error("POST", "channels/404/gates", body)[0] == 404


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"type": "text", "content": "Hello"}, "Hello"),
        ({"type": "voice", "media": PNG, "watermark": 1}, PNG),
        ({"type": "location", "title": "Shop", "latitude": 50.4, "longitude": 30.5}, "Shop"),
        ({"type": "contact", "fullName": "Ann", "phoneNumber": "+380501234567"}, "Ann"),
    ],
)
def test_a_message_of_each_form_is_sent_and_answered_as_a_message(smartsender, fields, name):
    message = smartsender.send("POST", f"contacts/{ANN}/send", fields).json()
    assert message["content"]["type"] == fields["type"]
    assert smartsender.control.smartsender.messages() == [{**message, "contact": ANN}]
    assert smartsender.rows("message.send") == [(f"{name}@{ANN}", "applied")]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"type": "sticker"},
        {"type": "text"},
        {"type": "text", "content": "Hello", "media": PNG},
        {"type": "picture", "content": "Hello"},
        {"type": "picture", "media": "a.png"},
        {"type": "location", "title": "Shop", "latitude": "50", "longitude": 30.5},
        {"type": "contact", "fullName": "Ann", "phoneNumber": "0501234567"},
    ],
)
def test_a_message_that_cannot_be_is_refused(smartsender, fields):
    assert smartsender.error("POST", f"contacts/{ANN}/send", fields)[0] == 400
    assert smartsender.control.smartsender.messages() == []


def test_the_allowance_is_180_requests_a_minute_as_documented(smartsender):
    assert smartsender.send("GET", "me").headers["X-Rate-Limit"] == "180"
    for _ in range(179):
        assert smartsender.send("GET", "me").status_code == 200
    before = time.time()
    assert smartsender.send("GET", "me").status_code == 429
    assert 55 < smartsender.control.smartsender.locked_until() - before < 65


def test_what_is_asked_during_a_lock_makes_it_longer_each_time(locking):
    exceed(locking)
    account = locking.control.smartsender
    for number in range(2, 15):
        before = time.time()
        assert locking.send("GET", "me").status_code == 429
        assert account.excesses() == number
        longer = 0.5 * min(number, 12)
        assert longer <= account.locked_until() - before < longer + 1


def test_after_the_lock_the_project_is_answered_and_the_next_lock_is_short_again(locking):
    account = locking.control.smartsender
    exceed(locking)
    exceed(locking)
    time.sleep(max(0.0, account.locked_until() - time.time()) + 0.05)
    assert locking.send("GET", "me").status_code == 200
    before = time.time()
    exceed(locking)
    assert account.locked_until() - before < 1.0
    assert account.excesses() == 3


def test_requests_spread_over_windows_are_no_excess(locking):
    for _ in range(3):
        assert locking.send("GET", "me").status_code == 200
        assert locking.send("GET", "me").status_code == 200
        time.sleep(1.05)
    assert locking.control.smartsender.excesses() == 0


def test_a_limit_of_nothing_is_none(smartsender):
    smartsender.control.settings(smartsender_limit=0)
    assert {smartsender.send("GET", "me").status_code for _ in range(200)} == {200}


def test_a_fault_refuses_in_the_apis_own_form(smartsender):
    smartsender.control.script(f"OrderPaid@{ANN}", ["reject", 503, 200])
    fire = ("POST", f"contacts/{ANN}/fire", {"name": "OrderPaid"})
    assert smartsender.error(*fire)[0] == 400
    assert smartsender.send(*fire).status_code == 503
    smartsender.done(*fire)
