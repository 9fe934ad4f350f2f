"""What SALESmanago Mobile brings to the conformance suite."""

from __future__ import annotations

from batchline.systems.salesmanago_mobile import SYSTEM
from batchline.testing.conformance import Answer, Case, SystemCases

CREATED = {
    "success": True,
    "message": ["Contact has been created"],
    "data": {"userId": "0a1b-...-2c3d"},
}

CREATE = Case(
    operation="contact.create",
    data={
        "pushRegistrationId": "abcd",
        "applicationSimpleId": "example_app",
        "system": "IOS",
        "email": "ann@shop.example",
    },
    varied={"email": "ann{n}@shop.example"},
    calls={1: 1, 3: 3},
    sample=[
        {
            "pushRegistrationId": "abcd-...-ef01",
            "applicationSimpleId": "example_app",
            "system": "ANDROID",
            "systemVersion": "13",
            "deviceModel": "Samsung",
            "email": "name@example.com",
            "phone": "+1555443322",
            "timezone": "Europe/Madrid",
            "locale": "es_ES",
        }
    ],
    answers=[
        Answer("contact/create", "delivered", CREATED, api_id="0a1b-...-2c3d"),
        Answer("an answer without data", "delivered", {"success": True, "message": []}),
    ],
    refused=[
        ({"pushRegistrationId": "x" * 513}, "pushRegistrationId: String should have at most 512"),
        ({"applicationSimpleId": "x" * 256}, "applicationSimpleId: String should have at most 255"),
        ({"system": "WINDOWS"}, "system: Input should be 'ANDROID' or 'IOS'"),
        ({"email": f"{'x' * 65}@shop.example"}, "up to 64 characters"),
        ({"timezone": "Madrid"}, "timezone: Value error, must be a name of the IANA database"),
        ({"locale": "es-ES"}, "locale: String should match pattern"),
        ({"phone": "x" * 256}, "phone: String should have at most 255"),
        ({"system": None}, "system: Field required"),
    ],
)

CASES = SystemCases(
    SYSTEM,
    {"client_id": "clientId", "api_key": "SECRET-any", "api_secret": "SECRET-secret"},
    [CREATE],
    answers=[
        Answer(
            "message table: credentials",
            "account",
            {"success": False, "message": ["User not authenticated"]},
        ),
        Answer(
            "success: false", "refused", {"success": False, "message": ["no app"]}, detail="no app"
        ),
        Answer("success is missing", "ambiguous", {"message": []}),
        Answer("HTTP 503", "failed", b"", 503),
        Answer("HTTP 500", "ambiguous", b"", 500),
        Answer("HTTP 429", "failed", b"", 429),
    ],
)
