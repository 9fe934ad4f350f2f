"""eSputnik's events, orders, messages, unsubscribes and segments, as documented."""

import copy

import pytest

from tests.conformance.wire import documented

ANN, BOB = "ann@shop.example", "bob@shop.example"
DOCUMENTED_EVENT = documented("esputnik", "event.add")["body"]
(DOCUMENTED_ORDER,) = documented("esputnik", "order.upsert")["body"]["orders"]


def order(**changes):
    made = {**copy.deepcopy(DOCUMENTED_ORDER), **changes}
    return {name: value for name, value in made.items() if value is not ...}


def event(**changes):
    made = {**DOCUMENTED_EVENT, **changes}
    return {name: value for name, value in made.items() if value is not ...}


def test_an_event_is_answered_with_an_empty_200_that_has_no_content_type(esputnik):
    answer = esputnik.post("v1/event", **DOCUMENTED_EVENT)
    assert (answer.content, answer.headers["Content-Length"]) == (b"", "0")
    assert "Content-Type" not in answer.headers
    assert esputnik.control.esputnik.events() == [DOCUMENTED_EVENT]
    (row,) = esputnik.control.ledger(operation="event.add")
    assert (row["id"], row["key"]) == ("example@email.com", "example@email.com")


BAD_EVENTS = {
    "eventTypeKey: not given": {"eventTypeKey": ...},
    "eventTypeKey: longer than 100 characters": {"eventTypeKey": "x" * 101},
    "eventTypeKey: does not fit": {"eventTypeKey": "a/b"},
    "keyValue: longer than 300 characters": {"keyValue": "x" * 301},
    "keyValue: does not fit": {"keyValue": "a, b"},
    "params[0].name: not given": {"params": [{"value": "x"}]},
    "params: must be an array": {"params": {"discount": "5%"}},
    "occurred: unknown field": {"occurred": "2026-01-01"},
}


@pytest.mark.parametrize(("words", "changes"), BAD_EVENTS.items(), ids=list(BAD_EVENTS))
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_an_event_that_breaks_a_limit_is_refused(esputnik, version, words, changes):
    answer = esputnik.send("POST", f"{version}/event", event(**changes))
    assert answer.status_code == 400
    assert answer.text.startswith(f"[sandbox] {words}")
    assert esputnik.control.esputnik.events() == []


def test_only_the_second_version_takes_nested_values(esputnik):
    nested = event(params=[{"name": "items", "value": [{"id": 1}]}])
    assert esputnik.send("POST", "v1/event", nested).status_code == 400
    assert esputnik.send("POST", "v2/event", nested).status_code == 200


def test_only_the_second_version_does_without_a_key_if_a_parameter_names_the_contact(esputnik):
    by_email = event(
        keyValue=..., params=[{"name": "EmailAddress", "value": ANN}, {"name": "id", "value": "7"}]
    )
    assert esputnik.send("POST", "v1/event", by_email).status_code == 400
    assert esputnik.send("POST", "v2/event", by_email).status_code == 200
    (row,) = esputnik.control.ledger(operation="event.add_v2")
    assert (row["id"], row["key"]) == ("7", ANN)
    for nobody in ({"name": "externalCustomerId", "value": "null"}, {"name": "id", "value": "7"}):
        answer = esputnik.send("POST", "v2/event", event(keyValue=..., params=[nobody]))
        assert answer.status_code == 400


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_the_body_of_an_event_has_at_most_twenty_kilobytes(esputnik, version):
    long = event(params=[{"name": "text", "value": "x" * 20_480}])
    answer = esputnik.send("POST", f"{version}/event", long)
    assert (answer.status_code, "more than 20480" in answer.text) == (400, True)


@pytest.mark.parametrize(("version", "name"), [("v1", "add_past"), ("v2", "add_past_v2")])
def test_past_events_of_unknown_contacts_are_dropped_and_nothing_says_so(esputnik, version, name):
    esputnik.add(ANN, externalCustomerId="a-1")
    past = [
        event(keyValue=key, occurred="2026-01-01T10:00") for key in (ANN, "a-1", "nobody@b.example")
    ]
    answer = esputnik.post(f"{version}/past_events", events=past).json()
    assert answer["results"] == [{"status": "ACCEPTED"}] * 3
    assert (answer["successCount"], answer["errorCount"]) == (3, 0)
    assert esputnik.control.esputnik.events() == past[:2]
    assert esputnik.outcomes(f"event.{name}") == ["applied", "applied", "missing"]


def test_a_past_event_of_the_future_has_a_status_of_its_own(esputnik):
    esputnik.add(ANN)
    past = [event(keyValue=ANN, occurred=day) for day in ("2026-01-01", "2999-01-01T10:00Z")]
    answer = esputnik.post("v1/past_events", events=past).json()
    statuses = [each["status"] for each in answer["results"]]
    assert statuses == ["ACCEPTED", "OCCURRED_TIME_IN_FUTURE"]
    assert (answer["successCount"], answer["errorCount"]) == (1, 1)
    assert esputnik.control.esputnik.events() == past[:1]


def test_only_the_second_version_takes_nested_values_of_past_events(esputnik):
    nested = event(params=[{"name": "items", "value": [{"id": 1}]}], occurred="2026-01-01")
    for version, status in (("v1", 400), ("v2", 200)):
        answer = esputnik.send("POST", f"{version}/past_events", {"events": [nested]})
        assert answer.status_code == status


def test_a_past_event_is_refused_with_all_others_and_named_by_index(esputnik):
    esputnik.add(ANN)
    good = event(keyValue=ANN, occurred="2026-01-01")
    for bad in ({**good, "occurred": "2026-02-30"}, {**good, "occurred": "01.01.2026"}, event()):
        answer = esputnik.send("POST", "v1/past_events", {"events": [good, bad]})
        assert answer.status_code == 400
        assert answer.text.startswith("[sandbox] events[1].occurred: ")
    assert esputnik.control.esputnik.events() == []


@pytest.mark.parametrize(
    ("path", "name", "most", "item"),
    [
        ("v1/past_events", "events", 500, event(occurred="2026-01-01")),
        ("v1/orders", "orders", 1000, DOCUMENTED_ORDER),
        ("v1/message/5/smartsend", "recipients", 1000, {"locator": ANN}),
    ],
)
def test_batches_have_one_item_to_their_documented_limit(esputnik, path, name, most, item):
    statuses = [
        esputnik.send("POST", path, {name: [item] * count}).status_code
        for count in (0, most, most + 1)
    ]
    assert statuses == [400, 200, 400]


def test_the_documents_own_order_is_taken_and_makes_a_contact(esputnik):
    assert "failedOrders" not in esputnik.post("v1/orders", orders=[DOCUMENTED_ORDER]).json()
    assert esputnik.control.esputnik.orders() == [DOCUMENTED_ORDER]
    found = esputnik.found("mail@example.com")
    assert (found["externalCustomerId"], found["firstName"]) == ("12345", "John")
    (row,) = esputnik.control.ledger(operation="order.upsert")
    assert (row["id"], row["key"]) == ("100500", "mail@example.com")


def test_an_order_takes_the_place_of_its_version_before_and_leaves_a_known_contact_as_it_is(
    esputnik,
):
    esputnik.add("mail@example.com", firstName="Jack")
    esputnik.post("v1/orders", orders=[order()])
    esputnik.post("v1/orders", orders=[order(status="DELIVERED")])
    (kept,) = esputnik.control.esputnik.orders()
    assert kept["status"] == "DELIVERED"
    found = esputnik.found("mail@example.com")
    assert found["firstName"] == "Jack"
    assert "externalCustomerId" not in found


BAD_ORDERS = {
    "externalOrderId: not given": {"externalOrderId": ...},
    "status: not one of": {"status": "DONE"},
    "date: does not fit": {"date": "08.03.2017"},
    "date: no such day or time": {"date": "2017-02-30"},
    "currency: does not fit": {"currency": "usd"},
    "externalCustomerId: not given, nor email nor phone": {
        "externalCustomerId": ...,
        "email": ...,
        "phone": ...,
    },
    "items[0].url: not given": {"items": [{"externalItemId": "1", "name": "A", "quantity": 1}]},
}


@pytest.mark.parametrize(("words", "changes"), BAD_ORDERS.items(), ids=list(BAD_ORDERS))
def test_a_wrong_order_is_in_failed_orders_and_the_others_are_taken(esputnik, words, changes):
    if "items" in changes:
        changes["items"][0] |= {"cost": 1000, "imageUrl": "x"}
    good = order(externalOrderId="good")
    answer = esputnik.post("v1/orders", orders=[order(**changes), good]).json()
    (failed,) = answer["failedOrders"]
    assert failed["message"].startswith(f"[sandbox] {words}")
    assert [kept["externalOrderId"] for kept in esputnik.control.esputnik.orders()] == ["good"]
    assert esputnik.outcomes("order.upsert") == ["refused", "applied"]


def smartsend(esputnik, *recipients, **fields):
    return esputnik.post("v1/message/5/smartsend", recipients=list(recipients), **fields).json()


def test_one_result_arrives_as_an_object_of_texts_and_two_as_a_list(esputnik):
    one = smartsend(esputnik, {"locator": ANN, "jsonParam": '{"field1":"value1"}'})
    (sent,) = esputnik.control.esputnik.messages()
    assert one == {
        "id": "0",
        "results": {
            "id": "0",
            "locator": ANN,
            "status": "OK",
            "requestId": sent["requestId"],
        },
    }
    assert (sent["messageId"], sent["params"]) == (5, {"field1": "value1"})
    two = smartsend(esputnik, {"locator": ANN}, {"locator": BOB})
    assert (two["id"], [result["id"] for result in two["results"]]) == (0, [0, 0])


def test_a_message_to_a_stranger_makes_a_contact(esputnik):
    smartsend(esputnik, {"locator": ANN})
    assert esputnik.found(ANN)["confirmed"] is True


def test_errors_of_single_recipients_are_inside_a_200(esputnik):
    known = esputnik.add(ANN)
    answer = smartsend(
        esputnik,
        {"contactId": known},
        {"locator": "eve@invalid.example"},
        {"contactId": 99},
        {"locator": BOB, "jsonParam": "no json"},
    )
    results = answer["results"]
    assert [result["status"] for result in results] == ["OK", "ERROR", "ERROR", "ERROR"]
    assert results[0]["locator"] == ANN
    assert results[2]["message"] == "[sandbox] contact not found"
    assert [sent["locator"] for sent in esputnik.control.esputnik.messages()] == [ANN]
    rows = esputnik.control.ledger(operation="message.send")
    assert [row["id"] for row in rows] == [str(known), "eve@invalid.example", "99", BOB]
    assert [row["outcome"] for row in rows] == ["applied", "refused", "refused", "refused"]


def test_a_push_goes_to_a_token_that_a_contact_has(esputnik):
    token = {"type": "mobilepush", "value": "token-1"}
    known = esputnik.post("v1/contact", channels=[token]).json()["id"]
    recipients = [{"locator": "token-1"}, {"contactId": known}, {"locator": "token-2"}]
    results = smartsend(esputnik, *recipients, email=False)["results"]
    assert [result["status"] for result in results] == ["OK", "OK", "ERROR"]


@pytest.mark.parametrize(
    "recipient",
    [
        {},
        {"locator": ANN, "contactId": 1},
        {"locator": ANN, "jsonParam": {"field1": "value1"}},
    ],
)
def test_a_recipient_of_the_wrong_shape_spoils_the_whole_request(esputnik, recipient):
    body = {"recipients": [{"locator": BOB}, recipient]}
    answer = esputnik.send("POST", "v1/message/5/smartsend", body)
    assert (answer.status_code, "recipients[1]" in answer.text) == (400, True)
    assert esputnik.control.esputnik.messages() == []


def test_an_unknown_message_and_an_unknown_segment_are_not_found(esputnik):
    known = esputnik.add(ANN)
    for path, body in (
        ("v1/message/404/smartsend", {"recipients": [{"locator": ANN}]}),
        ("v1/group/404/contacts/attach", {"contactIds": [known]}),
        ("v1/group/404/contacts/detach", {"contactIds": [known]}),
    ):
        assert esputnik.send("POST", path, body).status_code == 404


def test_addresses_go_on_the_unsubscribed_list_and_off_it(esputnik):
    both = ["Test1@mail.com", "test2@mail.com"]
    assert esputnik.post("v1/emails/unsubscribed/add", emails=both).content == b""
    assert esputnik.control.esputnik.unsubscribed() == ["test1@mail.com", "test2@mail.com"]
    esputnik.post("v1/emails/unsubscribed/delete", emails=["test1@mail.com"])
    assert esputnik.control.esputnik.unsubscribed() == ["test2@mail.com"]
    summary = esputnik.control.summary()
    assert summary["email.unsubscribe"]["applied"] == 2
    assert summary["email.resubscribe"]["applied"] == 1


def test_contacts_go_into_a_segment_and_out_of_it_with_bare_sentences(esputnik):
    ann, bob = esputnik.add(ANN), esputnik.add(BOB)
    attached = esputnik.post("v1/group/7/contacts/attach", contactIds=[ann, bob, 99])
    assert attached.text == "Contacts were attached"
    assert attached.headers["Content-Type"].startswith("application/json")
    assert esputnik.control.esputnik.segments() == {"Segment 7": [ann, bob]}
    assert esputnik.outcomes("segment.attach") == ["applied", "applied", "missing"]
    detached = esputnik.post("v1/group/7/contacts/detach", contactIds=[ann])
    assert detached.text == "Contacts were detached"
    assert esputnik.control.esputnik.segments() == {"Segment 7": [bob]}


@pytest.mark.parametrize("body", [{}, {"contactIds": []}, {"contactIds": None}])
def test_a_detach_without_ids_empties_the_segment(esputnik, body):
    esputnik.post("v1/group/7/contacts/attach", contactIds=[esputnik.add(ANN)])
    esputnik.post("v1/group/7/contacts/detach", **body)
    assert esputnik.control.esputnik.segments() == {"Segment 7": []}


@pytest.mark.parametrize(("verb", "least"), [("attach", 400), ("detach", 200)])
def test_a_segment_takes_at_most_five_hundred_contacts_and_attach_at_least_one(
    esputnik, verb, least
):
    path = f"v1/group/7/contacts/{verb}"
    statuses = [
        esputnik.send("POST", path, {"contactIds": list(range(1, count + 1))}).status_code
        for count in (0, 500, 501)
    ]
    assert statuses == [least, 200, 400]


def test_a_segment_takes_the_contacts_by_ones_own_ids_too(esputnik):
    ann = esputnik.add(ANN, externalCustomerId="shop-1")
    esputnik.post("v1/group/7/contacts/attach", externalCustomerIds=["shop-1", "shop-9"])
    assert esputnik.control.esputnik.segments() == {"Segment 7": [ann]}
    assert esputnik.outcomes("segment.attach") == ["applied", "missing"]
    esputnik.post("v1/group/7/contacts/detach", externalCustomerIds=["shop-1"])
    assert esputnik.control.esputnik.segments() == {"Segment 7": []}


@pytest.mark.parametrize("verb", ["attach", "detach"])
def test_a_segment_takes_ids_of_one_kind_in_a_request(esputnik, verb):
    body = {"contactIds": [1], "externalCustomerIds": ["shop-1"]}
    answer = esputnik.send("POST", f"v1/group/7/contacts/{verb}", body)
    assert (answer.status_code, "only one of" in answer.text) == (400, True)


EMAIL = documented("esputnik", "email.send")["body"]


@pytest.mark.parametrize("kind", ["email", "sms", "viber"])
def test_the_documents_own_message_is_taken_and_makes_contacts(esputnik, kind):
    document = documented("esputnik", f"{kind}.send")
    method, _, path = document["request"].partition(" /api/")
    answer = esputnik.send(method, path, document["body"])
    assert answer.status_code == 200, answer.text
    sent = esputnik.control.esputnik.messages()
    assert {each["messageId"] for each in sent} == {0}
    assert set(esputnik.outcomes(f"{kind}.send")) == {"applied"}
    results = answer.json()["results"]
    results = results if isinstance(results, list) else [results]
    assert [each["requestId"] for each in results] == [each["requestId"] for each in sent]


def test_a_wrong_recipient_of_a_message_has_an_error_inside_a_200(esputnik):
    emails = [ANN, "nobody", "eve@invalid.example"]
    results = esputnik.post("v1/message/email", **{**EMAIL, "emails": emails}).json()["results"]
    assert [each["status"] for each in results] == ["OK", "ERROR", "ERROR"]
    assert esputnik.found(ANN)["confirmed"] is True
    assert esputnik.outcomes("email.send") == ["applied", "refused", "refused"]


@pytest.mark.parametrize(
    ("kind", "changes", "words"),
    [
        ("email", {"htmlText": None}, "htmlText: must be text"),
        ("email", {"emails": []}, "emails: empty"),
        ("email", {"contactId": 1}, "contactId: unknown field"),
        ("sms", {"from": ""}, "from: empty"),
        ("sms", {"phoneNumbers": "380942583691"}, "phoneNumbers: must be an array"),
        ("viber", {"iosExpirityText": None}, "iosExpirityText: must be text"),
        ("viber", {"ttlSeconds": "1"}, "ttlSeconds: must be a whole number"),
    ],
)
def test_a_message_of_the_wrong_shape_is_refused(esputnik, kind, changes, words):
    body = {**documented("esputnik", f"{kind}.send")["body"], **changes}
    answer = esputnik.send("POST", f"v1/message/{kind}", body)
    assert (answer.status_code, answer.text.startswith(f"[sandbox] {words}")) == (400, True)
    assert esputnik.control.esputnik.messages() == []
