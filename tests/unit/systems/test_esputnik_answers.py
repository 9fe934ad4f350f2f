"""What eSputnik's answers mean, beyond the one message of the conformance cases."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchline.systems.esputnik import OPERATIONS
from batchline.systems.esputnik.failures import UNNAMED
from batchline.systems.esputnik.readings import as_list, detail, read
from batchline.systems.requests import HttpAnswer
from batchline.systems.verdicts import Ambiguous, Dead, DestinationFailed, Judged, Refused
from batchline.testing.conformance import Bench
from tests.conformance.esputnik import CASES

BENCH = Bench(CASES)
DATA = {case.operation: case for case in CASES.cases}
NAMES = [operation.name for operation in OPERATIONS]


def request(operation, messages=None):
    made = BENCH.requests(operation, messages or [DATA[operation].data])
    assert len(made) == 1
    return made[0]


def judged(operation, body, messages=None, status=200):
    return BENCH.judge(request(operation, messages), body, status)


def dead(detail=UNNAMED):
    return Dead("rejected", detail)


# --- contacts ------------------------------------------------------------------------------------

THREE = [
    {"channels": [{"type": "email", "value": "Ann@b.pl"}], "externalCustomerId": "shop-1"},
    {"channels": [{"type": "email", "value": "bob@b.pl"}], "externalCustomerId": "shop-2"},
    {"channels": [{"type": "email", "value": "eve@b.pl"}], "externalCustomerId": "shop-3"},
]


@pytest.mark.parametrize(
    ("failed", "reason"),
    [
        ("bob@b.pl", None),
        (["BOB@b.pl"], None),
        ({"email": "bob@b.pl", "message": "bad"}, "bad"),
        ([{"externalCustomerId": "shop-2", "errorMessage": "bad"}], "bad"),
        ({"channels": {"type": "email", "value": "bob@b.pl"}, "firstName": "Ann@b.pl"}, None),
        ([{"contact": {"channels": [{"type": "email", "value": "bob@b.pl"}]}, "error": "x"}], "x"),
        ({"bob@b.pl": "bad"}, "bad"),
        ({"dedupeValue": "bob@b.pl", "reason": {"code": 7}}, '{"code": 7}'),
    ],
)
def test_a_failed_contact_is_dead_by_itself_in_whatever_form_it_is_named(failed, reason):
    outcome = judged("contact.upsert", {"asyncSessionId": "s", "failedContacts": failed}, THREE)
    expected = dead(reason) if reason else dead()
    assert outcome == Judged({1: expected}, job="s")


@pytest.mark.parametrize(
    "failed",
    [["who@b.pl"], [{"id": 0}], [{"message": "bad"}], [7], ["bob@b.pl", {"id": 0}], [None]],
)
def test_a_failure_that_names_nobody_sends_the_request_again_in_halves(failed):
    outcome = judged("contact.upsert", {"asyncSessionId": "s", "failedContacts": failed}, THREE)
    assert isinstance(outcome, Refused)


@pytest.mark.parametrize("nothing", [None, [], ""])
def test_no_failed_contacts_are_none(nothing):
    outcome = judged("contact.upsert", {"asyncSessionId": "s", "failedContacts": nothing}, THREE)
    assert outcome == Judged(job="s")


def test_an_import_without_a_session_is_success_for_nobody():
    some = judged("contact.upsert", {"failedContacts": ["bob@b.pl"]}, THREE)
    assert isinstance(some, DestinationFailed)
    assert some.ambiguous
    everybody = judged("contact.upsert", {"failedContacts": ["shop-1", "shop-2", "shop-3"]}, THREE)
    assert everybody == Judged({0: dead(), 1: dead(), 2: dead()})


# --- orders --------------------------------------------------------------------------------------


def test_a_failed_order_is_named_by_its_id_and_not_by_its_customer():
    orders = DATA["order.upsert"].many(2)
    assert orders[0]["externalCustomerId"] == orders[1]["externalCustomerId"]
    failed = {"externalOrderId": "A-1", "externalCustomerId": "12345", "message": "late"}
    assert judged("order.upsert", {"failedOrders": failed}, orders) == Judged({1: dead("late")})


# --- answers that say little ---------------------------------------------------------------------

#: Operations whose payload no document shows.
PLAIN = [
    *("event.add", "event.add_v2", "event.add_past", "event.add_past_v2", "order.upsert"),
    *("contact.update", "contact.delete", "email.unsubscribe", "email.resubscribe"),
    *("segment.attach", "segment.detach"),
]
#: Operations with a documented payload: only that is success.
WITH_A_PAYLOAD = [name for name in NAMES if name not in PLAIN]


@pytest.mark.parametrize("operation", PLAIN)
@pytest.mark.parametrize(
    "body",
    [
        b"<html>Please wait</html>",
        b"\xef\xbb\xbf<p>attached, deleted</p>",
        {"maintenance": True, "detail": "come back later"},
        {"code": 503, "reason": "no upstream"},
        {"fault": {"faultstring": "Rate limit quota violation"}},
        {"id": 0, "fault": "quota"},
        {"ok": True},
        [],
    ],
)
def test_an_answer_of_somebody_else_is_no_success(operation, body):
    outcome = judged(operation, body)
    assert isinstance(outcome, DestinationFailed)
    assert outcome.ambiguous


@pytest.mark.parametrize("operation", PLAIN)
@pytest.mark.parametrize(
    "body",
    [b"OK", b'"OK"', b"\xef\xbb\xbfRequest accepted.\n", b"2 items were processed"],
)
def test_a_plain_sentence_is_success_where_no_payload_is_documented(operation, body):
    # 002:247: "A successful response to a request will contain a status 200."
    assert judged(operation, body) == Judged()


@pytest.mark.parametrize("operation", PLAIN)
@pytest.mark.parametrize(
    "sentence",
    [
        "Request was not accepted",
        "Couldn't process the request",
        "Internal error",
        "Too many requests",
        "Service Unavailable",
        "Try again later",
        "Access denied",
        "Invalid API key",
        "Duplicate request ignored",
        "Увага: помилка",
        "One moment <script>",
        "Done </body>",
    ],
)
def test_a_sentence_that_may_be_about_a_failure_is_no_success(operation, sentence):
    outcome = judged(operation, sentence.encode())
    assert isinstance(outcome, DestinationFailed)
    assert outcome.ambiguous


@pytest.mark.parametrize("operation", PLAIN)
@pytest.mark.parametrize("body", [b"", b" \n", {}, {"id": 0}, {"asyncSessionId": "a-1", "id": 0}])
def test_an_answer_that_says_nothing_or_what_is_documented_is_success(operation, body):
    assert isinstance(judged(operation, body), Judged)


# --- past events ---------------------------------------------------------------------------------


def past_events(count):
    return DATA["event.add_past"].many(count)


@pytest.mark.parametrize("operation", ["event.add_past", "event.add_past_v2"])
def test_each_past_event_has_the_verdict_of_its_own_status(operation):
    statuses = ["ACCEPTED", "EVENT_SEGMENTATION_DISABLED", "ACCEPTED"]
    body = {"results": [{"status": status} for status in statuses], "errorCount": 1}
    outcome = judged(operation, body, past_events(3))
    assert outcome == Judged({1: dead("EVENT_SEGMENTATION_DISABLED")})


@pytest.mark.parametrize(
    ("body", "certain"),
    [
        ({"results": {"status": "ACCEPTED"}, "successCount": "3", "errorCount": "0"}, True),
        ({"results": {"status": "ACCEPTED"}, "successCount": 1, "errorCount": 2}, False),
        ({"results": {"status": "ACCEPTED"}}, False),
        ({"results": [{"status": "SERVER_ERROR"}, {"status": "ACCEPTED"}]}, False),
    ],
)
def test_results_that_are_not_one_for_each_event_count_only_if_all_were_accepted(body, certain):
    outcome = judged("event.add_past", body, past_events(3))
    kinds = {type(verdict) for verdict in outcome.exceptions.values()}
    assert (len(outcome.exceptions), kinds) == ((0, set()) if certain else (3, {Ambiguous}))


# --- prepared messages ---------------------------------------------------------------------------


def recipients(*locators):
    return [{"messageId": 5, "locator": locator} for locator in locators]


def result(locator, status="OK", **fields):
    return {"id": 0, "locator": locator, "status": status, "requestId": f"r-{locator}", **fields}


def test_each_recipient_gets_its_own_verdict_whatever_the_order():
    body = {"results": [result("b@b.pl", "ERROR", message="no such"), result("A@b.pl")]}
    outcome = judged("message.send", body, recipients("a@b.pl", "b@b.pl"))
    assert outcome == Judged({1: dead("no such")}, ids={0: "r-A@b.pl"})


def test_a_recipient_whom_the_api_writes_in_another_way_is_known_by_its_place():
    body = {"results": [result("380501"), result("a@b.pl")]}
    outcome = judged("message.send", body, recipients("+380501", "a@b.pl"))
    assert outcome == Judged(ids={0: "r-380501", 1: "r-a@b.pl"})


def test_a_recipient_by_contact_id_is_known_by_its_place():
    messages = [{"messageId": 5, "contactId": 7}, {"messageId": 5, "contactId": 8}]
    body = {"results": [{"status": "ERROR", "message": "x"}, {"status": "OK", "requestId": "r"}]}
    assert judged("message.send", body, messages) == Judged({0: dead("x")}, ids={1: "r"})


def test_recipients_without_a_result_are_uncertain():
    outcome = judged("message.send", {"results": result("a@b.pl")}, recipients("a@b.pl", "b@b.pl"))
    assert list(outcome.exceptions) == [1]
    assert isinstance(outcome.exceptions[1], Ambiguous)


def test_a_result_of_another_recipient_is_nobodys():
    body = {"results": [result("b@b.pl"), result("b@b.pl")]}
    outcome = judged("message.send", body, recipients("a@b.pl", "b@b.pl"))
    assert isinstance(outcome.exceptions[0], Ambiguous)
    assert 1 not in outcome.exceptions


def sms(number):
    return {"phoneNumber": number, "from": "Shop", "text": "Hi"}


def test_a_number_that_the_api_writes_in_another_way_keeps_its_place_among_the_results():
    body = {"results": [result("+380501", "ERROR", message="No money"), result("380502")]}
    outcome = judged("sms.send", body, [sms("380501"), sms("380502")])
    assert outcome == Judged({0: dead("No money")}, ids={1: "r-380502"})


def test_a_number_without_a_result_is_uncertain():
    outcome = judged("sms.send", {"results": result("380502")}, [sms("380501"), sms("380502")])
    assert list(outcome.exceptions) == [0]
    assert isinstance(outcome.exceptions[0], Ambiguous)
    assert outcome.ids == {1: "r-380502"}


# --- what all have in common ---------------------------------------------------------------------


@pytest.mark.parametrize("operation", OPERATIONS, ids=NAMES)
@pytest.mark.parametrize("status", [400, 409, 422, 500])
def test_a_duplicated_request_is_never_success(operation, status):
    outcome = judged(operation.name, {"message": "Duplicated request"}, status=status)
    if operation.idempotent:
        assert isinstance(outcome, DestinationFailed)
        assert (outcome.retry_after, outcome.ambiguous) == (60.0, False)
    else:
        assert isinstance(outcome.exceptions[0], Ambiguous)


@pytest.mark.parametrize("name", WITH_A_PAYLOAD)
@pytest.mark.parametrize("body", [b"", b"OK", b'"OK"'])
def test_a_sentence_is_no_success_where_a_payload_is_documented(name, body):
    outcome = judged(name, body)
    assert isinstance(outcome, DestinationFailed)
    assert outcome.ambiguous


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "body", [b"<html>Wait</html>", b"null", b"[]", b"7", b"true", b'{"a', b"\xff"]
)
def test_an_unknown_answer_is_ambiguous(name, body):
    outcome = judged(name, body)
    assert isinstance(outcome, DestinationFailed)
    assert outcome.ambiguous


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "complaint",
    [
        {"error": "no"},
        {"errors": ["no"]},
        {"message": "no"},
        {"status": "ERROR"},
        {"status": 400},
        {"success": False},
        {"success": "false"},
    ],
)
def test_a_complaint_inside_a_200_is_no_success(name, complaint):
    outcome = judged(name, complaint)
    assert isinstance(outcome, DestinationFailed)


@given(st.sampled_from(NAMES), st.integers(300, 599), st.binary(max_size=40))
def test_no_status_but_2xx_delivers(name, status, body):
    outcome = judged(name, body, status=status)
    assert not isinstance(outcome, Judged) or outcome.exceptions


def test_the_words_of_an_error_are_found_or_its_status_stands_for_them():
    def said(body, status=400):
        return detail(HttpAnswer(status, {}, body))

    assert said(b"Bad e-mail") == "Bad e-mail"
    assert said(json.dumps({"error": {"code": 7}}).encode()) == '{"code": 7}'
    assert said(b"<html>", 404) == "HTTP 404, without a text"
    assert said(b"", 404) == "HTTP 404, without a text"
    assert len(said(b"x" * 10_000)) == 500


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"", ""),
        (b" \r\n", ""),
        (b"Contacts were detached", "Contacts were detached"),
        (b'"Contacts were detached"', "Contacts were detached"),
        (b'{"id":1}', {"id": 1}),
        (b"[1]", None),
        (b"1", None),
        (b"<p>", None),
        (b'[{"id": 1', None),
        (b"[", None),
        (b'{"id": 1', None),
        (b"[ERR 12] no such contact", "[ERR 12] no such contact"),
        (b"[" * 100_000, None),
    ],
)
def test_what_an_answer_says(body, found):
    assert read(HttpAnswer(200, {}, body)) == found


def test_a_collapsed_list_is_a_list_again():
    assert as_list({"a": 1}) == [{"a": 1}]
    assert as_list([1, 2]) == [1, 2]
    assert as_list(None) == as_list("") == []
