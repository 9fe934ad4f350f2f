"""What every adapter must be, whatever its API: one test for each promise, over every case."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from batchline.systems.registry import OPERATIONS
from batchline.systems.verdicts import (
    Ambiguous,
    CredentialsRefused,
    Dead,
    DestinationFailed,
    Judged,
    Refused,
)
from tests.conformance.cases import changed
from tests.conformance.systems import BENCHES
from tests.conformance.wire import AUTH, content, differences, documented, folder, recorded

CASES = [
    pytest.param(bench, case, id=f"{bench.cases.system}-{case.operation}")
    for bench in BENCHES
    for case in bench.cases.cases
]
SAID = [
    pytest.param(bench, case, said, id=f"{bench.cases.system}-{case.operation}-{said.source}")
    for bench in BENCHES
    for case in bench.cases.cases
    for said in (*case.answers, *bench.cases.answers)
]
REFUSED = [
    pytest.param(bench, case, changes, detail, id=f"{bench.cases.system}-{case.operation}-{detail}")
    for bench in BENCHES
    for case in bench.cases.cases
    for changes, detail in case.refused
]
SYSTEMS = [pytest.param(bench, id=bench.cases.system) for bench in BENCHES]


@pytest.mark.parametrize("bench", SYSTEMS)
def test_every_operation_has_a_case(bench):
    assert {case.operation for case in bench.cases.cases} == OPERATIONS[bench.cases.system].keys()


@pytest.mark.parametrize("bench", SYSTEMS)
def test_only_what_is_idempotent_travels_in_anothers_lane(bench):
    for name, operation in OPERATIONS[bench.cases.system].items():
        lane = OPERATIONS[bench.cases.system][operation.lane]
        assert lane.lane == operation.lane
        assert operation.idempotent or operation.lane == name


@pytest.mark.parametrize("bench", SYSTEMS)
def test_an_operation_that_is_sent_again_in_doubt_is_idempotent(bench):
    for operation in OPERATIONS[bench.cases.system].values():
        assert operation.ambiguous != "resend" or operation.idempotent
        assert operation.ambiguous != "verify" or operation.verified


@pytest.mark.parametrize(("bench", "case"), CASES)
def test_a_message_survives_being_stored_and_read_again(bench, case):
    message = bench.message(case.operation, case.data)
    options = {k: v for k, v in json.loads(message.options() or "{}").items() if k != "op"}
    again = bench.message(case.operation, {**json.loads(message.payload()), **options})
    assert (again.payload(), again.options()) == (message.payload(), message.options())
    assert again.contact_key() == message.contact_key()


@pytest.mark.parametrize(("bench", "case", "changes", "detail"), REFUSED)
def test_what_breaks_a_documented_limit_is_refused_with_field_and_limit(
    bench, case, changes, detail
):
    with pytest.raises(ValidationError) as refused:
        bench.message(case.operation, changed(case.data, changes))
    told = [
        ".".join(map(str, problem["loc"])) + ": " + problem["msg"]
        for problem in refused.value.errors(include_input=False, include_url=False)
    ]
    assert any(detail in one for one in told), told


@pytest.mark.parametrize(("bench", "case"), CASES)
def test_a_field_that_nobody_documents_is_refused(bench, case):
    with pytest.raises(ValidationError):
        bench.message(case.operation, {**case.data, "noSuchField": 1})


@pytest.mark.parametrize(("bench", "case"), CASES)
def test_messages_travel_in_as_few_calls_as_the_api_allows(bench, case):
    for count, calls in case.calls.items():
        requests = bench.requests(case.operation, case.many(count))
        assert len(requests) == calls
        indexes = [n for request in requests for item in request.items for n in item.messages]
        assert sorted(indexes) == list(range(count)), "every message travels, and once"


@pytest.mark.parametrize(("bench", "case"), CASES)
def test_one_message_alone_is_one_call_that_names_its_operation(bench, case):
    request = bench.one(case)
    assert request.operation == case.operation
    assert [item.messages for item in request.items] == [(0,)]
    bench.call(request)


@pytest.mark.parametrize(("bench", "case"), CASES)
def test_a_request_falls_into_halves_that_hold_every_message(bench, case):
    for request in bench.requests(case.operation, case.many(7)):
        halves = request.halves()
        assert [item for half in halves for item in half.items] == list(request.items)
        for half in halves:
            bench.call(half)


@pytest.mark.parametrize(("bench", "case", "said"), SAID)
def test_a_documented_answer_means_what_the_documents_say(bench, case, said):
    outcome = bench.judge(bench.one(case), said.body, said.status, said.headers)
    assert meaning(outcome) == said.meaning, outcome
    assert said.detail in detail_of(outcome)
    if isinstance(outcome, Judged):
        assert outcome.job == said.job
        assert outcome.ids.get(0) == said.api_id


def meaning(outcome):
    match outcome:
        case Judged(exceptions={0: Dead()}):
            return "dead"
        case Judged(exceptions={0: Ambiguous()}):
            return "ambiguous item"
        case Judged(exceptions={0: _}):
            return "missing"
        case Judged():
            return "delivered"
        case Refused():
            return "refused"
        case CredentialsRefused():
            return "account"
        case DestinationFailed(ambiguous=ambiguous):
            return "ambiguous" if ambiguous else "failed"


def detail_of(outcome):
    if isinstance(outcome, Judged):
        return outcome.exceptions[0].detail if 0 in outcome.exceptions else ""
    return outcome.detail


NO_ANSWERS = [b"\xff\xfe", b"<html>Please wait</html>", b"null", b"[]", b"7", b'{"success": "yes"}']


@pytest.mark.parametrize(("bench", "case"), CASES)
@pytest.mark.parametrize("body", NO_ANSWERS)
@pytest.mark.parametrize("status", [500, 502, 429, 302, 100])
def test_no_status_but_success_ever_delivers(bench, case, body, status):
    outcome = bench.judge(bench.one(case), body, status)
    assert meaning(outcome) in ("failed", "ambiguous")


@pytest.mark.parametrize(("bench", "case"), CASES)
@given(
    body=st.one_of(
        st.binary(max_size=60),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=8),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(
                        [
                            "success",
                            "message",
                            "error",
                            "state",
                            "results",
                            "failedContacts",
                            "errorMessage",
                            "id",
                            "asyncSessionId",
                            "status",
                            "requestId",
                        ]
                    ),
                    inner,
                    max_size=4,
                )
            ),
            max_leaves=12,
        ),
    ),
    status=st.sampled_from([200, 201, 400, 404, 409]),
)
def test_any_answer_is_judged_without_an_exception(bench, case, body, status):
    assert meaning(bench.judge(bench.one(case), body, status))


@pytest.mark.parametrize(("bench", "case"), CASES)
def test_no_secret_and_no_payload_stands_in_a_repr(bench, case):
    call = bench.call(bench.one(case))
    shown = repr(call) + repr(bench.account)
    assert "SECRET" not in shown
    assert "shop.example" not in repr(call)


@pytest.mark.parametrize(("bench", "case"), CASES)
def test_the_recorded_request_is_what_goes_out(bench, case):
    calls = map(bench.call, bench.requests(case.operation, case.sample))
    recording = folder(bench.cases.system, case.operation) / "request.http"
    assert recording.exists(), "python -m tests.conformance records it"
    assert recording.read_bytes() == b"\n".join(map(recorded, calls))


@pytest.mark.parametrize(("bench", "case"), CASES)
def test_the_request_differs_from_the_documents_sample_only_where_said(bench, case):
    document = documented(bench.cases.system, case.operation)
    (request,) = bench.requests(case.operation, case.sample)
    call = bench.call(request)
    assert f"{call.method} {call.url.removeprefix(bench.account.url)}" == document["request"]
    assert set(differences(document["body"], content(call))) == set(document.get("differs", {}))
    assert all(document.get("differs", {}).values()), "each difference says why"
    assert document["source"]
    assert not set(AUTH) & set(document.get("differs", {}))
