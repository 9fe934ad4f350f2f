"""What SALESmanago brings to the conformance suite."""

from __future__ import annotations

from batchline.systems.salesmanago import SYSTEM
from batchline.testing.conformance import Answer, Case, SystemCases
from tests.conformance import (
    salesmanago_channels,
    salesmanago_contacts,
    salesmanago_events,
    salesmanago_pushes,
)

OK = {"success": True, "message": []}

#: Answers that any method may give.
ANSWERS = [
    Answer(
        "message table: credentials",
        "account",
        {"success": False, "message": ["User not authenticated"]},
    ),
    Answer(
        "message table: owner of the account",
        "account",
        {"success": False, "message": ["Not authenticated, invalid owner"]},
    ),
    Answer(
        "message as a bare string",
        "refused",
        {"success": False, "message": "No email specified"},
        detail="No email",
    ),
    Answer(
        "values of SDK 3.3.0",
        "refused",
        {"success": False, "message": [], "values": {"name": "x"}},
        detail="name",
    ),
    Answer("success is missing", "ambiguous", {"message": []}),
    Answer("no JSON", "ambiguous", b"<html>maintenance</html>"),
    Answer("HTTP 503", "failed", b"", 503),
    Answer("HTTP 500", "ambiguous", b"", 500),
    Answer("HTTP 429", "failed", b"", 429),
]

COUPON = Case(
    operation="coupon.redeem",
    data={"email": "ann@shop.example", "coupon": "SB-1"},
    varied={"coupon": "SB-{n}"},
    calls={1: 1, 7: 7},
    sample=[{"email": "test@salesmanago.pl", "coupon": "SAMPLE-COUPON-123"}],
    answers=[
        Answer("useContactCoupon", "delivered", {**OK, "result": None}),
        Answer("result used", "delivered", {**OK, "result": "used"}),
        Answer("result error", "refused", {**OK, "result": "error"}, detail="error"),
    ],
    refused=[
        ({"coupon": "x" * 256}, "at most 255"),
        ({"email": "nobody"}, "must be an e-mail address"),
    ],
)

CASES = SystemCases(
    SYSTEM,
    {
        "url": "https://app2.salesmanago.com",
        "client_id": "your-client-id-123",
        "api_key": "SECRET-any",
        "api_secret": "SECRET-secret",
        "owner": "user@vendor.pl",
        "assign_external_id": False,
    },
    [
        *salesmanago_contacts.CASES,
        *salesmanago_events.CASES,
        *salesmanago_pushes.CASES,
        COUPON,
        *salesmanago_channels.CASES,
    ],
    ANSWERS,
)
