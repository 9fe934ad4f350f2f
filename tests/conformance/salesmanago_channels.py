"""SALESmanago's cases of coupons, funnels, e-mails, text messages, tasks, notes and loyalty."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from batchline.testing.conformance import Answer, Case

OK = {"success": True, "message": []}
ANN = {"addresseeType": "EMAIL", "value": "ann@shop.example"}
#: A contact of its own for each of many messages.
EACH_ITS_OWN = {"contacts.0.value": "ann{n}@shop.example"}
#: Messages to one contact each, of which 200 go into one call.
COALESCED = {1: 1, 200: 1, 201: 2}
ONE_BY_ONE = {1: 1, 3: 3}
SENT = {"success": True, "message": ["Emails are scheduling to send."], "conversationId": "f1e2"}
LONG = "x" * 256

COUPON = Case(
    operation="coupon.add",
    data={"email": "ann@shop.example", "name": "winter", "coupon": "SB-17"},
    varied={"coupon": "SB-{n}00"},
    calls=ONE_BY_ONE,
    sample=[
        {
            "name": "Coupon123",
            "email": "***@gmail.com",
            "valid": 1484207320124,
            "coupon": "couponVal",
        }
    ],
    answers=[
        Answer(
            "addContactCoupon",
            "delivered",
            {**OK, "result": None, "coupon": "couponVal"},
            api_id="couponVal",
        ),
        Answer("an answer without the code", "delivered", {**OK, "result": None}),
    ],
    refused=[
        ({"name": "x" * 65}, "name: String should have at most 64"),
        ({"coupon": "abcd"}, "coupon: String should have at least 5"),
        ({"coupon": "x" * 33}, "coupon: String should have at most 32"),
        ({"coupon": None, "length": 4}, "length: Input should be greater than or equal to 5"),
        ({"coupon": None, "length": 65}, "length: Input should be less than or equal to 64"),
        ({"length": 65}, "length: Input should be less than or equal to 64"),
        ({"coupon": None}, "length, coupon: give at least one"),
        ({"valid": 1484207320}, "seconds"),
    ],
)

FUNNEL = Case(
    operation="funnel.add",
    data={"funnel": "Sales", "stages": [{"name": "First", "order": 1}]},
    varied={"funnel": "Sales {n}"},
    calls=ONE_BY_ONE,
    sample=[
        {
            "owner": "owner@mail.com",
            "funnel": "funnel_name",
            "group": "funnel group",
            "potValue": 4,
            "stages": [
                {"name": "stage name", "order": 1},
                {"name": "second stage name", "order": 2},
            ],
        }
    ],
    answers=[
        Answer("funnel/add", "delivered", {"success": True, "message": ["Funnel x was added."]})
    ],
    refused=[
        ({"stages": [{"name": "ab", "order": 1}]}, "stages.0.name: String should have at least 3"),
        ({"stages": [{"name": "abc", "order": 2}]}, "order: must be 1, 2, 3"),
        ({"stages": []}, "stages: List should have at least 1"),
        ({"funnel": None}, "funnel: Field required"),
    ],
)

_ADDED = {"success": True, "message": [], "addedContacts": {"07381ccd": True}}

FUNNEL_ENTRY = Case(
    operation="funnel.add_contact",
    data={"funnel": "Sales", "stage": "First", "contacts": [ANN]},
    varied=EACH_ITS_OWN,
    calls=COALESCED,
    sample=[
        {
            "owner": "owner@mail.com",
            "funnel": "funnel_name",
            "stage": "stage name",
            "potValue": 4,
            "modify": True,
            "contacts": [
                {"addresseeType": "EMAIL", "value": "test1@test.pl, test2@test.pl, test3@test.pl"}
            ],
        }
    ],
    answers=[
        Answer("funnel/addContact", "delivered", _ADDED),
        Answer(
            "addedContacts says false",
            "dead",
            {**_ADDED, "addedContacts": {"07381ccd": False}},
            detail="07381ccd",
        ),
        Answer("addedContacts does not have it", "missing", {**_ADDED, "addedContacts": {}}),
        Answer("no addedContacts", "ambiguous item", OK),
    ],
    refused=[
        ({"stage": None}, "stage: Field required"),
        ({"contacts": []}, "contacts: List should have at least 1"),
        ({"contacts": [{**ANN, "value": "nobody"}]}, "must be an e-mail address"),
        ({"contacts": [{**ANN, "addresseeType": "STAGE"}]}, "contacts.0.addresseeType"),
        ({"contacts": [{"addresseeType": "TAG", "value": LONG}]}, "at most 255"),
        ({"potValue": "4"}, "potValue"),
    ],
)

FUNNEL_DELETION = Case(
    operation="funnel.delete",
    data={"funnel": "Sales", "stage": "First"},
    varied={"funnel": "Sales {n}"},
    calls=ONE_BY_ONE,
    sample=[{"owner": "owner@mail.com", "funnel": "funnel_name", "stage": "stage name"}],
    answers=[
        Answer(
            "funnel/delete",
            "delivered",
            {
                "success": True,
                "message": ["Specified funnel stage will be deleted in a few seconds"],
            },
        )
    ],
    refused=[({"stage": ""}, "stage: String should have at least 1")],
)


def _properties(**named: str) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in named.items()]


EMAIL = Case(
    operation="email.send",
    data={"emailId": "1a2b", "contacts": [ANN]},
    varied=EACH_ITS_OWN,
    calls=COALESCED,
    sample=[
        {
            "user": "salesmanago.user@yourcompany.com",
            "emailId": "1a2b-...-3c4d",
            "date": 1659938888000,
            "contacts": [
                {
                    "addresseeType": "EMAIL",
                    "value": "name1@example.com, name2@example.com, name3@example.com",
                    "properties": _properties(
                        conference_name="Global Innovations Summit", start_time="11:00"
                    ),
                },
                {
                    "addresseeType": "CONTACT_ID",
                    "value": "1a2b-...-3c4d, 1a2b-...-3c4d, 2b3c-...-4d5e, 3c4d-...-5e6f",
                    "properties": _properties(discount="20%"),
                },
                {
                    "addresseeType": "TAG",
                    "value": "UPSELL, CROSSELL",
                    "properties": _properties(discount="20%"),
                },
                {
                    "addresseeType": "FUNNEL",
                    "value": "AIDA, Conversion",
                    "properties": _properties(discount="20%"),
                },
                {"addresseeType": "STAGE", "value": "AIDA", "optValue": "Awareness, Interest"},
            ],
            "excludeContacts": [
                {
                    "addresseeType": "EMAIL",
                    "value": "name4@example.com, name5@example.com, name6@example.com",
                },
                {"addresseeType": "TAG", "value": "FREQUENT_BUYER"},
            ],
        }
    ],
    answers=[Answer("sendEmail", "delivered", SENT, api_id="f1e2")],
    refused=[
        ({"emailId": LONG}, "emailId: String should have at most 255"),
        ({"contacts": [{**ANN, "optValue": "First"}]}, "optValue: only addresseeType STAGE"),
        ({"contacts": [{**ANN, "value": "a@b.pl,,c@d.pl"}]}, "nothing between two commas"),
        (
            {"contacts": [{**ANN, "properties": {"size": LONG}}]},
            "contacts.0.properties.0.value: String should have at most 255",
        ),
        ({"date": 1659938888}, "seconds"),
        ({"excludeContacts": [{"addresseeType": "ID", "value": "1"}]}, "excludeContacts.0"),
    ],
)

CONFIRMATION = Case(
    operation="email.send_confirmation",
    data={"email": "ann@shop.example"},
    varied={"email": "ann{n}@shop.example"},
    calls=ONE_BY_ONE,
    sample=[
        {
            "owner": "salesmanago.user@yourcompany.com",
            "email": "name@example.com",
            "tag": "CSV_IMPORT",
            "doubleOptInLanguage": "ES",
        }
    ],
    answers=[
        Answer(
            "sendConfirmation",
            "delivered",
            {
                "success": True,
                "message": ["Contact exists - confirmation email sent"],
                "contactExists": True,
                "contactId": "1a2b-...-3c4d",
            },
        ),
        Answer("contactExists says false", "missing", {**OK, "contactExists": False}),
    ],
    refused=[
        ({"tag": LONG}, "tag: String should have at most 255"),
        (
            {"doubleOptInLanguage": "ES", "doubleOptInEmailId": "6d5c"},
            "doubleOptInLanguage, doubleOptInEmailId: give one of the two",
        ),
        ({"email": f"{'x' * 65}@shop.example"}, "up to 64 characters"),
    ],
)

EMAIL_UPSERT = Case(
    operation="email.upsert",
    data={
        "name": "Spring",
        "subject": "Special prize 🎁",
        "senderAccountId": "6789",
        "content": "<html><body>$opt-out$</body></html>",
    },
    varied={"name": "Spring {n}"},
    calls=ONE_BY_ONE,
    sample=[
        {
            "emailId": "1234-...-abcd",
            "emailOwner": "user@example.com",
            "name": "Special discount code",
            "utmCampaign": "Spring/summer campaign",
            "subject": "Special prize for you 🎁 Redeem before it's gone 😍",
            "senderAccountId": "6789-...-efgh",
            "content": "<html><body>...$opt-out$...</body></html>",
            "shared": False,
        }
    ],
    answers=[
        Answer("email/upsert", "delivered", {**OK, "emailId": "1234-abcd"}, api_id="1234-abcd")
    ],
    refused=[
        ({"name": LONG}, "name: String should have at most 255"),
        ({"subject": "x" * 999}, "subject: String should have at most 998"),
        ({"content": "€" * 699_051}, "at most 2,097,152"),
        ({"senderAccountId": None}, "senderAccountId: Field required"),
        ({"shared": "no"}, "shared: Input should be a valid boolean"),
        ({"emailId": "a@b.pl"}, "emailId: String should match pattern"),
    ],
)

_FILE = {
    "name": "poster.gif",
    "contentType": "image/gif",
    "content": "R0lGODlhIC4uLiBjb250ZW50IG9mIHRoZSBmaWxlIC4uLg==",
}
_ATTACHED: dict[str, Any] = {"addresseeType": "EMAIL", "email": "ann@shop.example"}

ATTACHMENT = Case(
    operation="email.send_with_attachment",
    data={"emailId": "1ece", "contacts": [_ATTACHED], "attachment": _FILE},
    varied={"contacts.0.email": "ann{n}@shop.example"},
    calls=ONE_BY_ONE,
    sample=[
        {
            "user": "test@test.com",
            "emailId": "1ece2b0d-9061-4295-9ad4-34ab82fa852e",
            "contacts": [
                {
                    "addresseeType": "EMAIL",
                    "email": "test@test.com",
                    "contactId": None,
                    "tag": None,
                    "properties": _properties(ext_detal_01="value_01", ext_detal_02="value_02"),
                },
                {
                    "addresseeType": "EMAIL",
                    "email": "test.stepniak+1@gmail.com",
                    "properties": _properties(ext_detal_03="value_03", ext_detal_04="value_04"),
                },
            ],
            "excludeContacts": [
                {"addresseeType": "EMAIL", "email": "user3@example.com", "properties": []}
            ],
            "date": 1391167515515,
            "immediate": False,
            "rule": False,
            "attachment": _FILE,
        }
    ],
    answers=[Answer("sendWithAttachment", "delivered", SENT, api_id="f1e2")],
    refused=[
        ({"attachment": {**_FILE, "content": "no base64"}}, "must be base64"),
        (
            {"attachment": {**_FILE, "content": b64encode(bytes(5_000_001)).decode()}},
            "at most 5,000,000 are taken (Batchline's own limit)",
        ),
        ({"attachment": {**_FILE, "name": 'a".gif'}}, "attachment.name"),
        ({"attachment": {**_FILE, "contentType": "gif\r\nX: y"}}, "attachment.contentType"),
        ({"contacts": [{**_ATTACHED, "tag": "VIP"}]}, "give the one that addresseeType says"),
        ({"contacts": [{"addresseeType": "TAGS"}]}, "give the one that addresseeType says"),
    ],
)

MESSAGE = Case(
    operation="message.send",
    data={"name": "Spring", "textContent": "Up to 50% off", "contacts": [ANN]},
    varied=EACH_ITS_OWN,
    calls=COALESCED,
    sample=[
        {
            "user": "salesmanago.user@example.com",
            "contacts": [
                {"addresseeType": "EMAIL", "value": "name1@example.com, name2@example.com"}
            ],
            "name": "Sample conversation name",
            "sender": "Example sender",
            "textContent": "Visit example.com and get up to 50% off",
            "shortenLinks": False,
            "messagingChannelIntegration": [
                {"channel": "SMS", "provider": "APIFONICA"},
                {"channel": "VIBER", "provider": "OCTAPUSH"},
            ],
            "allowDiacritics": True,
        }
    ],
    answers=[
        Answer(
            "messaging/send",
            "delivered",
            {"success": True, "message": ["Scheduled sending"], "conversationId": 1},
            api_id="1",
        )
    ],
    refused=[
        ({"name": LONG}, "name: String should have at most 255"),
        ({"templateName": "abcd"}, "templateName, textContent: give exactly one"),
        ({"textContent": None}, "templateName, textContent: give exactly one"),
        ({"user": f"{'x' * 243}@shop.example"}, "user: String should have at most 254"),
        ({"time": 1391167515515}, "from one day ago to one year from now"),
        ({"contacts": [{"addresseeType": "TAG"}]}, "value: needed with this addresseeType"),
        (
            {"messagingChannelIntegration": [{"channel": "FAX", "provider": "x"}]},
            "messagingChannelIntegration.0.channel",
        ),
    ],
)

_TRANSACTIONAL: dict[str, Any] = {
    "provider": "SMS_TWILIO",
    "integrationName": "Example SMS gateway",
    "templateExternalId": "1a2b",
    "sender": "Shop",
    "contact": {**ANN, "properties": {"total": "19.99 EUR"}},
}

TRANSACTIONAL = Case(
    operation="message.send_transactional",
    data=_TRANSACTIONAL,
    varied={"contact.value": "ann{n}@shop.example"},
    calls=ONE_BY_ONE,
    sample=[
        {
            "user": "salesmanago.user@yourcompany.com",
            "provider": "NATIVE",
            "integrationName": "Example SMS gateway",
            "templateExternalId": "1a2b-...-3c4d",
            "sender": "Example sender name",
            "contact": {
                "addresseeType": "EMAIL",
                "value": "name@example.com",
                "properties": {"example_parameter": "19.99 EUR"},
            },
            "allowDiacritical": True,
            "shortenLinks": False,
        }
    ],
    answers=[
        Answer(
            "messaging/transactional/send",
            "delivered",
            {**OK, "conversationId": 123456},
            api_id="123456",
        )
    ],
    refused=[
        ({"provider": "SMS_GATEWAY"}, "provider: Value error, none of the documented providers"),
        ({"integrationName": LONG}, "integrationName: String should have at most 255"),
        ({"contact": {**ANN, "value": "a@b.pl, c@d.pl"}}, "value: one contact, without commas"),
        (
            {"contact": {**ANN, "properties": {str(n): "x" for n in range(21)}}},
            "contact.properties: Dictionary should have at most 20",
        ),
        ({"contact": {**ANN, "addresseeType": "TAG"}}, "contact.addresseeType"),
    ],
)

_TASK: dict[str, Any] = {
    "contactEmail": "ann@shop.example",
    "date": 1359673200361,
    "reminder": "30_MIN",
}

TASK = Case(
    operation="task.update",
    data={"finished": False, "smContactTaskReq": _TASK},
    varied={"smContactTaskReq.contactEmail": "ann{n}@shop.example"},
    calls=ONE_BY_ONE,
    sample=[
        {
            "finished": False,
            "smContactTaskReq": {
                "contactEmail": "john.doe@email.com",
                "id": "task-id-123",
                "note": "Call to client",
                "date": 1359673200361,
                "cc": "john.doe@email.com",
                "reminder": "30_MIN",
                "realized": False,
            },
        }
    ],
    answers=[
        Answer("updateTask", "delivered", {**OK, "taskId": "task-Id-123"}, api_id="task-Id-123")
    ],
    refused=[
        (
            {"smContactTaskReq": {"contactEmail": "ann@shop.example"}},
            "a new task needs contactEmail, date and reminder",
        ),
        ({"finished": True}, "smContactTaskReq.id: needed with finished"),
        ({"smContactTaskReq": {**_TASK, "reminder": "2_HOUR"}}, "smContactTaskReq.reminder"),
        ({"smContactTaskReq": {**_TASK, "note": "x" * 2049}}, "at most 2048"),
        ({"smContactTaskReq": {**_TASK, "cc": "a@b.pl, nobody"}}, "must be an e-mail address"),
        ({"smContactTaskReq": {**_TASK, "cc": ["a@b.pl"] * 50}}, "at most 255"),
    ],
)

NOTE = Case(
    operation="note.add",
    data={"email": "ann@shop.example", "note": "Called."},
    varied={"email": "ann{n}@shop.example"},
    calls=ONE_BY_ONE,
    sample=[
        {
            "owner": "owner@test.pl",
            "email": "test1@test.pl",
            "priv": False,
            "note": "Note which will be assigned to contacts",
        }
    ],
    answers=[
        Answer("addNote", "delivered", {"success": True, "message": ["Note was added to contact"]})
    ],
    refused=[
        ({"note": "x" * 1025}, "note: String should have at most 1024"),
        ({"note": ""}, "note: String should have at least 1"),
        ({"email": None}, "email or contactId"),
        ({"priv": "true"}, "priv: Input should be a valid boolean"),
    ],
)

_LOYALTY: dict[str, Any] = {"contacts": [ANN], "loyaltyProgram": "Stars"}
_LOYALTY_SAMPLE: dict[str, Any] = {
    "owner": "admin@vendor.pl",
    "contacts": [{"addresseeType": "email", "value": "email@addresseeType.pl"}],
    "loyaltyProgram": "Loyalty Program Name",
}
_NO_PROGRAM = Answer(
    "no such loyalty program",
    "dead",
    {"success": False, "message": ["Specified loyalty program does not exist"]},
    detail="does not exist",
)
_INACTIVE = Answer(
    "inactive loyalty program",
    "dead",
    {"success": False, "message": ["Specified loyalty program is inactive"]},
    detail="inactive",
)
_LOYALTY_REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"loyaltyProgram": LONG}, "loyaltyProgram: String should have at most 255"),
    ({"contacts": []}, "contacts: List should have at least 1"),
    ({"contacts": [{**ANN, "addresseeType": "PHONE"}]}, "contacts.0.addresseeType"),
]

LOYALTY = [
    Case(
        operation=f"loyalty.{verb}",
        data=_LOYALTY,
        varied=EACH_ITS_OWN,
        calls=COALESCED,
        sample=[_LOYALTY_SAMPLE],
        answers=[Answer("loyalty/program/v1", "delivered", OK), _NO_PROGRAM, _INACTIVE],
        refused=_LOYALTY_REFUSED,
    )
    for verb in ("add_contact", "remove_contact")
]
POINTS = Case(
    operation="loyalty.modify_points",
    data={**_LOYALTY, "points": 12, "modificationType": "ADD"},
    varied=EACH_ITS_OWN,
    calls=COALESCED,
    sample=[
        {
            **_LOYALTY_SAMPLE,
            "points": 12,
            "modificationType": "SUBTRACT",
            "comment": "Comment text",
        }
    ],
    answers=[Answer("modifyPoints", "delivered", OK), _NO_PROGRAM, _INACTIVE],
    refused=[
        *_LOYALTY_REFUSED,
        ({"points": 0}, "points: Input should be greater than or equal to 1"),
        ({"points": 1.5}, "points: Input should be a valid integer"),
        ({"modificationType": "SET"}, "modificationType"),
        ({"comment": LONG}, "comment: String should have at most 255"),
    ],
)

CASES = [
    COUPON,
    FUNNEL,
    FUNNEL_ENTRY,
    FUNNEL_DELETION,
    EMAIL,
    CONFIRMATION,
    EMAIL_UPSERT,
    ATTACHMENT,
    MESSAGE,
    TRANSACTIONAL,
    TASK,
    NOTE,
    *LOYALTY,
    POINTS,
]
