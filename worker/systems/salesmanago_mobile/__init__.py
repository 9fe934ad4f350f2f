"""SALESmanago Mobile: which requests its operations become, and what its answers mean."""

from __future__ import annotations

from collections.abc import Sequence

from producers.accounts import EffectiveOperation, SalesmanagoMobileAccount
from worker.systems.base import HttpAnswer, HttpCall, Item, NoJobs, Request
from worker.verdicts import Outcome


class SalesmanagoMobile(NoJobs):
    """The `worker.systems.base.System` of accounts with `system = "salesmanago_mobile"`."""

    def merge(self, operation: str, items: Sequence[Item]) -> list[Item]:
        return list(items)

    def plan(
        self,
        items: Sequence[Item],
        operation: str,
        settings: EffectiveOperation,
        account: SalesmanagoMobileAccount,
    ) -> list[list[Request]]:
        raise NotImplementedError(operation)

    def call(self, request: Request, account: SalesmanagoMobileAccount, now: float) -> HttpCall:
        raise NotImplementedError(request.operation)

    def judge(
        self, request: Request, answer: HttpAnswer, account: SalesmanagoMobileAccount, now: float
    ) -> Outcome:
        raise NotImplementedError(request.operation)
