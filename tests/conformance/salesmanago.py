"""What SALESmanago brings to the conformance suite."""

from __future__ import annotations

from tests.conformance import salesmanago_channels
from tests.conformance.cases import Case, Said, SystemCases

OK = {"success": True, "message": []}

#: Answers that any method may give.
ANSWERS = [
    Said(
        "message table: credentials",
        "account",
        {"success": False, "message": ["User not authenticated"]},
    ),
    Said(
        "message table: owner of the account",
        "account",
        {"success": False, "message": ["Not authenticated, invalid owner"]},
    ),
    Said(
        "message as a bare string",
        "refused",
        {"success": False, "message": "No email specified"},
        words="No email",
    ),
    Said(
        "values of SDK 3.3.0",
        "refused",
        {"success": False, "message": [], "values": {"name": "x"}},
        words="name",
    ),
    Said("success is missing", "ambiguous", {"message": []}),
    Said("no JSON", "ambiguous", b"<html>maintenance</html>"),
    Said("HTTP 503", "failed", b"", 503),
    Said("HTTP 500", "ambiguous", b"", 500),
    Said("HTTP 429", "failed", b"", 429),
]

UPSERT = Case(
    operation="contact.upsert",
    data={"contact": {"email": "ann@shop.example", "name": "Ann"}, "tags": ["VIP"]},
    varied={"contact.email": "ann{n}@shop.example"},
    calls={1: 1, 1000: 1, 1001: 2},
    sample=[],
    answers=[
        Said(
            "batchupsertv2",
            "delivered",
            {"success": True, "message": ["Batch upsert added to execute."], "requestId": 37},
            job="37",
        ),
    ],
    refused=[
        ({"birthday": "19871301"}, "birthday: Value error, no such day"),
        ({"forceOptIn": True, "forceOptOut": True}, "forceOptIn and forceOptOut"),
        ({"contact": {"name": "x"}}, "email or contactId"),
        ({"province": "x" * 256}, "at most 255"),
    ],
)

_EVENT = {
    "date": 356180568153,
    "description": 'Bought with "Super Bonus"',
    "products": "p01, p02",
    "location": "Shop_ID",
    "value": 1234.43,
    "contactExtEventType": "PURCHASE",
    "detail1": "C.ID: *** *** 234",
    "detail2": "Paid with card",
    "externalId": "A-123123123",
    "shopDomain": "shop.salesmanago.pl",
}

EVENT = Case(
    operation="event.add",
    data={"email": "ann@shop.example", "contactEvent": _EVENT},
    varied={"contactEvent.externalId": "A-{n}"},
    calls={1: 1, 1000: 1, 1001: 2},
    sample=[
        {
            "contactId": "001e720f-b2ab-4203-a25f-b089557cf0da",
            "contactEvent": {**_EVENT, "externalId": "B-99999999"},
        },
        {"email": "best.user@best.pl", "contactEvent": _EVENT},
        {"email": "best.user@best.pl", "contactEvent": {**_EVENT, "products": "p02, p03"}},
    ],
    answers=[
        Said(
            "batchAddContactExtEvent",
            "delivered",
            {**OK, "failedContacts": [], "createdAmount": 1, "failedAmount": 0},
        ),
        Said(
            "failedContacts names it",
            "missing",
            {**OK, "failedContacts": ["ann@shop.example"], "createdAmount": 0, "failedAmount": 1},
        ),
        Said(
            "failedAmount without names",
            "doubt",
            {**OK, "failedContacts": [], "createdAmount": 0, "failedAmount": 1},
        ),
    ],
    refused=[
        ({"contactEvent": {**_EVENT, "products": "x" * 2049}}, "at most 2048"),
        ({"contactEvent": {**_EVENT, "location": "1shop"}}, "contactEvent.location"),
        ({"email": None}, "email or contactId"),
    ],
)

CASES = SystemCases(
    "salesmanago",
    {
        "url": "https://app2.salesmanago.com",
        "client_id": "your-client-id-123",
        "api_key": "SECRET-any",
        "api_secret": "SECRET-secret",
        "owner": "user@vendor.pl",
        "stamp_external_id": False,
    },
    [UPSERT, EVENT, *salesmanago_channels.CASES],
    ANSWERS,
)
