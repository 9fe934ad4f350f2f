"""Reads that the sandbox answers, and that change nothing."""

import pytest

ANN = "ann@shop.example"


def test_esputnik_says_whose_account_the_key_is_for(esputnik):
    shown = esputnik.send("GET", "v1/account/info").json()
    assert shown.keys() == {"orgId", "userEmail", "organisationName"}


def test_esputnik_has_the_status_of_a_message_as_the_document_shows_it(esputnik):
    sent = esputnik.post("v1/message/1/smartsend", recipients=[{"locator": ANN}]).json()
    request_id = sent["results"]["requestId"]
    shown = esputnik.send("GET", f"v1/message/status?ids={request_id}").json()
    # 002:288-295
    assert shown == {
        "results": {
            "status": "DELIVERED",
            "requestId": request_id,
            "failed": "false",
            "delivered": "true",
        }
    }


def test_esputnik_has_the_statuses_of_several_messages_in_their_order(esputnik):
    recipients = [{"locator": f"c{number}@shop.example"} for number in range(2)]
    sent = esputnik.post("v1/message/1/smartsend", recipients=recipients).json()["results"]
    ids = [one["requestId"] for one in reversed(sent)]
    shown = esputnik.send("GET", f"v1/message/status?ids={ids[0]},unknown,{ids[1]}").json()
    assert [one["requestId"] for one in shown["results"]] == ids


@pytest.mark.parametrize("query", ["", "?ids=", "?ids=a,,b", "?id=a", "?ids=a&more=1"])
def test_esputnik_wants_requestids_separated_by_commas(esputnik, query):
    assert esputnik.send("GET", f"v1/message/status{query}").status_code == 400


def test_smart_sender_shows_a_contacts_tags_in_pages_of_twenty(smartsender):
    for number in range(21):
        smartsender.done("POST", f"contacts/7/tags/{number}")
    first = smartsender.send("GET", "contacts/7/tags").json()
    last = smartsender.send("GET", "contacts/7/tags?page=2&limitation=20").json()
    assert (first["cursor"], len(first["collection"])) == ({"page": 1, "pages": 2}, 20)
    assert [tag["id"] for tag in last["collection"]] == ["20"]


def test_smart_sender_shows_the_tags_of_a_contact_as_objects(smartsender):
    smartsender.done("POST", "contacts/7/tags/12")
    (tag,) = smartsender.send("GET", "contacts/7/info").json()["tags"]
    assert (tag["id"], bool(tag["name"])) == ("12", True)


@pytest.mark.parametrize("query", ["page=0", "page=x", "limitation=0", "limitation=21"])
@pytest.mark.parametrize("path", ["contacts", "contacts/7/tags"])
def test_smart_senders_pages_have_the_documented_bounds(smartsender, path, query):
    # 003:28-38
    code, _ = smartsender.error("GET", f"{path}?{query}")
    assert code == 400


def test_smart_sender_has_no_tags_of_a_contact_that_is_not_there(smartsender):
    assert smartsender.error("GET", "contacts/404/tags")[0] == 404
