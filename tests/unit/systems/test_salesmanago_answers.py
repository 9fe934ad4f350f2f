"""What SALESmanago's answers mean: the documented ones, and those that nobody documents."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchline.systems.columns import Item
from batchline.systems.requests import HttpAnswer
from batchline.systems.salesmanago import SYSTEM, contacts, coupons, events, pushes
from batchline.systems.verdicts import (
    Ambiguous,
    ContactMissing,
    CredentialsRefused,
    Dead,
    DestinationFailed,
    Judged,
    Refused,
)

ENDPOINTS = {
    "contact.upsert": contacts.BATCH,
    "event.add": events.BATCH,
    "push.send": pushes.SEND,
    "coupon.redeem": coupons.USE,
}


def request(operation, *payloads, options=""):
    items = tuple(
        Item(
            json.dumps(p).encode(),
            str(p.get("contactId") or p.get("email", "")).lower(),
            options,
            (n,),
            operation,
        )
        for n, p in enumerate(payloads or [{"email": "a@b.pl"}])
    )
    return ENDPOINTS[operation].request(items)


def judged(operation, body, *payloads, status=200, options=""):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    asked = request(operation, *payloads, options=options)
    return SYSTEM.adapter.judge(asked, HttpAnswer(status, {}, raw), None, 0.0)


def events(failed, amount, *payloads):
    body = {
        "success": True,
        "message": [],
        "failedContacts": failed,
        "createdAmount": 1,
        "failedAmount": amount,
    }
    return judged("event.add", body, *payloads)


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        (
            "contact.upsert",
            {"success": True, "message": ["Batch upsert added to execute."], "requestId": 37},
        ),
        (
            "event.add",
            {
                "success": True,
                "message": [],
                "failedContacts": [],
                "createdAmount": 10,
                "failedAmount": 0,
            },
        ),
        ("push.send", {"success": True, "message": []}),
        ("coupon.redeem", {"success": True, "message": [], "result": None}),
    ],
)
def test_the_documented_answer_of_success_delivers(operation, body):
    job = str(body["requestId"]) if "requestId" in body else None
    assert judged(operation, body) == Judged(job=job)


@pytest.mark.parametrize("operation", list(ENDPOINTS))
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"OK",
        b"<html>Service</html>",
        {},
        [],
        {"success": "true"},
        {"success": 1},
        {"success": None},
        {"message": ["Batch upsert added to execute."], "requestId": 37},
    ],
)
def test_an_unknown_answer_is_never_success(operation, body):
    assert isinstance(judged(operation, body), DestinationFailed)


@given(
    st.sampled_from(sorted(ENDPOINTS)),
    st.integers(200, 599),
    st.one_of(st.binary(max_size=50), st.just(b'{"success":true'), st.just(b'{"success":[]}')),
)
def test_garbage_is_never_success_whatever_the_status(operation, status, body):
    assert not isinstance(judged(operation, body, status=status), Judged)


@pytest.mark.parametrize("message", [["no"], "no", [["no"]]])
def test_success_false_refuses_the_request_in_the_apis_words(message):
    outcome = judged("contact.upsert", {"success": False, "message": message})
    assert isinstance(outcome, Refused)
    assert "no" in outcome.detail


def test_success_true_with_an_error_status_is_not_success():
    body = {"success": True, "message": []}
    assert isinstance(judged("push.send", body, status=400), DestinationFailed)
    assert isinstance(judged("push.send", body, status=500), DestinationFailed)


@pytest.mark.parametrize("status", [400, 403, 406, 413, 451])
def test_a_page_that_is_not_the_apis_own_was_sent_by_something_before_it(status):
    assert judged("event.add", b"<html>blocked</html>", status=status).blocked


@pytest.mark.parametrize(
    "detail", ["User not authenticated", "Not authenticated", "Invalid account"]
)
def test_the_words_of_refused_credentials_are_about_the_account(detail):
    body = {"success": False, "message": [detail]}
    assert judged("event.add", body) == CredentialsRefused(detail)


def test_a_refused_owner_is_about_the_account_when_it_is_the_accounts():
    body = {"success": False, "message": ["Not authenticated, invalid owner"]}
    assert isinstance(judged("event.add", body), CredentialsRefused)


def test_a_refused_owner_is_about_the_messages_that_named_it():
    body = {"success": False, "message": ["Not authenticated, invalid owner"]}
    outcome = judged("event.add", body, {"email": "a"}, {"email": "b"}, options='{"owner":"x@y.z"}')
    dead = Dead("rejected", "Not authenticated, invalid owner")
    assert outcome == Judged({0: dead, 1: dead})


@pytest.mark.parametrize(
    "failed",
    [
        ["B@b.pl"],
        "b@b.pl",
        [{"email": "b@b.pl", "message": "no contact"}],
        {"contactId": None, "emailOrContactId": "b@b.pl"},
    ],
)
def test_a_failed_contact_is_found_in_whatever_form_it_is_named(failed):
    outcome = events(failed, 1, {"email": "a@b.pl"}, {"email": "b@b.pl"})
    assert outcome == Judged({1: ContactMissing()})


def test_a_failed_contact_is_found_by_either_of_its_identifiers():
    sent = {"email": "a@b.pl", "contactId": "id-1"}
    assert events(["a@b.pl"], 1, sent) == Judged({0: ContactMissing()})
    assert events(["ID-1"], 1, sent) == Judged({0: ContactMissing()})


def test_every_event_of_a_failed_contact_is_parked():
    outcome = events(["b@b.pl"], 2, {"email": "b@b.pl"}, {"email": "a@b.pl"}, {"email": "b@b.pl"})
    assert outcome == Judged({0: ContactMissing(), 2: ContactMissing()})


def test_fewer_failures_than_events_of_the_named_contacts_leave_these_uncertain():
    sent = [{"email": "a@b.pl"}, {"email": "b@b.pl"}, {"email": "c@b.pl"}, {"email": "b@b.pl"}]
    outcome = events(["b@b.pl", "a@b.pl"], 2, *sent)
    assert outcome.exceptions[0] == ContactMissing()
    assert isinstance(outcome.exceptions[1], Ambiguous)
    assert isinstance(outcome.exceptions[3], Ambiguous)
    assert 2 not in outcome.exceptions


def test_a_created_amount_that_differs_is_no_failure():
    body = {
        "success": True,
        "message": [],
        "failedContacts": [],
        "createdAmount": 0,
        "failedAmount": 0,
    }
    assert judged("event.add", body) == Judged()


@pytest.mark.parametrize(
    ("failed", "amount"), [([], 1), (["who@b.pl"], 1), (["a@b.pl"], 2), ([], "x")]
)
def test_failures_that_nobody_names_leave_the_request_uncertain(failed, amount):
    outcome = events(failed, amount, {"email": "a@b.pl"}, {"email": "b@b.pl"})
    assert isinstance(outcome, Judged)
    assert isinstance(outcome.exceptions[1], Ambiguous)


def test_a_coupon_whose_result_is_error_is_rejected():
    body = {"success": True, "message": [], "result": "error"}
    assert judged("coupon.redeem", body) == Refused("result: error")


@pytest.mark.parametrize("amount", [None, 1, 2])
@pytest.mark.parametrize(
    "stranger",
    ["bob@b.pl (not monitored)", {"reason": "no consent"}, {"email": "who@b.pl"}, "", None, {}],
    ids=["more than a name", "a reason alone", "somebody else", "empty", "nothing", "no fields"],
)
def test_a_failed_contact_of_no_event_leaves_the_unnamed_events_ambiguous(amount, stranger):
    payloads = [{"email": f"{name}@b.pl"} for name in ("ann", "bob", "eve")]
    outcome = events(["ann@b.pl", stranger], amount, *payloads)
    assert outcome.exceptions[0] == ContactMissing()
    assert {n for n, one in outcome.exceptions.items() if isinstance(one, Ambiguous)} == {1, 2}


def test_a_failed_contact_named_in_two_ways_or_with_a_reason_is_one_contact():
    payloads = [{"email": "ann@b.pl", "contactId": "c-1"}, {"email": "bob@b.pl"}]
    for failed in (["ann@b.pl", "C-1"], [{"email": "ann@b.pl", "reason": "not monitored"}]):
        assert events(failed, 1, *payloads).exceptions == {0: ContactMissing()}
