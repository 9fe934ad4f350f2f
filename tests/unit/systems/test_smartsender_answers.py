"""What Smart Sender's answers mean, beyond the documented ones that the conformance suite has."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchline.systems.verdicts import CredentialsRefused, Dead, DestinationFailed, Judged, Refused
from batchline.testing.conformance import Bench
from tests.conformance.smartsender import CASES, GATE, MESSAGE, error

BENCH = Bench(CASES)
BY_NAME = {case.operation: case for case in CASES.cases}


def judged(operation, body, status=200, headers=None):
    return BENCH.judge(BENCH.one(BY_NAME[operation]), body, status, headers)


UNDOCUMENTED = "which this API does not document"


@pytest.mark.parametrize(
    ("status", "code", "meaning"),
    [
        (200, 404, Judged({0: Dead("rejected", "no")})),
        (404, 404, Judged({0: Dead("rejected", "no")})),
        (404, None, Judged({0: Dead("rejected", "no")})),
        (400, 422, Refused("no")),
        (422, "E1", Refused("no")),
        (200, 0, Refused("no")),
        (200, True, Refused("no")),
        (413, 413, Refused("no")),
        (200, 401, CredentialsRefused("HTTP 401: no")),
        (400, 403, CredentialsRefused("HTTP 403: no")),
        (200, 503, DestinationFailed("HTTP 503: no")),
        (500, None, DestinationFailed("HTTP 500: no", ambiguous=True)),
        (302, None, DestinationFailed(f"HTTP 302, {UNDOCUMENTED}: no", ambiguous=True)),
    ],
)
def test_an_errors_code_decides_and_without_one_the_status(status, code, meaning):
    assert judged("event.fire", error(code, "no"), status) == meaning


@pytest.mark.parametrize(("status", "code"), [(429, 400), (429, None), (400, 429), (200, 429)])
def test_an_excess_is_one_wherever_it_is_said(status, code):
    outcome = judged("event.fire", error(code, "slow down"), status, {"Retry-After": "7"})
    assert outcome == DestinationFailed("HTTP 429: slow down", retry_after=7.0, throttled=True)


@pytest.mark.parametrize("detail", ["Unauthenticated", "Unauthenticated.", "unauthenticated"])
def test_unauthenticated_is_about_the_account_whatever_the_code(detail):
    assert judged("event.fire", error(400, detail), 400) == CredentialsRefused(detail)


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (error(400, "no", description=["a", "b"]), "no; a; b"),
        (error(400, "no", description="a"), "no; a"),
        (error(400, None, description=[{"name": ["bad"]}]), "{'name': ['bad']}"),
        ({"error": {}}, "error None, without a message"),
        (error(400, "x" * 600), "x" * 499 + "…"),
    ],
)
def test_a_refusal_has_the_apis_words_in_whatever_form(body, detail):
    assert judged("contact.update", body, 400) == Refused(detail)


@pytest.mark.parametrize("body", ["error", {"error": "no"}, {"error": ["no"]}, {"error": None}])
def test_an_error_that_is_no_object_is_no_answer_of_this_api(body):
    assert judged("event.fire", body) == DestinationFailed(
        "HTTP 200, but its body is not one that this API documents", ambiguous=True
    )


@pytest.mark.parametrize("status", [400, 409, 422])
def test_an_error_status_beside_state_true_may_have_been_taken(status):
    outcome = judged("event.fire", {"state": True}, status)
    assert isinstance(outcome, DestinationFailed)
    assert outcome.ambiguous


def test_an_error_beside_a_success_is_an_error():
    assert judged("event.fire", {"state": True, **error(400, "no")}) == Refused("no")


@pytest.mark.parametrize("operation", BY_NAME)
@given(
    body=st.one_of(
        st.binary(max_size=40),
        st.sampled_from([1, "true", [True], {}, None]).map(lambda x: json.dumps({"state": x})),
        st.sampled_from([True, None, "", [1], {}]).map(
            lambda x: json.dumps({"id": x, "content": {}, "channel": {}})
        ),
        st.sampled_from([True, None, "", [1]]).map(
            lambda x: json.dumps({"id": 1, "content": x, "channel": x})
        ),
    ),
    status=st.sampled_from([200, 201, 400, 404, 500]),
)
def test_what_only_looks_like_success_is_none(operation, body, status):
    raw = body if isinstance(body, bytes) else body.encode()
    assert not isinstance(judged(operation, raw, status), Judged)


@pytest.mark.parametrize(
    ("operation", "body"), [("contact.create", MESSAGE), ("message.send", GATE)]
)
def test_what_another_operation_makes_is_no_success(operation, body):
    assert isinstance(judged(operation, body), DestinationFailed)


@pytest.mark.parametrize("identifier", [501, "g-501"])
def test_the_id_of_what_was_made_is_kept_as_text(identifier):
    outcome = judged("contact.create", {**GATE, "id": identifier}, 201)
    assert outcome == Judged(ids={0: str(identifier)})
