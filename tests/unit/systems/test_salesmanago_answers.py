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
    payloads = [{"email": f"guest{n}@b.pl"} for n in range(body.get("createdAmount", 1))]
    assert judged(operation, body, *payloads) == Judged(job=job)


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


@pytest.mark.parametrize("status", [400, 404, 409, 422])
def test_an_error_status_beside_success_true_may_have_been_taken(status):
    outcome = judged("coupon.redeem", {"success": True, "message": []}, status=status)
    assert outcome == DestinationFailed(f"HTTP {status}, but success: true", ambiguous=True)


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
    assert events(["a@b.pl"], 1, sent).exceptions == {0: ContactMissing()}
    assert events(["ID-1"], 1, sent).exceptions == {0: ContactMissing()}


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


FIVE = [{"email": f"guest{n}@b.pl"} for n in range(5)]


def in_doubt(outcome):
    assert isinstance(outcome, Judged)
    return {n for n, one in outcome.exceptions.items() if isinstance(one, Ambiguous)}


@pytest.mark.parametrize("answer", [{}, {"result": None}, {"eventId": "e"}])
def test_an_answer_without_the_fields_about_events_leaves_them_all_in_doubt(answer):
    """000:2548-2550: failedContacts, createdAmount, failedAmount."""
    assert in_doubt(judged("event.add", {"success": True, "message": [], **answer}, *FIVE)) == {
        *range(5)
    }


#: Ways to say that no event failed.
NONE_FAILED = [{"failedContacts": [], "failedAmount": 0}, {"failedContacts": []}, {}]


@pytest.mark.parametrize("created", [0, -1, -5, "5", "4", 5.0, 5.5, True, False, [5], {}])
@pytest.mark.parametrize("rest", NONE_FAILED)
def test_none_created_and_none_failed_or_no_number_leaves_all_events_in_doubt(created, rest):
    """000:2549-2550: "amount of created events", "amount of failed events"."""
    answer = {"success": True, "message": [], "createdAmount": created, **rest}
    outcome = judged("event.add", answer, *FIVE)
    assert in_doubt(outcome) == {*range(5)}
    assert outcome.miscount == ""


@pytest.mark.parametrize("created", [5, None])
@pytest.mark.parametrize("rest", NONE_FAILED[:2])
def test_as_many_created_as_sent_or_no_number_of_them_is_success(created, rest):
    assert judged("event.add", {"success": True, "createdAmount": created, **rest}, *FIVE) == (
        Judged()
    )


@pytest.mark.parametrize("created", [1, 4, 6, 500])
@pytest.mark.parametrize("rest", NONE_FAILED)
def test_another_number_of_created_events_is_told_and_is_no_reason_for_doubt(created, rest):
    outcome = judged("event.add", {"success": True, "createdAmount": created, **rest}, *FIVE)
    assert isinstance(outcome, Judged)
    assert outcome.exceptions == {}
    beside = "failedAmount 0" if "failedAmount" in rest else "no failedAmount"
    assert outcome.miscount == f"createdAmount {created} and {beside} of 5 events"


@pytest.mark.parametrize(
    ("created", "amount", "doubtful", "is_told"),
    [
        (4, 1, set(), False),
        (4, None, set(), False),
        (None, 1, set(), False),
        (3, 1, set(), True),
        (5, 1, set(), True),
        (1, None, set(), True),
        (0, 1, {0, 2, 3, 4}, False),
        (-1, 1, {0, 2, 3, 4}, False),
        ("4", 1, {0, 2, 3, 4}, False),
        (3, 2, {0, 2, 3, 4}, False),
    ],
)
def test_beside_a_failed_contact_the_others_are_in_doubt_only_if_none_was_created(
    created, amount, doubtful, is_told
):
    answer = {"success": True, "failedContacts": ["guest1@b.pl"], "createdAmount": created}
    outcome = judged("event.add", {**answer, "failedAmount": amount}, *FIVE)
    assert outcome.exceptions[1] == ContactMissing()
    assert in_doubt(outcome) == doubtful
    assert bool(outcome.miscount) == is_told


def test_all_events_failed_and_none_created_is_no_doubt():
    names = [one["email"] for one in FIVE]
    answer = {"success": True, "failedContacts": names, "createdAmount": 0, "failedAmount": 5}
    assert judged("event.add", answer, *FIVE) == Judged(dict.fromkeys(range(5), ContactMissing()))


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
