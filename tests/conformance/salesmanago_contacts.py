"""SALESmanago's contacts: upserts, and what travels in their lane."""

from __future__ import annotations

from batchline.testing.conformance import Answer, Case
from tests.samples import (
    BATCH_OPTIONS,
    FIRST_OF_BATCH,
    SECOND_OF_BATCH,
)

_OK = {"success": True, "message": []}
_SHARED = {"owner": "admin@vendor.pl", **BATCH_OPTIONS}

UPSERT = Case(
    operation="contact.upsert",
    data={"contact": {"email": "ann@shop.example", "name": "Ann"}, "tags": ["VIP"]},
    varied={"contact.email": "ann{n}@shop.example"},
    calls={1: 1, 1000: 1, 1001: 2},
    sample=[{**_SHARED, **FIRST_OF_BATCH}, {**_SHARED, **SECOND_OF_BATCH}],
    answers=[
        Answer(
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

DELETE = Case(
    operation="contact.delete",
    data={"email": "ann@shop.example"},
    varied={"email": "ann{n}@shop.example"},
    calls={1: 1, 2: 1, 1000: 1, 1001: 2},
    sample=[{"email": "test@salesmanago.pl", "owner": "admin@vendor.pl"}],
    answers=[
        Answer("contact/delete", "delivered", {**_OK, "result": "Contact deleted"}),
        Answer("result null, seen with permanently: true", "delivered", {**_OK, "result": None}),
        Answer("only an HTTP 200, as a client of 2018 met it", "dead", b"", detail="empty body"),
    ],
    refused=[
        ({"email": "nobody"}, "email: Value error, must be an e-mail address"),
        ({"email": None}, "email: Field required"),
        ({"owner": "x" * 256}, "at most 255"),
    ],
)

DELETE_MANY = Case(
    operation="contact.delete_many",
    data={"contacts": [{"addresseeType": "TAG", "value": "TEST"}]},
    varied={"contacts.0.value": "TEST_{n}"},
    calls={1: 1, 1000: 1, 1001: 2},
    sample=[
        {
            "owner": "admin@vendor.pl",
            "contacts": [
                {"addresseeType": "stage", "value": "funnel1", "optValue": "stage1,stage2"},
                {"addresseeType": "email", "value": "email1@test.pl, email2@test.pl"},
            ],
        }
    ],
    answers=[Answer("batchDelete", "delivered", {**_OK, "result": "Contacts deleted"})],
    refused=[
        ({"contacts": []}, "contacts: List should have at least 1"),
        ({"contacts": [{"addresseeType": "ALL", "value": "x"}]}, "'EMAIL', 'CONTACT_ID', 'TAG'"),
        ({"contacts": [{"addresseeType": "TAG", "value": "x" * 256}]}, "at most 255"),
        ({"contacts": [{"addresseeType": "TAG", "value": "A,,B"}]}, "between two commas"),
        (
            {"contacts": [{"addresseeType": "TAG", "value": "A", "optValue": "stage1"}]},
            "optValue: only addresseeType STAGE",
        ),
    ],
)

SET_OWNER = Case(
    operation="contact.set_owner",
    data={"contact": "ann@shop.example", "newOwner": "new@shop.example"},
    varied={"contact": "ann{n}@shop.example"},
    calls={1: 1, 7: 7},
    sample=[
        {
            "contact": "contact@email.com",
            "owner": "Owner@email.com",
            "newOwner": "newOwner@email.com",
        }
    ],
    answers=[Answer("setMainOwner", "delivered", _OK)],
    refused=[
        ({"newOwner": None}, "newOwner: Field required"),
        ({"newOwner": "x" * 256}, "at most 255"),
        ({"contact": "nobody"}, "contact: Value error, must be an e-mail address"),
    ],
)


def _monitoring(operation: str, detail: str) -> Case:
    return Case(
        operation=operation,
        data={"contacts": [{"addresseeType": "EMAIL", "value": "ann@shop.example"}]},
        varied={"contacts.0.value": "ann{n}@shop.example"},
        calls={1: 1, 1000: 1, 1001: 2},
        sample=[
            {
                "async": False,
                "owner": "admin@vendor.pl",
                "contacts": [{"addresseeType": "email", "value": "test2@test.pl"}],
            }
        ],
        answers=[Answer(operation, "delivered", {"success": True, "message": [detail]})],
        refused=[
            ({"contacts": []}, "contacts: List should have at least 1"),
            ({"contacts": [{"value": "nobody"}]}, "must be an e-mail address"),
            ({"contacts": [{"addresseeType": "TAG", "value": "VIP"}]}, "'EMAIL'"),
        ],
    )


CASES = [
    UPSERT,
    DELETE,
    DELETE_MANY,
    SET_OWNER,
    _monitoring("contact.stop_monitoring", "Contacts have stopped being monitored."),
    _monitoring("contact.restore_monitoring", "Contacts have restored being monitored."),
]
