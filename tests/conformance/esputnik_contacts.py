"""eSputnik's cases: contacts, unsubscribes and segments."""

from __future__ import annotations

from batchline.testing.conformance import Answer, Case

EMAIL = {"type": "email", "value": "ann@shop.example"}
PHONE = {"type": "sms", "value": "380942583691"}
#: Means that an equal request was taken just before; to what is idempotent, "later".
DUPLICATED = Answer("Duplicated request", "failed", b"Duplicated request", 409, detail="Duplicated")
#: The same to what is not.
DUPLICATED_ONCE = Answer(
    "Duplicated request",
    "ambiguous item",
    {"message": "Duplicated request"},
    400,
    detail="Duplicated",
)

#: The contact of seed 004's samples.
CONTACT = {
    "channels": [{"type": "email", "value": "mail@example.com"}, PHONE],
    "firstName": "John",
    "lastName": "Smith",
    "address": {
        "town": "London",
        "region": "West",
        "address": "First str. 1",
        "postcode": "12345",
    },
    "fields": [{"id": 12345, "value": "..."}],
}

UPSERT = Case(
    operation="contact.upsert",
    data={"channels": [EMAIL], "firstName": "Ann"},
    varied={"channels.0.value": "ann{n}@shop.example"},
    calls={1: 1, 3000: 1, 3001: 2},
    sample=[
        {
            **CONTACT,
            "dedupeOn": "email",
            "groupNames": ["Customers"],
            "groupNamesExclude": ["Subscribers"],
            "restoreDeleted": False,
            "eventKeyForNewContacts": "newContact",
        }
    ],
    answers=[
        Answer("asyncSessionId", "delivered", {"asyncSessionId": "a-1", "id": 0}, job="a-1"),
        Answer("asyncSessionId as a number", "delivered", {"asyncSessionId": 71}, job="71"),
        Answer(
            "failedContacts, an object",
            "dead",
            {"asyncSessionId": "a-1", "failedContacts": {"channels": EMAIL, "message": "bad"}},
            detail="bad",
            job="a-1",
        ),
        Answer("failedContacts alone", "dead", {"failedContacts": ["Ann@Shop.example"]}),
        Answer(
            "failedContacts without names",
            "refused",
            {"asyncSessionId": "a-1", "failedContacts": [{"id": 0, "message": "bad"}]},
            detail="bad",
        ),
        Answer("no asyncSessionId", "ambiguous", {"id": 0}),
        Answer("an empty body", "ambiguous", b""),
        DUPLICATED,
    ],
    refused=[
        ({"channels": [{"type": "email", "value": "ann"}]}, "must be an e-mail address"),
        ({"channels": [{"type": "sms", "value": "call me"}]}, "digits with the country code"),
        ({"channels": []}, "at least 1 item"),
        ({"channels": None}, "externalCustomerId, channels or id"),
        ({"firstName": None, "channels": [{"type": "push", "value": "t"}]}, "contactFields would"),
        ({"dedupeOn": "phone"}, "dedupeOn: Input should be"),
        ({"dedupeOn": "sms"}, "dedupeOn: sms is not given"),
        ({"dedupeOn": "fieldId"}, "give fieldId with dedupeOn"),
        ({"fieldId": 5}, "give fieldId with dedupeOn"),
        ({"eventKeyForNewContacts": "new contact"}, "eventKeyForNewContacts: String should match"),
        ({"fields": [{"id": 5, "value": "a"}, {"id": 5, "value": "b"}]}, "an id is given twice"),
    ],
)

_IMPORT = {"valid": True, "importId": "i-1", "fileId": "f-1"}

UPLOAD = Case(
    operation="contact.upload",
    data={"link": "https://shop:secret@files.shop.example/1.csv", "dedupeOn": "email"},
    varied={"link": "https://files.shop.example/{n}.csv"},
    calls={1: 1, 3: 3},
    sample=[
        {
            "link": "https://github.com/example-user/example-repo/blob/main/example-file.txt",
            "dedupeOn": "email",
            "groupNames": ["Customers"],
            "groupNamesExclude": ["Subscribers"],
            "restoreDeleted": False,
            "eventKeyForNewContacts": "newContactweb",
        }
    ],
    answers=[
        Answer("importId", "delivered", _IMPORT, job="i-1"),
        Answer("asyncSessionId", "delivered", {"asyncSessionId": "a-1"}, job="a-1"),
        Answer("booleans as text", "delivered", {**_IMPORT, "valid": "true"}, job="i-1"),
        Answer(
            "valid: false",
            "refused",
            {"valid": False, "message": "File is empty", "fileId": "f-1"},
            detail="File is empty",
        ),
        Answer("valid: false as text", "refused", {"valid": "false"}, detail="valid: false"),
        Answer("valid, without the import's id", "ambiguous", {"valid": True, "fileId": "f-1"}),
        Answer("an id beside an error", "ambiguous", {**_IMPORT, "error": "no"}),
        Answer("an empty body", "ambiguous", b""),
        Answer("a sentence", "ambiguous", b"Import was started"),
        DUPLICATED,
    ],
    refused=[
        ({"link": "files/1.csv"}, "link: Value error, must be the http:// or https:// address"),
        ({"link": "ftp://files.shop.example/1.csv"}, "must be the http:// or https:// address"),
        ({"link": "https:///1.csv"}, "must be the http:// or https:// address"),
        ({"link": "https://files.shop.example/a b.csv"}, "link: Value error, must have no spaces"),
        ({"link": None}, "link: Field required"),
        ({"dedupeOn": None}, "dedupeOn: Field required"),
        ({"dedupeOn": "externalCustomerId"}, "dedupeOn: Input should be"),
        ({"eventKeyForNewContacts": "a b"}, "eventKeyForNewContacts: String should match"),
        ({"groupNames": []}, "groupNames: List should have at least 1 item"),
    ],
)

UPSERT_ONE = Case(
    operation="contact.upsert_one",
    data={"channels": [EMAIL], "firstName": "Ann"},
    varied={"channels.0.value": "ann{n}@shop.example"},
    calls={1: 1, 3: 3},
    sample=[{**CONTACT, "externalCustomerId": "12345"}],
    answers=[
        Answer("id", "delivered", {"id": 17}, api_id="17"),
        Answer("id as text", "delivered", {"id": "17"}, api_id="17"),
        Answer("no id", "ambiguous", {"id": 0}),
        Answer("an empty body", "ambiguous", b""),
        DUPLICATED,
    ],
    refused=[({"channels": None}, "externalCustomerId or channels: give at least one")],
)

UPDATE = Case(
    operation="contact.update",
    data={"contactId": 17, "firstName": "Ann", "channels": [EMAIL]},
    varied={"contactId": 17, "channels.0.value": "ann{n}@shop.example"},
    calls={1: 1, 3: 3},
    sample=[{**CONTACT, "contactId": 17}],
    answers=[
        Answer("the recorded sentence", "delivered", b"Contact with id='17' has been updated"),
        Answer(
            "the sentence as JSON",
            "delivered",
            b"\"Contact with id='17' has been updated\"",
        ),
        Answer("another sentence", "ambiguous", b"Contact has not been updated"),
        Answer("HTTP 404", "refused", b"Contact not found", 404, detail="not found"),
        DUPLICATED,
    ],
    refused=[
        ({"firstName": None, "channels": None}, "give at least one field"),
        ({"contactId": None}, "contactId: Field required"),
        ({"contactId": 0}, "greater than 0"),
    ],
)

DELETE = Case(
    operation="contact.delete",
    data={"externalCustomerId": "shop-17", "erase": True},
    varied={"externalCustomerId": "shop-{n}"},
    calls={1: 1, 3: 3},
    sample=[{"externalCustomerId": "X", "erase": True}],
    answers=[
        Answer("the sentence", "delivered", b"Contact with id='17' has been deleted"),
        Answer("an empty body", "delivered", b""),
        Answer("not found", "delivered", {"message": "Contact not found"}, 404),
        Answer("another 404", "refused", {"error": "Not Found", "path": "/x"}, 404),
        Answer("a gateway's 404", "blocked", b"<h1>Contact page not found</h1>", 404),
        DUPLICATED,
    ],
    refused=[
        ({"contactId": 17}, "contactId, externalCustomerId: give exactly one"),
        ({"externalCustomerId": None, "contactId": 17}, "erase: only with externalCustomerId"),
    ],
)

SUBSCRIBE = Case(
    operation="contact.subscribe",
    data={"contact": {"channels": [EMAIL]}, "groups": ["News"], "formType": "footer"},
    varied={"contact.channels.0.value": "ann{n}@shop.example"},
    calls={1: 1, 3: 3},
    sample=[{"contact": CONTACT, "groups": ["Subscribers"], "formType": "abc"}],
    answers=[
        Answer("id", "delivered", {"id": 17, "emailStatus": "NEED_CONFIRMATION"}, api_id="17"),
        DUPLICATED_ONCE,
    ],
    refused=[
        ({"contact": {"firstName": "Ann"}}, "externalCustomerId or channels"),
        ({"formType": "a;b"}, "must not hold any of"),
        ({"formType": "x" * 78}, "at most 77"),
        ({"groups": []}, "at least 1 item"),
    ],
)

UNSUBSCRIBE = Case(
    operation="email.unsubscribe",
    data={"email": "ann@shop.example"},
    varied={"email": "ann{n}@shop.example"},
    calls={1: 1, 500: 1, 501: 2},
    sample=[{"email": "test1@mail.com"}, {"email": "test2@mail.com"}],
    answers=[
        Answer("an empty 200", "delivered", b""),
        Answer("a sentence", "delivered", b"Emails were added"),
        Answer("a sentence about a failure", "ambiguous", b"Couldn't add emails"),
        DUPLICATED,
    ],
    refused=[({"email": "ann"}, "email: Value error, must be an e-mail address")],
)

RESUBSCRIBE = Case(
    operation="email.resubscribe",
    data={"email": "ann@shop.example"},
    varied={"email": "ann{n}@shop.example"},
    calls={1: 1, 500: 1, 501: 2},
    sample=[{"email": "test1@mail.com"}, {"email": "test2@mail.com"}],
    answers=[Answer("an empty 200", "delivered", b""), DUPLICATED],
    refused=[({"email": ""}, "email: Value error, must be an e-mail address")],
)

_SEGMENT_REFUSED = [
    ({"contactIds": []}, "contactIds: List should have at least 1 item"),
    ({"contactIds": None}, "contactIds, externalCustomerIds: give exactly one"),
    ({"externalCustomerIds": ["shop-1"]}, "contactIds, externalCustomerIds: give exactly one"),
    ({"contactIds": list(range(1, 502))}, "at most 500"),
    ({"contactIds": None, "externalCustomerIds": ["x"] * 501}, "at most 500"),
    ({"contactIds": None, "externalCustomerIds": []}, "at least 1 item"),
    ({"contactIds": None, "externalCustomerIds": [" "]}, "is blank"),
    ({"segmentId": None}, "segmentId: Field required"),
]

ATTACH = Case(
    operation="segment.attach",
    data={"segmentId": 7, "contactIds": [1]},
    varied={"contactIds.0": 1},
    calls={1: 1, 500: 1, 501: 2},
    sample=[{"segmentId": 7, "contactIds": [17]}, {"segmentId": 7, "contactIds": [18]}],
    answers=[
        Answer("a sentence", "delivered", b"Contacts were attached"),
        Answer("another sentence", "delivered", b"Done"),
        Answer("the other sentence", "ambiguous", b"Contacts were detached"),
        Answer("a sentence about a failure", "ambiguous", b"Group is disabled"),
        Answer("an empty body", "delivered", b""),
        Answer("no such segment", "dead", b"Group not found", 404, detail="Group not found"),
        DUPLICATED,
    ],
    refused=_SEGMENT_REFUSED,
)

DETACH = Case(
    operation="segment.detach",
    data={"segmentId": 7, "contactIds": [1]},
    varied={"contactIds.0": 1},
    calls={1: 1, 500: 1, 501: 2},
    sample=[{"segmentId": 7, "contactIds": [17]}, {"segmentId": 7, "contactIds": [18]}],
    answers=[
        Answer("the seen sentence", "delivered", b"Contacts were detached"),
        Answer("no such segment", "dead", b"Group not found", 404, detail="Group not found"),
        DUPLICATED,
    ],
    refused=_SEGMENT_REFUSED,
)

CASES = [
    UPSERT,
    UPLOAD,
    UPSERT_ONE,
    UPDATE,
    DELETE,
    SUBSCRIBE,
    UNSUBSCRIBE,
    RESUBSCRIBE,
    ATTACH,
    DETACH,
]
