"""The promises of every adapter: one test for each promise, run for every case."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from batchline.systems.columns import messages
from batchline.systems.contract import Verifies
from batchline.systems.message import request_fields
from batchline.systems.verdicts import (
    Ambiguous,
    CredentialsRefused,
    Dead,
    DestinationFailed,
    Judged,
    Outcome,
    Refused,
)
from batchline.testing.conformance.bench import Bench
from batchline.testing.conformance.cases import Answer, Case, Meaning, SystemCases, changed

#: Bodies that are an answer of no API.
NO_ANSWERS = [b"\xff\xfe", b"<html>Please wait</html>", b"null", b"[]", b"7", b'{"success": "yes"}']
#: Texts that no message may hold.
BAD_TEXTS = ["cut \ud83d", "nu\x00ll", "\x1b[31mred", "\x92"]
#: Names of fields in answers of marketing APIs.
_NAMES = (
    *("success", "message", "error", "state", "results", "failedContacts", "errorMessage"),
    *("id", "asyncSessionId", "status", "requestId", "code"),
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_NAMES), inner, max_size=4)
    ),
    max_leaves=12,
)


class SystemSuite:
    """The suite: a subclass sets `system`, and every test runs for every case that it concerns."""

    system: ClassVar[SystemCases]

    @property
    def bench(self) -> Bench:
        """A bench with the system."""
        return Bench(self.system)

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Set the parameters of the tests; pytest calls this method by its name."""
        names = [name for name in ("case", "answer", "refused") if name in metafunc.fixturenames]
        if names:
            rows = list(getattr(self, f"_each_{names[-1]}")())
            metafunc.parametrize(names, rows)

    def _each_case(self) -> Iterator[Any]:
        for case in self.system.cases:
            yield pytest.param(case, id=case.operation)

    def _each_answer(self) -> Iterator[Any]:
        for case in self.system.cases:
            for answer in (*case.answers, *self.system.answers):
                yield pytest.param(case, answer, id=f"{case.operation}-{answer.source}")

    def _each_refused(self) -> Iterator[Any]:
        for case in self.system.cases:
            for changes, detail in case.refused:
                yield pytest.param(case, (changes, detail), id=f"{case.operation}-{detail}")

    def test_every_operation_has_a_case(self) -> None:
        assert {case.operation for case in self.system.cases} == self.bench.operations.keys()

    def test_its_name_is_the_same_everywhere(self) -> None:
        name = self.system.system.name
        assert {operation.system for operation in self.bench.operations.values()} == {name}

    def test_only_what_is_idempotent_shares_the_lane_of_another(self) -> None:
        own = self.bench.operations
        for name, operation in own.items():
            assert own[operation.lane].lane == operation.lane
            assert operation.idempotent or operation.lane == name

    def test_an_operation_that_is_resent_when_ambiguous_is_idempotent(self) -> None:
        for operation in self.bench.operations.values():
            assert operation.ambiguous != "resend" or operation.idempotent
            assert operation.ambiguous != "verify" or operation.verified

    def test_an_operation_that_can_be_verified_says_how(self) -> None:
        for operation in self.bench.operations.values():
            assert bool(operation.verified) == (operation.verify is not None)
            if operation.verify is not None:
                assert isinstance(self.system.system.adapter, Verifies)

    def test_a_message_survives_being_stored_and_read_again(self, case: Case) -> None:
        message = self.bench.message(case.operation, case.data)
        stored = {**json.loads(message.payload()), **request_fields(message.options())}
        again = self.bench.message(case.operation, stored)
        assert (again.payload(), again.options()) == (message.payload(), message.options())
        assert again.contact_key() == message.contact_key()

    def test_what_breaks_a_documented_limit_is_refused_with_field_and_limit(
        self, case: Case, refused: tuple[Mapping[str, Any], str]
    ) -> None:
        changes, detail = refused
        with pytest.raises(ValidationError) as error:
            self.bench.message(case.operation, changed(case.data, changes))
        errors = [
            ".".join(map(str, problem["loc"])) + ": " + problem["msg"]
            for problem in error.value.errors(include_input=False, include_url=False)
        ]
        assert any(detail in one for one in errors), errors

    def test_no_text_holds_half_of_a_character_or_a_control_character(self, case: Case) -> None:
        for path in _texts(case.data):
            for bad in BAD_TEXTS:
                with pytest.raises(ValidationError):
                    self.bench.message(case.operation, _with_text(case.data, path, bad))

    def test_a_field_that_nobody_documents_is_refused(self, case: Case) -> None:
        with pytest.raises(ValidationError):
            self.bench.message(case.operation, {**case.data, "noSuchField": 1})

    def test_messages_go_in_as_few_calls_as_the_api_allows(self, case: Case) -> None:
        for count, calls in case.calls.items():
            requests = self.bench.requests(case.operation, case.many(count))
            assert len(requests) == calls
            indexes = [index for request in requests for index in messages(request.items)]
            assert sorted(indexes) == list(range(count)), "every message goes out, and once"

    def test_one_message_alone_is_one_call_that_names_its_operation(self, case: Case) -> None:
        request = self.bench.one(case)
        assert request.operation == case.operation
        assert [item.messages for item in request.items] == [(0,)]
        self.bench.call(request)

    def test_a_call_goes_to_a_method_that_the_operations_record_names(self, case: Case) -> None:
        known = self.bench.operations[case.operation].endpoints
        for request in self.bench.requests(case.operation, case.many(3)):
            assert not known or request.endpoint in known

    def test_a_request_falls_into_halves_that_hold_every_message(self, case: Case) -> None:
        for request in self.bench.requests(case.operation, case.many(7)):
            halves = request.halves()
            assert [item for half in halves for item in half.items] == list(request.items)
            for half in halves:
                self.bench.call(half)

    def test_a_documented_answer_means_what_the_documents_say(
        self, case: Case, answer: Answer
    ) -> None:
        outcome = self.bench.judge(self.bench.one(case), answer.body, answer.status, answer.headers)
        assert meaning_of(outcome) == answer.meaning, outcome
        assert answer.detail in detail_of(outcome)
        if isinstance(outcome, Judged):
            assert outcome.job == answer.job
            assert outcome.ids.get(0) == answer.api_id

    @pytest.mark.parametrize("body", NO_ANSWERS)
    @pytest.mark.parametrize("status", [500, 502, 429, 302, 100])
    def test_no_status_but_success_ever_delivers(
        self, case: Case, body: bytes, status: int
    ) -> None:
        outcome = self.bench.judge(self.bench.one(case), body, status)
        assert meaning_of(outcome) in ("failed", "ambiguous")

    def test_any_answer_is_judged_without_an_exception(self, case: Case) -> None:
        request = self.bench.one(case)

        @settings(deadline=None)  # a busy machine is no fault of the adapter
        @given(
            body=st.one_of(st.binary(max_size=60), _JSON),
            status=st.sampled_from([200, 201, 202, 204, 207, 400, 404, 409]),
        )
        def is_judged(body: object, status: int) -> None:
            assert meaning_of(self.bench.judge(request, body, status))

        is_judged()

    def test_no_secret_and_no_payload_stands_in_a_repr(self, case: Case) -> None:
        call = self.bench.call(self.bench.one(case))
        assert "SECRET" not in repr(call) + repr(self.bench.account)
        assert not any(text in repr(call) for text in _addresses(case.data))


def meaning_of(outcome: Outcome) -> Meaning | None:
    """The meaning of an outcome for the request's first item."""
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
        case DestinationFailed(blocked=True):
            return "blocked"
        case CredentialsRefused():
            return "account"
        case DestinationFailed(ambiguous=ambiguous):
            return "ambiguous" if ambiguous else "failed"
    return None


def detail_of(outcome: Outcome) -> str:
    """The detail of an outcome, or of the verdict on its first item."""
    if isinstance(outcome, Judged):
        verdict = outcome.exceptions.get(0)
        return getattr(verdict, "detail", "")
    return getattr(outcome, "detail", "")


def _addresses(data: object) -> Iterator[str]:
    """The e-mail addresses of a message."""
    if isinstance(data, str) and "@" in data:
        yield data
    elif isinstance(data, Mapping):
        for value in data.values():
            yield from _addresses(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from _addresses(value)


def _texts(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of each text in the value."""
    if isinstance(value, str):
        yield path
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _texts(inner, (*path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts(inner, (*path, index))


def _with_text(data: Mapping[str, Any], path: Sequence[Any], text: str) -> dict[str, Any]:
    """A deep copy of the data with this text at the path."""
    copied = changed(data, {})
    part: Any = copied
    for name in path[:-1]:
        part = part[name]
    part[path[-1]] = text
    return copied
