"""eSputnik's cases: events, orders and prepared messages."""

from __future__ import annotations

from batchline.testing.conformance import Answer, Case
from tests.conformance.esputnik_contacts import DUPLICATED, DUPLICATED_ONCE

_PARAMS = [
    {"name": "discount", "value": "5%"},
    {"name": "link", "value": "https://example.site.com/items_for_sale"},
]
_EVENT = {"eventTypeKey": "testEvent", "keyValue": "ann@shop.example", "params": _PARAMS}
_SAMPLE = {**_EVENT, "keyValue": "example@email.com"}
_ANSWERS = [
    Answer("the recorded empty 200", "delivered", b""),
    Answer("a sentence", "delivered", b"Event was registered"),
    Answer("a sentence about a failure", "ambiguous", b"Event was not registered"),
    Answer("a page behind words", "ambiguous", b"Please stand by <br> Cloud"),
    Answer("an object that complains", "ambiguous", {"error": "no"}),
    DUPLICATED_ONCE,
]
_REFUSED = [
    ({"eventTypeKey": "x" * 101}, "at most 100"),
    ({"eventTypeKey": "a|b"}, "must not hold any of"),
    ({"keyValue": "x" * 301}, "at most 300"),
    ({"keyValue": "a?b"}, "must not hold any of"),
    ({"params": [{"name": "x", "value": "y" * 20_480}]}, "at most 20,480 are allowed"),
]

EVENT = Case(
    operation="event.add",
    data=_EVENT,
    varied={"keyValue": "ann{n}@shop.example"},
    calls={1: 1, 3: 3},
    sample=[_SAMPLE],
    answers=_ANSWERS,
    refused=[*_REFUSED, ({"keyValue": None}, "keyValue: Field required")],
)

EVENT_V2 = Case(
    operation="event.add_v2",
    data={
        "eventTypeKey": "testEvent",
        "params": [{"name": "Email", "value": "ann@shop.example"}, {"name": "n", "value": [1]}],
    },
    varied={"params.0.value": "ann{n}@shop.example"},
    calls={1: 1, 3: 3},
    sample=[_SAMPLE],
    answers=_ANSWERS,
    refused=[
        *_REFUSED,
        ({"params": [{"name": "x", "value": 1}]}, "keyValue: give it, or one of the params"),
        (
            {"params": [{"name": "externalCustomerId", "value": "null"}]},
            "keyValue: give it, or one of the params",
        ),
    ],
)


def past(operation, sample):
    """An event of the past, in either version."""
    return Case(
        operation=operation,
        data={**_EVENT, "occurred": "2026-11-01T10:00"},
        varied={"keyValue": "ann{n}@shop.example"},
        calls={1: 1, 500: 1, 501: 2},
        sample=[sample],
        answers=[
            *_ANSWERS,
            Answer("ACCEPTED", "delivered", {"results": [{"status": "ACCEPTED"}]}),
            Answer(
                "ACCEPTED, an object of texts",
                "delivered",
                {"results": {"status": "ACCEPTED"}, "successCount": "1", "errorCount": "0"},
            ),
            Answer(
                "another status",
                "dead",
                {"results": [{"status": "OCCURRED_TIME_IN_FUTURE"}], "errorCount": 1},
                detail="OCCURRED_TIME_IN_FUTURE",
            ),
            Answer("a result without a status", "ambiguous item", {"results": [{}]}),
            Answer("no results", "ambiguous", {"results": [], "successCount": 0}),
        ],
        refused=[
            *_REFUSED,
            ({"keyValue": None}, "keyValue: Field required"),
            ({"occurred": None}, "occurred: Field required"),
            ({"occurred": "yesterday"}, "occurred: Value error, must be YYYY-MM-DD"),
            ({"occurred": "2026-02-30"}, "no such day"),
        ],
    )


PAST_EVENT = past("event.add_past", {**_SAMPLE, "occurred": "2017-03-08T09:30"})
PAST_EVENT_V2 = past(
    "event.add_past_v2",
    {
        "eventTypeKey": "orderCreated",
        "keyValue": "John@yourcompany.com",
        "params": [{"name": "items", "value": [{"id": 1}]}],
        "occurred": "2023-03-22T14:30",
    },
)

_ITEM = {
    "externalItemId": "200600",
    "name": "Super Device",
    "category": "devices",
    "quantity": 1,
    "cost": 990,
    "url": "http://example.com/item/200600",
    "imageUrl": "http://example.com/item/200600/image.png",
    "description": "High quality",
}
_ORDER = {
    "externalOrderId": "100500",
    "externalCustomerId": "12345",
    "totalCost": 1000,
    "status": "INITIALIZED",
    "date": "2017-03-08T09:30:00+02:00",
    "email": "mail@example.com",
    "phone": "447911123456 ",
    "firstName": "John",
    "lastName": "Smith",
    "currency": "USD",
    "shipping": 10,
    "discount": 0,
    "deliveryMethod": "express",
    "paymentMethod": "cash",
    "deliveryAddress": "First str. 1",
    "items": [_ITEM],
}

ORDER = Case(
    operation="order.upsert",
    data={**_ORDER, "email": "ann@shop.example"},
    varied={"externalOrderId": "A-{n}"},
    calls={1: 1, 1000: 1, 1001: 2},
    sample=[_ORDER],
    answers=[
        Answer("HTTP 200", "delivered", b""),
        Answer("the plug-in's answer", "delivered", {"asyncSessionId": "a-1", "id": 0}),
        Answer(
            "failedOrders, an object",
            "dead",
            {"failedOrders": {"externalOrderId": "100500", "reason": "late"}},
            detail="late",
        ),
        Answer("failedOrders, a list", "dead", {"failedOrders": ["100500"]}),
        Answer("failedOrders names another", "refused", {"failedOrders": ["7"]}),
        # 002:247: "A successful response to a request will contain a status 200."
        Answer("a sentence", "delivered", b"OK"),
        Answer("a sentence about a failure", "ambiguous", b"Orders are temporarily unavailable"),
        DUPLICATED,
    ],
    refused=[
        ({"status": "SHIPPED"}, "status: Input should be 'INITIALIZED'"),
        ({"externalOrderId": None}, "externalOrderId: Field required"),
        ({"totalCost": None}, "totalCost: Field required"),
        ({"status": None}, "status: Field required"),
        ({"date": None}, "date: Field required"),
        ({"date": "08.03.2017"}, "date: Value error, must be YYYY-MM-DD"),
        (
            {"externalCustomerId": None, "email": None, "phone": None},
            "externalCustomerId, email or phone: give one",
        ),
        ({"currency": "dollars"}, "currency: String should match"),
        ({"items": [{**_ITEM, "quantity": 0}]}, "items.0.quantity: Input should be greater"),
        ({"items": [{**_ITEM, "name": ""}]}, "items.0.name: String should have at least 1"),
    ],
)

_OK = {"id": "0", "locator": "ann@shop.example", "status": "OK", "requestId": "3ff28330"}

MESSAGE = Case(
    operation="message.send",
    data={
        "messageId": 5,
        "locator": "ann@shop.example",
        "jsonParam": '{"field1":"value1"}',
        "email": True,
    },
    varied={"locator": "ann{n}@shop.example"},
    calls={1: 1, 200: 1, 201: 2},
    sample=[{"messageId": 5, "locator": "test@gmail.com", "jsonParam": {"field1": "value1"}}],
    answers=[
        Answer("results, an object", "delivered", {"id": "0", "results": _OK}, api_id="3ff28330"),
        Answer("results, a list", "delivered", {"id": 0, "results": [_OK]}, api_id="3ff28330"),
        Answer(
            "ERROR for the recipient",
            "dead",
            {"id": 0, "results": [{"id": 0, "status": "ERROR", "message": "unsubscribed"}]},
            detail="unsubscribed",
        ),
        Answer(
            "two results, neither of them the recipient's",
            "ambiguous item",
            {"id": 0, "results": [{"locator": "b@c.d", "status": "OK"}] * 2},
        ),
        Answer(
            "another status", "ambiguous item", {"id": 0, "results": {**_OK, "status": "QUEUED"}}
        ),
        Answer("no results", "ambiguous", {"id": 0}),
        Answer("an empty body", "ambiguous", b""),
        Answer("no such message", "dead", b"Message not found", 404, detail="not found"),
        DUPLICATED_ONCE,
    ],
    refused=[
        ({"messageId": None}, "messageId: Field required"),
        ({"contactId": 3}, "locator, contactId: give exactly one"),
        ({"locator": None}, "locator, contactId: give exactly one"),
        ({"jsonParam": "field1=value1"}, "jsonParam: Value error, must be JSON as text"),
    ],
)


def direct(operation, recipient, address, data, sample, refused):
    """A message that the request itself holds, to one recipient."""
    ok = {**_OK, "locator": address}
    return Case(
        operation=operation,
        data={recipient: address, **data},
        varied={recipient: address.replace("0", "{n}", 1)},
        calls={1: 1, 200: 1, 201: 2},
        sample=sample,
        answers=[
            Answer("results, an object", "delivered", {"results": ok}, api_id="3ff28330"),
            Answer("results, a list", "delivered", {"results": [ok]}, api_id="3ff28330"),
            Answer(
                "ERROR for the recipient",
                "dead",
                {"id": "0", "results": {**ok, "status": "ERROR", "message": "No money"}},
                detail="No money",
            ),
            Answer("another status", "ambiguous item", {"results": {**ok, "status": "IN_QUEUE"}}),
            Answer("no results", "ambiguous", {"id": 0}),
            Answer("an empty body", "ambiguous", b""),
            Answer("a sentence", "ambiguous", b"Message was sent"),
            DUPLICATED_ONCE,
        ],
        refused=refused,
    )


EMAIL_SEND = direct(
    "email.send",
    "email",
    "ann0@shop.example",
    {"from": '"Shop" <info@shop.example>', "subject": "Sale", "htmlText": "<p>Hello</p>"},
    [
        {
            "email": name,
            "from": "john.smith@address.com",
            "subject": "Seasonal sale",
            "htmlText": "<p>Explore our new collection</p>",
            "plainText": "Explore our new collection",
            "tags": ["sale"],
        }
        for name in ("test1@mail.com", "test2@mail.com")
    ],
    [
        ({"email": "ann"}, "email: Value error, must be an e-mail address"),
        ({"from": None}, "from: Field required"),
        ({"from": "Shop"}, "from: Value error, must be one of the account's sender addresses"),
        ({"subject": ""}, "subject: String should have at least 1 character"),
        ({"htmlText": None}, "htmlText: Field required"),
        ({"tags": []}, "tags: List should have at least 1 item"),
        ({"trackUrls": "yes"}, "trackUrls: Input should be a valid boolean"),
        ({"emails": ["ann@shop.example"]}, "emails: Extra inputs are not permitted"),
    ],
)
SMS_SEND = direct(
    "sms.send",
    "phoneNumber",
    "380942583600",
    {"from": "Shop", "text": "Hello"},
    [
        {
            "phoneNumber": "380942583691",
            "from": "John Smith",
            "text": "Thank you for subscribing to our Newsletters",
        }
    ],
    [
        ({"phoneNumber": "call me"}, "phoneNumber: Value error, must be a phone number"),
        ({"from": None}, "from: Field required"),
        ({"text": ""}, "text: String should have at least 1 character"),
        ({"groupId": 7}, "groupId: Extra inputs are not permitted"),
    ],
)
VIBER_SEND = direct(
    "viber.send",
    "phoneNumber",
    "380942583600",
    {"text": "Hello", "iosExpirityText": "Too late"},
    [
        {
            "phoneNumber": "380942583691",
            "from": "John Smith",
            "text": "Subscribe to our channel",
            "ttlSeconds": 36000,
            "action": "https://example.com/",
            "iosExpirityText": "Message delivery success",
            "externalRequestId": "EXT-2023-ABC-12345",
        }
    ],
    [
        ({"text": None}, "text: Field required"),
        ({"iosExpirityText": None}, "iosExpirityText: Field required"),
        ({"ttlSeconds": 0}, "ttlSeconds: Input should be greater than 0"),
        ({"phoneNumber": ""}, "phoneNumber: Value error, must be a phone number"),
    ],
)

CASES = [
    *(EVENT, EVENT_V2, PAST_EVENT, PAST_EVENT_V2, ORDER, MESSAGE),
    *(EMAIL_SEND, SMS_SEND, VIBER_SEND),
]
