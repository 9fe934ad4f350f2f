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

PAST_EVENT = Case(
    operation="event.add_past",
    data={**_EVENT, "occurred": "2026-11-01T10:00"},
    varied={"keyValue": "ann{n}@shop.example"},
    calls={1: 1, 500: 1, 501: 2},
    sample=[{**_SAMPLE, "occurred": "2017-03-08T09:30"}],
    answers=_ANSWERS,
    refused=[
        *_REFUSED,
        ({"occurred": None}, "occurred: Field required"),
        ({"occurred": "yesterday"}, "occurred: Value error, must be YYYY-MM-DD"),
        ({"occurred": "2026-02-30"}, "no such day"),
    ],
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

CASES = [EVENT, EVENT_V2, PAST_EVENT, ORDER, MESSAGE]
