"""The base of adapters whose operations are records (`operation.py`)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Generic

from batchline.systems.answers import by_status
from batchline.systems.columns import Item
from batchline.systems.contract import A
from batchline.systems.operation import EffectiveOperation, Operation
from batchline.systems.requests import HttpAnswer, HttpCall, Request
from batchline.systems.verdicts import Outcome


class Adapter(ABC, Generic[A]):
    """A `System` whose operations' records say how items are merged and planned.

    A subclass makes a request's headers and judges an answer by its status. The request's endpoint
    makes the body and judges a success.
    """

    def __init__(self, operations: Sequence[Operation]) -> None:
        self.operations = {operation.name: operation for operation in operations}

    def merge(self, operation: str, items: Sequence[Item]) -> Sequence[Item]:
        merge = self.operations[operation].merge
        return merge(items) if merge is not None else items

    def plan(
        self, items: Sequence[Item], operation: str, settings: EffectiveOperation, account: A
    ) -> list[list[Request]]:
        plan = self.operations[operation].plan
        assert plan is not None, f"{operation} has no lane of its own"
        return plan(items, settings, account) if items else []

    def call(self, request: Request, account: A, now: float) -> HttpCall:
        body = request.endpoint.body(request, account, now)
        headers = self.headers(request, account, body)
        return HttpCall(account.url + request.path, headers, body, request.method)

    @abstractmethod
    def headers(self, request: Request, account: A, body: bytes) -> Mapping[str, str]:
        """The request's headers, with the credentials where the API wants them there."""

    @abstractmethod
    def judge(self, request: Request, answer: HttpAnswer, account: A, now: float) -> Outcome:
        """The outcome that the answer means for the request's items."""

    def judge_status(self, answer: HttpAnswer, account: A, now: float) -> Outcome | None:
        """`JudgesByStatus`: that there were too many requests needs no words."""
        return by_status(answer, now) if answer.status == HTTPStatus.TOO_MANY_REQUESTS else None
