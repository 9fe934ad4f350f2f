"""Coupons given, funnels, e-mails, text messages, tasks, notes, loyalty, and SALESmanago Mobile."""

import hashlib
import json
import time

import pytest
import requests

from batchline.sandbox.salesmanago.auth import sha
from batchline.sandbox.salesmanago_mobile.api import API_SECRET, CLIENT_ID
from tests.waiting import PATIENCE

ANN, BOB = "ann@shop.example", "bob@shop.example"
OWNER = "admin@vendor.pl"
UUID = "99cdc5fe-7376-436e-acb5-7180c97dadb6"
LONG = "x" * 256
TO_ANN = [{"addresseeType": "EMAIL", "value": ANN}]
STAGES = [{"name": "First", "order": 1}, {"name": "Second", "order": 2}]
FILE = bytes(range(256)) + b"\r\n--x\r\n"


def ok(answer, **fields):
    assert answer["success"] is True, answer
    assert {name: answer.get(name) for name in fields} == fields
    return answer


def test_a_coupon_is_the_contacts_own_and_can_be_redeemed(api):
    api.create(ANN)

    def add(**fields):
        return api.post("contact/addContactCoupon", owner=..., email=ANN, name="winter", **fields)

    assert add(coupon="XMAS-1") == {
        "success": True,
        "message": [],
        "result": None,
        "coupon": "XMAS-1",
    }
    made = ok(add(length=7))["coupon"]
    assert len(made) == 7
    shown = [coupon["coupon"] for coupon in api.control.contact(ANN)["coupons"]]
    assert shown == ["XMAS-1", made]
    redeemed = api.post("contact/useContactCoupon", owner=..., email=ANN, coupon=made)
    assert redeemed["success"] is True
    taken = api.post(
        "contact/addContactCoupon", owner=..., email=BOB, name="winter", coupon="XMAS-1"
    )
    assert taken["message"] == ["[sandbox] coupon: assigned to another contact"]


def test_contacts_stand_in_a_funnel_until_it_is_deleted(api):
    api.create(ANN, BOB)
    added = api.post("funnel/add", funnel="Sales", stages=STAGES)
    assert added == {"success": True, "message": ["Funnel Sales was added."]}
    assert api.post("funnel/add", funnel="Sales", stages=STAGES)["success"] is False
    both = [{"addresseeType": "EMAIL", "value": f"{ANN}, {BOB}, no@shop.example"}]
    entered = api.post("funnel/addContact", funnel="Sales", stage="First", contacts=both)
    ids = [api.control.contact(one)["id"] for one in (ANN, BOB)]
    assert entered["addedContacts"] == dict.fromkeys(ids, True)
    again = [{"addresseeType": "FUNNEL", "value": "Sales"}]
    ok(api.post("funnel/addContact", funnel="Sales", stage="Second", contacts=again))
    assert api.control.memory()["funnels"]["Sales"]["contacts"] == dict.fromkeys(ids, "Second")
    deleted = api.post("funnel/delete", funnel="Sales", stage="Second")
    assert deleted["message"] == ["Specified funnel stage will be deleted in a few seconds"]
    assert api.control.memory()["funnels"]["Sales"] == {"stages": ["First"], "contacts": {}}
    ok(api.post("funnel/delete", funnel="Sales"))
    assert api.control.memory()["funnels"] == {}


def test_an_email_to_an_unknown_address_makes_a_contact(api):
    answer = api.post(
        "email/sendEmail", owner=..., user=OWNER, emailId="1a2b", date=5, contacts=TO_ANN
    )
    assert ok(answer, message=["Emails are scheduling to send."])["conversationId"]
    assert api.control.contact(ANN)["optedOut"] is False
    (row,) = api.control.ledger(operation="email.send")
    assert (row["id"], row["key"], row["outcome"]) == (f"1a2b:{ANN}", ANN, "applied")


def test_a_confirmation_is_sent_to_who_exists(api):
    missing = api.post("email/sendConfirmation", email=ANN, tag="CSV")
    ok(missing, contactExists=False, contactId=None)
    api.create(ANN)
    sent = api.post("email/sendConfirmation", email=ANN, doubleOptInLanguage="ES")
    ok(sent, contactExists=True, message=["Contact exists - confirmation email sent"])
    assert sent["contactId"] == api.control.contact(ANN)["id"]


def test_an_email_is_added_and_then_changed(api):
    def upsert(**fields):
        sent = {"name": "Spring", "subject": "s", "senderAccountId": UUID, "content": "c"}
        return api.post("email/upsert", owner=..., emailOwner=OWNER, **{**sent, **fields})

    email_id = ok(upsert())["emailId"]
    ok(upsert(emailId=email_id, subject="changed"), emailId=email_id)
    assert api.control.memory()["emails"][email_id]["subject"] == "changed"
    assert upsert(emailId=UUID)["message"] == ["[sandbox] emailId: unknown"]


def send_form(api, content_type=None, file=FILE, **fields):
    body = api.body(owner=..., user=OWNER, emailId="1a2b", date=5, **fields)
    body.setdefault("contacts", [{"addresseeType": "EMAIL", "email": ANN}])
    files = {
        "attachment": ("a.bin", file, "image/gif"),
        "emailSendRequest": (None, json.dumps(body)),
    }
    headers = {"Content-Type": content_type} if content_type else {}
    url = f"{api.url}/api/email/sendWithAttachment"
    return api.session.post(url, files=files, headers=headers, timeout=PATIENCE).json()


def test_an_attachment_arrives_byte_for_byte(api):
    assert ok(send_form(api))["conversationId"]
    (kept,) = api.control.memory()["kept"]["email.send_with_attachment"]
    assert kept["attachment"] == {
        "name": "a.bin",
        "type": "image/gif",
        "sha256": hashlib.sha256(FILE).hexdigest(),
    }


def test_a_form_with_wrong_contacts_or_none_at_all_is_refused(api):
    wrong = send_form(api, contacts=[{"addresseeType": "TAGS", "email": ANN}])
    assert "tag: not given" in wrong["message"][0]
    assert send_form(api, content_type="text/plain")["success"] is False
    answer = api.post("email/sendWithAttachment", owner=..., user=OWNER, contacts=[])
    assert answer["success"] is False


def test_text_messages_get_a_conversation_each(api):
    first = api.post(
        "messaging/send", owner=..., user=OWNER, name="n", textContent="t", contacts=TO_ANN
    )
    ok(first, message=["Scheduled sending"], conversationId=1)
    group = [{"addresseeType": "OPTED_IN"}]
    now = int(time.time() * 1000)
    second = api.post(
        "messaging/send",
        owner=...,
        user=OWNER,
        name="n",
        templateName="t",
        contacts=group,
        time=now,
    )
    ok(second, conversationId=2)


def test_tasks_are_added_changed_and_deleted_by_their_id(api):
    def update(finished=False, **task):
        return api.post("contact/updateTask", owner=..., finished=finished, smContactTaskReq=task)

    task_id = ok(update(contactEmail=ANN, date=5, reminder="1_DAY"))["taskId"]
    ok(update(id=task_id, realized=True), taskId=task_id)
    assert api.control.memory()["tasks"][task_id]["realized"] is True
    ok(update(finished=True, id=task_id), taskId=task_id)
    assert api.control.memory()["tasks"] == {}
    assert update(id=task_id)["message"] == ["[sandbox] id: unknown"]


def test_a_note_is_kept(api):
    answer = api.post("contact/addNote", email=ANN, contactId="", priv=False, note="Called.")
    assert answer == {"success": True, "message": ["Note was added to contact"]}
    (note,) = api.control.memory()["kept"]["note.add"]
    assert (note["email"], note["note"]) == (ANN, "Called.")


def loyalty(api, method, program="Stars", **fields):
    contacts = fields.pop("contacts", [{"addresseeType": "email", "value": f"{ANN}, {BOB}"}])
    return api.post(
        f"loyalty/program/v1/{method}", loyaltyProgram=program, contacts=contacts, **fields
    )


def test_points_are_counted_for_each_contact_of_a_program(api):
    ok(loyalty(api, "addContact"))
    ok(loyalty(api, "modifyPoints", points=12, modificationType="ADD"))
    ok(loyalty(api, "modifyPoints", points=2, modificationType="SUBTRACT", contacts=TO_ANN))
    assert api.control.memory()["programs"] == {"Stars": {ANN: 10, BOB: 12}}
    ok(loyalty(api, "removeContact", contacts=TO_ANN))
    assert api.control.memory()["programs"] == {"Stars": {BOB: 12}}


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("unknown", "Specified loyalty program does not exist"),
        ("inactive", "Specified loyalty program is inactive"),
    ],
)
def test_a_program_that_cannot_be_used_is_refused_in_the_vendors_words(api, program, words):
    answer = loyalty(api, "addContact", program)
    assert answer == {"success": False, "message": [words]}


SEND = {"owner": ..., "user": OWNER, "contacts": TO_ANN}
REFUSED = [
    ("contact/addContactCoupon", {"owner": ..., "email": ANN, "name": "n"}, "coupon: not given"),
    (
        "contact/addContactCoupon",
        {"owner": ..., "email": ANN, "name": "n", "length": 65},
        "length: more than 64",
    ),
    ("funnel/add", {"funnel": "F", "stages": [{"name": "ab", "order": 1}]}, "shorter than 3"),
    ("funnel/add", {"funnel": "F", "stages": [{"name": "abc", "order": 2}]}, "1, 2, 3"),
    ("funnel/add", {"funnel": "F", "stages": STAGES, "owner": ...}, "not owner specified"),
    (
        "funnel/addContact",
        {"funnel": "F", "stage": "S", "contacts": [{"addresseeType": "STAGE", "value": "F"}]},
        "contacts[0].addresseeType: not one of",
    ),
    ("funnel/addContact", {"funnel": "F", "stage": "S", "contacts": TO_ANN}, "unknown"),
    ("email/sendEmail", {**SEND, "emailId": "1"}, "date: not given"),
    ("email/sendEmail", {**SEND, "emailId": "1", "date": 5, "user": "x"}, "invalid owner"),
    (
        "email/sendEmail",
        {**SEND, "emailId": "1", "date": 5, "contacts": [{**TO_ANN[0], "optValue": "S"}]},
        "optValue: only for STAGE",
    ),
    (
        "email/sendConfirmation",
        {"email": ANN, "doubleOptInLanguage": "ES", "doubleOptInEmailId": "1"},
        "only one of it",
    ),
    (
        "email/upsert",
        {
            "owner": ...,
            "emailOwner": OWNER,
            "name": "n",
            "subject": "s",
            "senderAccountId": UUID,
            "content": "x" * 2_097_153,
        },
        "more than 2097152 bytes",
    ),
    ("messaging/send", {**SEND, "name": "n"}, "templateName: not given"),
    ("messaging/send", {**SEND, "name": "n", "textContent": "t", "time": 5}, "time: not from"),
    (
        "messaging/send",
        {**SEND, "name": "n", "textContent": "t", "contacts": [{"addresseeType": "TAG"}]},
        "contacts[0].value: not given",
    ),
    (
        "messaging/transactional/send",
        {
            "owner": ...,
            "user": OWNER,
            "provider": "SMS_GATEWAY",
            "integrationName": "i",
            "templateExternalId": UUID,
            "sender": "s",
            "contact": TO_ANN[0],
        },
        "provider: not one of",
    ),
    (
        "contact/updateTask",
        {"owner": ..., "smContactTaskReq": {"contactEmail": ANN}},
        "smContactTaskReq.date: not given",
    ),
    (
        "contact/updateTask",
        {"owner": ..., "finished": True, "smContactTaskReq": {}},
        "smContactTaskReq.id: not given",
    ),
    ("contact/addNote", {"email": ANN, "note": "x" * 1025}, "note: longer than 1024"),
    ("contact/addNote", {"note": "x"}, "email: not given, nor contactId"),
    (
        "loyalty/program/v1/addContact",
        {"contacts": TO_ANN, "loyaltyProgram": LONG},
        "loyaltyProgram: longer than 255",
    ),
    (
        "loyalty/program/v1/modifyPoints",
        {"contacts": TO_ANN, "loyaltyProgram": "x", "points": 0, "modificationType": "ADD"},
        "points: less than 1",
    ),
]


@pytest.mark.parametrize(("method", "fields", "words"), REFUSED)
def test_what_breaks_the_documents_is_refused(api, method, fields, words):
    answer = api.post(method, **fields)
    assert answer["success"] is False
    assert words in answer["message"][0]


USER = {
    "pushRegistrationId": "token",
    "applicationSimpleId": "app",
    "system": "IOS",
    "email": ANN,
    "timezone": "Europe/Madrid",
    "locale": "es_ES",
}


def create(api, **changes):
    credentials = {"clientId": CLIENT_ID, "apiKey": "any", "sha": sha("any", CLIENT_ID, API_SECRET)}
    body = {**credentials, **USER, **changes}
    return requests.post(f"{api.url}/api/contact/create", json=body, timeout=PATIENCE).json()


def test_a_mobile_user_is_created_under_credentials_of_its_own(api):
    created = create(api)
    assert ok(created, message=["Contact has been created"])["data"]["userId"]
    assert create(api)["data"] == created["data"]
    assert create(api, clientId="sandbox-client")["message"] == ["User not authenticated"]
    assert api.post("contact/list", clientId=CLIENT_ID, email=[ANN])["success"] is False


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"timezone": "Madrid"}, "timezone: not one of"),
        ({"locale": "es"}, "locale: does not fit"),
        ({"system": "ios"}, "system: not one of"),
        ({"pushRegistrationId": "x" * 513}, "pushRegistrationId: longer than 512"),
        ({"requestTime": 5}, "requestTime: unknown field"),
    ],
)
def test_a_mobile_user_that_breaks_the_documents_is_refused(api, changes, words):
    answer = create(api, **changes)
    assert answer["success"] is False
    assert words in answer["message"][0]
