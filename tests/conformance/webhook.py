"""What a webhook brings to the conformance suite."""

from __future__ import annotations

from batchline.systems.webhook import SYSTEM
from batchline.testing.conformance import Answer, Case, SystemCases

RESULT = {
    "message_id": "default:contact.upsert:0@1795248000000-0",
    "outcome": "dead",
    "reason": "rejected",
    "detail": "no such field",
    "account": "default",
    "operation": "contact.upsert",
    "contact": "ann@shop.example",
    "idempotency_key": "order-17",
    "at": 1795248003000,
    "number": 12,
}

POST = Case(
    operation="result.post",
    data=RESULT,
    varied={"contact": "ann{n}@shop.example", "number": 1},
    calls={1: 1, 3: 1, 101: 2},
    sample=[RESULT],
    answers=[
        Answer("any 2xx", "delivered", b"", 204),
        Answer("a 2xx of any body", "delivered", b"<html>thanks</html>", 200),
    ],
    refused=[
        ({"message_id": ""}, "message_id: String should have at least 1 character"),
        ({"number": None}, "number: Field required"),
    ],
)

CASES = SystemCases(
    SYSTEM,
    {"url": "https://crm.example/hooks/batchline/", "secret": "SECRET-of-the-hook"},
    [POST],
    answers=[
        Answer("HTTP 400", "refused", b"no such contact", 400, detail="HTTP 400: no such contact"),
        Answer("HTTP 410", "refused", b"", 410, detail="HTTP 410"),
        Answer("HTTP 401", "account", b"", 401),
        Answer("HTTP 429", "failed", b"", 429),
        Answer("HTTP 503", "failed", b"", 503),
        Answer("HTTP 500", "ambiguous", b"", 500),
        Answer("HTTP 302", "ambiguous", b"", 302),
    ],
)
