"""What Smart Sender brings to the conformance suite.

Of its documents only tables are left: the samples are put together from them.
"""

from __future__ import annotations

from batchline.systems.smartsender import SYSTEM
from batchline.testing.conformance import Answer, Case, SystemCases

STATE = {"state": True}


def error(code, message, **more):
    return {"error": {"code": code, "message": message, **more}}


#: Answers that any method may give.
ANSWERS = [
    Answer("Unauthenticated", "account", error(401, "Unauthenticated"), 401),
    Answer("Unauthenticated, no code", "account", {"error": {"message": "Unauthenticated."}}, 400),
    Answer("403: wrong token", "account", error(403, "Forbidden"), 403, detail="Forbidden"),
    Answer("404: contact not found", "dead", error(404, "Not found"), 404, detail="Not found"),
    Answer("400: contact not found", "refused", error(400, "No contact"), 400, detail="No contact"),
    Answer(
        "error inside a 200", "refused", error(400, "no", description=["why"]), detail="no; why"
    ),
    Answer("error without a code", "refused", {"error": {"message": "no"}}, detail="no"),
    Answer("HTTP 429", "failed", error(429, "Too many"), 429, detail="Too many"),
    Answer("code 429 inside a 200", "failed", error(429, "Too many")),
    Answer("HTTP 429, no JSON", "failed", b"", 429),
    Answer("code 500", "ambiguous", error(500, "Server Error"), 500, detail="Server Error"),
    Answer("HTTP 503", "failed", b"", 503),
    Answer("state: false", "refused", {"state": False}, detail="state: false"),
    Answer("another state", "ambiguous", {"state": "true"}),
    Answer("an empty object", "ambiguous", {}),
    Answer("error: null", "ambiguous", {"error": None}),
    Answer("no JSON", "ambiguous", b"<html>maintenance</html>"),
    Answer("state: true with an error status", "ambiguous", STATE, 400),
]
DONE = Answer("state: true", "delivered", STATE)
_CONTACT = {"contactId": "1001"}
_NO_CONTACT = [
    ({"contactId": None}, "contactId: Field required"),
    ({"contactId": "ann@shop.example"}, "contactId: Value error, must be the API's own id"),
    ({"contactId": "1/2"}, "contactId: Value error, stands in the path"),
    ({"contactId": ".."}, "contactId: Value error, stands in the path"),
    ({"contactId": "1" * 256}, "at most 255"),
]


def command(operation, data, refused=()):
    """An operation that is answered by `state`; its sample is its message."""
    return Case(
        operation=operation,
        data=data,
        varied={"contactId": "c{n}"},
        calls={1: 1, 3: 3},
        sample=[data],
        answers=[DONE],
        refused=[*refused, *_NO_CONTACT],
    )


UPDATE = {**_CONTACT, "values": {"email": "ann@shop.example", "points": 7, "vip": True}}
UPDATES = command(
    "contact.update",
    UPDATE,
    refused=[
        ({"values": {}}, "values: Dictionary should have at least 1 item"),
        ({"values": {"": 1}}, "at least 1 character"),
        ({"values": {"x": [1]}}, "values.x: Value error, must be a text, a number"),
        ({"values": {"x": float("nan")}}, "values.x: Value error, must be a text, a number"),
    ],
)
FIRE = command(
    "event.fire",
    {**_CONTACT, "name": "OrderPaid"},
    refused=[
        ({"name": ""}, "name: String should have at least 1 character"),
        ({"name": None}, "name: Field required"),
    ],
)
UNITE = command(
    "contact.unite",
    {**_CONTACT, "targetId": "1002"},
    refused=[
        ({"targetId": None}, "targetId: Field required"),
        ({"targetId": "1001"}, "targetId: must be another contact"),
    ],
)
_TAG = {**_CONTACT, "tagId": "12"}
_NO_TAG = [({"tagId": None}, "tagId: Field required"), ({"tagId": "VIP now"}, "stands in the path")]
_FUNNEL = {**_CONTACT, "serviceKey": "welcome-7f3a"}
_NO_FUNNEL = [({"serviceKey": None}, "serviceKey: Field required")]

GATE = {
    "id": 501,
    "subscribed": True,
    "unreadMessages": 0,
    "channel": {"id": 7, "type": "whatsapp", "name": "Shop", "active": True},
}
CREATE = Case(
    operation="contact.create",
    data={"channelId": "7", "identifier": "380501234567", "firstName": "Ann"},
    varied={"identifier": "38050{n}"},
    calls={1: 1, 3: 3},
    sample=[
        {
            "channelId": "7",
            "identifier": "380501234567",
            "firstName": "Ann",
            "lastName": "Lee",
            "email": "ann@shop.example",
            "phone": "+380501234567",
            "parameters": {"source": "site"},
        }
    ],
    answers=[
        Answer("Gate", "delivered", GATE, api_id="501"),
        Answer("a Gate without its channel", "ambiguous", {"id": 501}),
        Answer("a Gate without its id", "ambiguous", {"channel": {}}),
        Answer("state: true, which no Gate is", "ambiguous", STATE),
    ],
    refused=[
        ({"channelId": None}, "channelId: Field required"),
        ({"identifier": ""}, "identifier: String should have at least 1 character"),
        ({"firstName": None}, "firstName: Field required"),
        ({"email": "ann"}, "email: Value error, must be an e-mail address"),
        ({"phone": "380501234567"}, "phone: Value error, must be a number such as +380501234567"),
        ({"phone": "+3805012345678901"}, "2 to 15 digits"),
        ({"findContact": "yes"}, "findContact: Input should be a valid boolean"),
    ],
)

MESSAGE = {
    "id": "m-1",
    "internal": False,
    "createdAt": "2026-11-25 10:00:00",
    "deliveredAt": None,
    "gate": GATE,
    "state": {"type": "sent", "message": None},
    "content": {"type": "text", "resource": {"parameters": {"content": "Hello"}}},
}
_TEXT = {**_CONTACT, "type": "text", "content": "Hello"}
SEND = Case(
    operation="message.send",
    data=_TEXT,
    varied={"contactId": "c{n}", "content": "Hello {n}"},
    calls={1: 1, 3: 3},
    sample=[_TEXT],
    answers=[
        Answer("Message", "delivered", MESSAGE, api_id="m-1"),
        Answer("a Message without its content", "ambiguous", {"id": "m-1", "state": {}}),
        Answer("a Message without its id", "ambiguous", {"content": {}}),
        Answer("state: true, which no Message is", "ambiguous", STATE),
    ],
    refused=[
        *_NO_CONTACT,
        ({"type": "sticker"}, "type: Input should be 'text'"),
        ({"content": None}, "content: needed by type text"),
        ({"media": "https://shop.example/a.png"}, "media: not a field of type text"),
        ({"type": "picture", "content": None}, "media: needed by type picture"),
        ({"type": "picture", "media": "https://shop.example/a.png"}, "content: not a field"),
        ({"media": "a.png"}, "media: Value error, must be an http"),
        (
            {"type": "location", "content": None, "title": "Shop", "latitude": 91.0},
            "latitude: Input should be less than or equal to 90",
        ),
        (
            {"type": "contact", "content": None, "fullName": "Ann", "phoneNumber": "1"},
            "phoneNumber: Value error, must be a number",
        ),
    ],
)

CASES = SystemCases(
    SYSTEM,
    {"url": "https://api.smartsender.com", "token": "SECRET-token"},
    [
        UPDATES,
        command("tag.add", _TAG, _NO_TAG),
        command("tag.remove", _TAG, _NO_TAG),
        command("funnel.add_contact", _FUNNEL, _NO_FUNNEL),
        command("funnel.remove_contact", _FUNNEL, _NO_FUNNEL),
        FIRE,
        UNITE,
        CREATE,
        SEND,
    ],
    ANSWERS,
)
