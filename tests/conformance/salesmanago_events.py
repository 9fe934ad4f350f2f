"""SALESmanago's external events: adding, and what travels in its lane."""

from __future__ import annotations

from batchline.testing.conformance import Answer, Case

_OK = {"success": True, "message": []}

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

ADD = Case(
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
        Answer(
            "batchAddContactExtEvent",
            "delivered",
            {**_OK, "failedContacts": [], "createdAmount": 1, "failedAmount": 0},
        ),
        Answer(
            "failedContacts names it",
            "missing",
            {**_OK, "failedContacts": ["ann@shop.example"], "createdAmount": 0, "failedAmount": 1},
        ),
        Answer(
            "failedAmount without names",
            "ambiguous item",
            {**_OK, "failedContacts": [], "createdAmount": 0, "failedAmount": 1},
        ),
    ],
    refused=[
        ({"contactEvent": {**_EVENT, "products": "x" * 2049}}, "at most 2048"),
        ({"contactEvent": {**_EVENT, "location": "1shop"}}, "contactEvent.location"),
        ({"email": None}, "email or contactId"),
    ],
)

_UPDATED = {**_EVENT, "eventId": "7284e317-3bb6-4505-afbe-55b9a101339a"}

UPDATE = Case(
    operation="event.update",
    data={"email": "ann@shop.example", "contactEvent": _UPDATED},
    varied={"contactEvent.eventId": "e-{n}"},
    calls={1: 1, 7: 7},
    sample=[
        {
            "email": "ann@shop.example",
            "owner": "admin@vendor.pl",
            "contactEvent": {
                **_UPDATED,
                "date": 1356180568153,
                "description": 'Purchase card "Super Bonus"',
                "detail2": "Payment by credit card",
            },
        }
    ],
    answers=[
        Answer(
            "updateContactExtEvent",
            "delivered",
            {**_OK, "eventId": "7284e317-3bb6-4505-afbe-55b9a101339a"},
            api_id="7284e317-3bb6-4505-afbe-55b9a101339a",
        ),
    ],
    refused=[
        (
            {"contactEvent": {"date": 1356180568153, "contactExtEventType": "CART"}},
            "contactEvent: give eventId or externalId",
        ),
        ({"contactEvent": {**_UPDATED, "detail20": "x" * 256}}, "at most 255"),
        ({"email": None}, "email or contactId"),
    ],
)

DELETE = Case(
    operation="event.delete",
    data={"email": "ann@shop.example", "externalId": "A-123123123"},
    varied={"externalId": "A-{n}"},
    calls={1: 1, 7: 7},
    sample=[
        {
            "email": "ann@shop.example",
            "owner": "owner@example.com",
            "eventId": "7284e317-3bb6-4505-afbe-55b9a101339a",
        }
    ],
    answers=[
        Answer(
            "deleteContactExtEvent",
            "delivered",
            {**_OK, "result": "Ext event has been scheduled to delete."},
        ),
        Answer(
            "neither id given",
            "refused",
            {"success": False, "message": ["No eventId/externalId specified"], "result": None},
            detail="No eventId",
        ),
    ],
    refused=[
        ({"externalId": None}, "eventId or externalId: give at least one"),
        ({"externalId": "x" * 256}, "at most 255"),
        ({"email": None}, "email or contactId"),
    ],
)

CASES = [ADD, UPDATE, DELETE]
