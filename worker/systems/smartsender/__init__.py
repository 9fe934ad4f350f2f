"""Smart Sender: which requests its operations become, and what its answers mean."""

from __future__ import annotations

from collections.abc import Sequence

from producers.accounts import EffectiveOperation, SmartsenderAccount
from worker.systems.base import HttpAnswer, HttpCall, Item, NoJobs, Request
from worker.verdicts import Outcome


class Smartsender(NoJobs):
    """The `worker.systems.base.System` of accounts with `system = "smartsender"`."""

    def merge(self, operation: str, items: Sequence[Item]) -> list[Item]:
        return list(items)

    def plan(
        self,
        items: Sequence[Item],
        operation: str,
        settings: EffectiveOperation,
        account: SmartsenderAccount,
    ) -> list[list[Request]]:
        raise NotImplementedError(operation)

    def call(self, request: Request, account: SmartsenderAccount, now: float) -> HttpCall:
        raise NotImplementedError(request.operation)

    def judge(
        self, request: Request, answer: HttpAnswer, account: SmartsenderAccount, now: float
    ) -> Outcome:
        raise NotImplementedError(request.operation)
