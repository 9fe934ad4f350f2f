"""eSputnik (Yespo): which requests its operations become, and what its answers mean."""

from __future__ import annotations

from collections.abc import Sequence

from producers.accounts import EffectiveOperation, EsputnikAccount
from worker.systems.base import HttpAnswer, HttpCall, Item, NoJobs, Request
from worker.verdicts import Outcome


class Esputnik(NoJobs):
    """The `worker.systems.base.System` of accounts with `system = "esputnik"`."""

    def merge(self, operation: str, items: Sequence[Item]) -> list[Item]:
        return list(items)

    def plan(
        self,
        items: Sequence[Item],
        operation: str,
        settings: EffectiveOperation,
        account: EsputnikAccount,
    ) -> list[list[Request]]:
        raise NotImplementedError(operation)

    def call(self, request: Request, account: EsputnikAccount, now: float) -> HttpCall:
        raise NotImplementedError(request.operation)

    def judge(
        self, request: Request, answer: HttpAnswer, account: EsputnikAccount, now: float
    ) -> Outcome:
        raise NotImplementedError(request.operation)
