"""An adapter driven as the engine drives it, without Redis and without HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import TypeAdapter

from batchline.producers.lanes import Lane, operation_of
from batchline.systems.account import Account
from batchline.systems.adapters import SYSTEMS
from batchline.systems.contract import HttpAnswer, HttpCall, Item, Request
from batchline.systems.message import Message
from batchline.systems.registry import OPERATIONS
from batchline.systems.verdicts import Outcome
from tests.conformance.cases import Case, SystemCases

#: UNIX seconds at which everything is sent.
NOW = 1_795_248_000.0


class Bench:
    """One system with an account of its own."""

    def __init__(self, cases: SystemCases) -> None:
        self.cases = cases
        self.system = SYSTEMS[cases.system]
        self.account = TypeAdapter(Account).validate_python(
            {"system": cases.system, **cases.account}
        )

    def message(self, operation: str, data: Mapping[str, Any]) -> Message:
        return OPERATIONS[self.cases.system][operation].message.model_validate(data)

    def items(self, operation: str, many: Iterable[Mapping[str, Any]]) -> list[Item]:
        """As the engine makes them of what the producer has stored."""
        made = []
        for index, data in enumerate(many):
            message = self.message(operation, data)
            lane = Lane("default", message.lane_operation())
            options = message.options()
            named = operation_of(lane, options)
            made.append(Item(message.payload(), message.contact_key(), options, (index,), named))
        return made

    def waves(self, operation: str, many: Iterable[Mapping[str, Any]]) -> list[list[Request]]:
        lane = OPERATIONS[self.cases.system][operation].lane
        items = self.system.merge(lane, self.items(operation, many))
        return self.system.plan(items, lane, self.account.operation(lane), self.account)

    def requests(self, operation: str, many: Iterable[Mapping[str, Any]]) -> list[Request]:
        return [request for wave in self.waves(operation, many) for request in wave]

    def one(self, case: Case) -> Request:
        (request,) = self.requests(case.operation, [case.data])
        return request

    def call(self, request: Request) -> HttpCall:
        return self.system.call(request, self.account, NOW)

    def judge(
        self, request: Request, body: object, status: int = 200, headers: Any = None
    ) -> Outcome:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = HttpAnswer(status, headers or {}, raw)
        return self.system.judge(request, answer, self.account, NOW)
