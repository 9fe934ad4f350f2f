"""Drives an adapter as a worker does, without Redis and without HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from batchline.systems.columns import Columns, Run
from batchline.systems.message import Message
from batchline.systems.requests import HttpAnswer, HttpCall, Request
from batchline.systems.verdicts import Outcome
from batchline.testing.conformance.cases import Case, SystemCases

#: UNIX seconds at which every request is sent and judged.
NOW = 1_795_248_000.0


class Bench:
    """One system with an account of its own."""

    def __init__(self, cases: SystemCases) -> None:
        self.cases = cases
        self.name = cases.system.name
        self.system = cases.system.adapter
        self.account = cases.system.account.model_validate({"system": self.name, **cases.account})
        self.operations = self.account.known_operations

    def message(self, operation: str, data: Mapping[str, Any]) -> Message:
        """A message with these fields. Raises pydantic's ValidationError for wrong ones."""
        return self.operations[operation].message.model_validate(data)

    def run(self, messages: Sequence[tuple[str, Mapping[str, Any]]]) -> Run:
        """The run that a worker reads, for pairs (operation, data) of messages of one lane."""
        stored = [self.message(operation, data) for operation, data in messages]
        lane = stored[0].lane_operation() if stored else ""
        rows = [(one.contact_key(), one.options(), one.payload()) for one in stored]
        return Columns.of(lane, rows).all()

    def waves(self, messages: Sequence[tuple[str, Mapping[str, Any]]]) -> list[list[Request]]:
        """The requests that these messages of one lane become, wave by wave."""
        run = self.run(messages)
        lane = run.columns.operation
        merged = self.system.merge(lane, run)
        return self.system.plan(merged, lane, self.account.operation(lane), self.account)

    def requests(self, operation: str, many: Iterable[Mapping[str, Any]]) -> list[Request]:
        """The requests that these messages of one operation become."""
        messages = [(operation, data) for data in many]
        return [request for wave in self.waves(messages) for request in wave]

    def one(self, case: Case) -> Request:
        """The request that the case's message becomes."""
        (request,) = self.requests(case.operation, [case.data])
        return request

    def call(self, request: Request) -> HttpCall:
        """The HTTP call of the request."""
        return self.system.call(request, self.account, NOW)

    def judge(
        self,
        request: Request,
        body: object,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> Outcome:
        """The outcome of an answer; `body` is its bytes, or a JSON value."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = HttpAnswer(status, headers or {}, raw)
        return self.system.judge(request, answer, self.account, NOW)
