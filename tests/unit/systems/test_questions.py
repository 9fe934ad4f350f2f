"""Questions: the requests that the documents show, and what their answers mean."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from batchline.systems.contract import Inquires
from batchline.systems.esputnik import questions as esputnik
from batchline.systems.requests import HttpAnswer
from batchline.systems.salesmanago import questions as salesmanago
from batchline.systems.smartsender import questions as smartsender
from batchline.systems.verdicts import CredentialsRefused, DestinationFailed
from tests.builders import ANN
from tests.conformance.systems import BENCHES
from tests.properties import examples

UUID = "99cdc5fe-7376-436e-acb5-7180c97dadb6"
OTHER = "bd2fd558-29da-49b7-be31-6ee551cd5e13"


def call(question):
    """The HTTP call of a question at its system's bench."""
    bench = BENCHES[question.system]
    return bench.call(question.request)


def sent(question):
    """Path and fields of a question to SALESmanago, without the authorization data."""
    one = call(question)
    body = json.loads(one.body)
    own = {k: v for k, v in body.items() if k not in ("clientId", "apiKey", "requestTime", "sha")}
    return one.url.partition("/api/")[2], own


def read(question, body, status=200):
    return question.read(answer(body, status))


def answer(body, status=200):
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return HttpAnswer(status, {}, text)


#: Of contacts.
DELETED = {"email": ANN, "deleted": True}
FULL_PAGE = [{"id": number} for number in range(1, 501)]
OWNER = BENCHES["salesmanago"].account.owner
APPLICATION = "my_example_app"


@pytest.mark.parametrize(
    ("question", "path", "fields"),
    [
        # 000:592-607
        (salesmanago.has_contact(ANN), "contact/hasContact", {"owner": OWNER, "email": ANN}),
        (
            salesmanago.has_contact(ANN, "sales@vendor.pl"),
            "contact/hasContact",
            {"owner": "sales@vendor.pl", "email": ANN},
        ),
        # 000:803-819
        (
            salesmanago.contacts_by_email([ANN]),
            "contact/list",
            {"owner": OWNER, "email": [ANN]},
        ),
        # 000:1143-1161
        (
            salesmanago.contacts_by_id([UUID, OTHER]),
            "contact/listById",
            {"owner": OWNER, "contactId": [UUID, OTHER]},
        ),
        # 000:2753-2762: no owner
        (
            salesmanago.verify_coupon("winter_sale", "ABC123", ANN),
            "coupon/verify",
            {"couponName": "winter_sale", "couponCode": "ABC123", "email": ANN},
        ),
        # 000:4435-4443
        (
            salesmanago.job_status(1234567),
            "job/status",
            {"owner": OWNER, "requestId": 1234567},
        ),
        # 001:66-71
        (salesmanago.pushes(APPLICATION), "mobile/push/list", {"applicationId": APPLICATION}),
        # 000:4413-4414: "does not require any additional fields"
        (salesmanago.users(), "user/listByClient", {}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_question_to_salesmanago_has_the_documented_fields(question, path, fields):
    assert sent(question) == (path, fields)


@pytest.mark.parametrize(
    ("question", "url"),
    [
        (esputnik.account_info(), "/api/v1/account/info"),  # 002:17
        (esputnik.message_status(["a-1", "b-2"]), "/api/v1/message/status?ids=a-1,b-2"),  # 002:284
        (esputnik.contact(7), "/api/v1/contact/7"),
        (
            esputnik.contacts_by_email("ann+1@shop.example"),
            "/api/v1/contacts?email=ann%2B1%40shop.example&startindex=1&maxrows=500",
        ),
        (smartsender.contact("7"), "/v1/contacts/7/info"),  # 003:146
        (smartsender.tags("7", 2), "/v1/contacts/7/tags?page=2&limitation=20"),  # 003:28-38
    ],
)
def test_a_question_of_the_other_systems_is_a_get_without_a_body(question, url):
    one = call(question)
    assert one.url == BENCHES[question.system].account.url + url
    assert (one.method, one.body) == ("GET", b"")


def test_the_answers_that_the_documents_show_are_read():
    found = read(salesmanago.has_contact(ANN), {"success": True, "result": True, "contactId": UUID})
    assert (found.exists, found.contact_id) == (True, UUID)  # 000:611-616
    expired = {"success": True, "message": [], "valid": False, "reason": "expired", "sent": True}
    coupon = read(salesmanago.verify_coupon("winter", "A"), expired)
    assert (coupon.valid, coupon.reason, coupon.sent) == (False, "expired", True)  # 000:2775-2781
    waiting = read(salesmanago.job_status(1), {"success": True, "message": ["Job not start yet"]})
    assert (waiting.ended, waiting.messages) == (False, ("Job not start yet",))  # 000:4458-4463
    url = "https://storage.googleapis.com/sm-file/a.json?GoogleAccessId=x"
    ended = read(salesmanago.job_status(1), {"success": True, "message": [], "fileUrl": url})
    assert (ended.ended, ended.file_url) == (True, url)  # 000:4473-4477
    push = {"name": "Example push", "id": UUID, "title": "Best deal", "content": "Example"}
    pushes = read(salesmanago.pushes("a"), {"success": True, "notifications": [push]})
    assert (pushes.exists(UUID.upper()), pushes.exists(OTHER)) == (True, False)  # 001:73-84
    users = read(salesmanago.users(), {"success": True, "users": ["admin@vendor.pl"]})
    assert (users.exists("Admin@vendor.pl"), users.exists("x@vendor.pl")) == (True, False)
    message = {"status": "DELIVERED", "requestId": "3ff", "failed": "false", "delivered": "true"}
    (status,) = read(esputnik.message_status(["3ff"]), {"results": message}).messages
    assert (status.delivered, status.failed) == (True, False)  # 002:288-295


def test_a_contact_is_shown_with_the_documented_fields():
    # 000:823-1017
    entry = {
        "id": UUID,
        "email": "your-contact-email@mail.com",
        "optedOut": True,
        "deleted": False,
        "mainContactOwner": "admin@vendor.pl",
        "createdOn": 1432887727000,
        "contactTags": [{"tag": "ADMANAGO", "tagName": "ADMANAGO", "score": 12}],
        "properties": [{"name": "detail", "value": "detail-value"}],
        "contactExtEvents": [
            {"eventId": OTHER, "date": 1433449419000, "value": 57.69, "products": "7,6"}
        ],
        "coupons": [{"name": "Coupon", "coupon": "SB173", "validTo": 1480245622000, "used": False}],
    }
    shown = read(salesmanago.contacts_by_id([UUID]), {"success": True, "contacts": [entry]})
    contact = shown.find(UUID)
    assert (contact.opted_out, contact.deleted, contact.tags) == (True, False, ("ADMANAGO",))
    assert contact.properties == {"detail": "detail-value"}
    assert (contact.events[0].value, contact.events[0].products) == (57.69, "7,6")
    assert (contact.coupons[0].code, contact.coupons[0].used) == ("SB173", False)
    assert (shown.exists(UUID), contact.raw) == (True, entry)


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        (lambda: read(salesmanago.has_contact(ANN), {"success": True}).exists, None),
        (lambda: read(salesmanago.has_contact(ANN), {"result": "maybe"}).exists, None),
        (lambda: read(salesmanago.has_contact(ANN), {"result": "true"}).exists, True),
        (
            lambda: read(salesmanago.has_contact(ANN), {"result": False, "contactId": UUID}).exists,
            None,
        ),
        (lambda: read(salesmanago.verify_coupon("w", "A"), {"valid": 1}).valid, None),
        (lambda: read(salesmanago.job_status(1), {"message": []}).ended, None),
        (lambda: read(salesmanago.job_status(1), {"fileUrl": "file:///etc"}).ended, None),
        (lambda: read(salesmanago.pushes("a"), {}).exists(UUID), None),
        (lambda: read(salesmanago.pushes("a"), {"notifications": [{}]}).exists(UUID), None),
        (lambda: read(salesmanago.users(), {"users": [None]}).exists(ANN), None),
        (lambda: read(salesmanago.contacts_by_email([ANN]), {"contacts": []}).exists(ANN), None),
        (
            lambda: read(
                salesmanago.contacts_by_email([ANN]),
                {"contacts": [{"email": ANN, "deleted": True}]},
            ).exists(ANN),
            False,
        ),
        (lambda: read(esputnik.contacts_by_email(ANN), []).exists, False),
        (lambda: read(esputnik.contacts_by_email(ANN), [{"name": "no contact"}]).exists, None),
        (
            lambda: (
                read(esputnik.contacts_by_email(ANN), [{"id": n} for n in range(1, 501)]).exists
            ),
            None,
        ),
        (lambda: read(esputnik.contact(7), {"id": 8}).exists, None),
        (lambda: read(smartsender.contact("7"), {"id": 7}).exists, True),
        (lambda: read(smartsender.contact("7"), {"state": "x"}).exists, None),
        (lambda: read(smartsender.tags("7"), {"collection": []}).exists("1"), None),
        (
            lambda: read(
                smartsender.tags("7"), {"collection": [], "cursor": {"page": 1, "pages": 1}}
            ).exists("1"),
            False,
        ),
        (
            lambda: read(
                smartsender.tags("7"), {"collection": [], "cursor": {"page": 1, "pages": 2}}
            ).exists("1"),
            None,
        ),
    ],
)
def test_no_is_said_only_where_the_answer_says_it(says, expected):
    assert says() is expected


#: Each question, and what its result says, of yes, no and unknown.
ASKED = [
    (salesmanago.has_contact(ANN), lambda found: found.exists),
    (salesmanago.contacts_by_email([ANN]), lambda found: found.exists(ANN)),
    (salesmanago.contacts_by_id([UUID]), lambda found: found.exists(UUID)),
    (salesmanago.verify_coupon("winter", "A"), lambda found: found.valid),
    (salesmanago.job_status(1), lambda found: found.ended),
    (salesmanago.pushes("a"), lambda found: found.exists(UUID)),
    (salesmanago.users(), lambda found: found.exists(ANN)),
    (esputnik.account_info(), lambda found: None),
    (esputnik.message_status(["a"]), lambda found: None),
    (esputnik.contact(7), lambda found: found.exists),
    (esputnik.contacts_by_email(ANN), lambda found: found.exists),
    (esputnik.contacts_by_external_id("K"), lambda found: found.exists),
    (smartsender.contact("7"), lambda found: found.exists),
    (smartsender.tags("7"), lambda found: found.exists("1")),
]
NAMES = (
    *("success", "result", "contactId", "contacts", "id", "email", "valid", "message", "fileUrl"),
    *("notifications", "users", "results", "channels", "collection", "cursor", "page", "pages"),
    *("tags", "value", "type", "deleted", "coupons", "contactExtEvents", "date", "properties"),
)
VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
BODIES = st.recursive(
    VALUES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5)
    ),
    max_leaves=15,
)


@settings(max_examples=examples(200))
@given(st.sampled_from(ASKED), BODIES)
def test_any_answer_is_read_and_kept_or_is_none_of_the_documents(asked, body):
    question, says = asked
    text = json.dumps(body)
    found = read(question, text.encode())
    if found is not None:
        assert says(found) in (True, False, None)
        assert json.dumps(found.raw) == text
        assert "raw=" not in repr(found)


#: The methods of SALESmanago that only read, and their place in the documents.
READS = {
    "/api/contact/hasContact",  # 000:588, "Checking if a contact is already recorded"
    "/api/contact/list",  # 000:812, "We export contacts"
    "/api/contact/listById",  # 000:1154
    "/api/coupon/verify",  # 000:2783
    "/api/job/status",  # 000:4445
    "/api/mobile/push/list",  # 001:85
    "/api/user/listByClient",  # 000:4410
}


@pytest.mark.parametrize("question", [question for question, _ in ASKED], ids=lambda one: one.name)
def test_a_question_is_a_method_that_only_reads(question):
    one = call(question)
    assert one.method == "GET" or question.request.path in READS


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (503, b"busy", DestinationFailed),
        (429, b"", DestinationFailed),
        (401, b"", CredentialsRefused),
        (404, b"<html>no such page</html>", DestinationFailed),
    ],
)
@pytest.mark.parametrize("question", [question for question, _ in ASKED], ids=lambda one: one.name)
def test_a_failure_is_judged_as_one_and_never_as_an_answer(question, status, body, outcome):
    bench = BENCHES[question.system]
    judged = bench.judge(question.request, body, status)
    assert isinstance(judged, outcome)
    assert question.missing(answer(body, status)) is None


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"<html>Please wait</html>", b"7", b'"x"'])
@pytest.mark.parametrize("question", [question for question, _ in ASKED], ids=lambda one: one.name)
def test_a_page_or_a_text_is_no_answer(question, body):
    assert read(question, body) is None


@pytest.mark.parametrize(
    ("question", "body", "status", "exists"),
    [
        (esputnik.contact(7), b"Contact with id='7' not found", 404, False),
        (esputnik.contact(7), b"404 page not found", 404, None),
        (esputnik.contact(7), b"<html>contact not found</html>", 404, None),
        (esputnik.contact(7), b"contact not found", 500, None),
        (smartsender.contact("7"), b'{"error": {"code": 404, "message": "no"}}', 404, False),
        (smartsender.contact("7"), b'{"error": {"code": 404, "message": "no"}}', 200, False),
        (smartsender.contact("7"), b'{"error": {"code": 403, "message": "no"}}', 404, None),
        (smartsender.contact("7"), b'{"message": "no such page"}', 404, None),
        (smartsender.contact("7"), b"not found", 404, None),
    ],
)
def test_a_contact_is_missing_only_by_the_apis_own_word(question, body, status, exists):
    found = question.missing(answer(body, status))
    assert (None if found is None else found.exists) is exists


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: salesmanago.has_contact("ann"), "email"),
        (lambda: salesmanago.has_contact(ANN, ""), "owner"),
        (lambda: salesmanago.contacts_by_email([ANN] * 51), "email"),  # 000:819: up to 50
        (lambda: salesmanago.contacts_by_id([UUID] * 51), "contact_id"),  # 000:1161
        (lambda: salesmanago.verify_coupon("x" * 65, "A"), "coupon_name"),  # 000:2791
        (lambda: salesmanago.verify_coupon("w", "x" * 65), "coupon_code"),  # 000:2792
        (lambda: salesmanago.job_status(-1), "request_id"),
        (lambda: salesmanago.pushes("x" * 256), "application_id"),  # 001:91
        (lambda: esputnik.message_status([]), "ids"),
        (lambda: esputnik.contacts_by_phone("call me"), "sms"),
        (lambda: smartsender.tags("7", 0), "page"),  # 003:28-32: Minimum value 1
    ],
)
def test_a_bad_value_is_refused_by_the_name_of_its_field(make, field):
    with pytest.raises(ValidationError) as refused:
        make()
    assert {error["loc"][0] for error in refused.value.errors()} == {field}


CASES = [
    pytest.param(bench, case, id=f"{name}-{case.operation}")
    for name, bench in BENCHES.items()
    for case in bench.cases.cases
    if isinstance(bench.system, Inquires)
]


@pytest.mark.parametrize(("bench", "case"), CASES)
def test_every_message_can_be_asked_about(bench, case):
    for item in bench.run([(case.operation, case.data)]):
        for inquiry in bench.system.inquiries(item):
            assert inquiry.question.system == bench.account.system
            assert inquiry.about in item.payload.decode() + item.options


@pytest.mark.parametrize(
    ("system", "operation", "asked"),
    [
        ("salesmanago", "event.add", {"contact/hasContact"}),
        ("salesmanago", "contact.set_owner", {"contact/hasContact"}),
        ("salesmanago", "push.send", {"contact/hasContact", "mobile/push/list"}),
        ("salesmanago", "coupon.add", {"contact/hasContact", "coupon/verify"}),
        ("esputnik", "contact.upsert", {"GET /v1/contacts"}),
        ("smartsender", "tag.add", {"GET /v1/contacts/{id}/info", "GET /v1/contacts/{id}/tags"}),
    ],
)
def test_what_a_message_names_is_asked_about(system, operation, asked):
    bench = BENCHES[system]
    names = {
        inquiry.question.name
        for case in bench.cases.cases
        if case.operation == operation
        for item in bench.run([(case.operation, case.data)])
        for inquiry in bench.system.inquiries(item)
    }
    assert asked <= names
