"""SALESmanago Mobile: which requests its operations become, and what its answers mean.

Credentials and the meaning of `success` are those of API v2 (`auth` and `success` there).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from batchline.systems.account import EffectiveOperation, SalesmanagoMobileAccount
from batchline.systems.contract import HttpAnswer, HttpCall, Item, NoJobs, Request
from batchline.systems.planning import one_by_one, waves
from batchline.systems.salesmanago import success
from batchline.systems.salesmanago.auth import HEADERS, as_json, credentials
from batchline.systems.verdicts import Outcome

PATH = "/api/contact/create"


class SalesmanagoMobile(NoJobs):
    """The `batchline.systems.contract.System` of accounts with `system = "salesmanago_mobile"`."""

    def merge(self, operation: str, items: Sequence[Item]) -> list[Item]:
        return list(items)

    def plan(
        self,
        items: Sequence[Item],
        operation: str,
        settings: EffectiveOperation,
        account: SalesmanagoMobileAccount,
    ) -> list[list[Request]]:
        """A call for each; those of one address one after the other."""
        return [
            one_by_one(wave, operation, PATH) for wave in waves(items, lambda item: [item.contact])
        ]

    def call(self, request: Request, account: SalesmanagoMobileAccount, now: float) -> HttpCall:
        """ "Authentication" names three fields, and no requestTime."""
        head = as_json(credentials(account))[:-1]
        return HttpCall(
            account.url + request.path, HEADERS, head + b"," + request.items[0].payload[1:]
        )

    def judge(
        self, request: Request, answer: HttpAnswer, account: SalesmanagoMobileAccount, now: float
    ) -> Outcome:
        return success.judge(request, answer, now, _judge_success)


def _judge_success(request: Request, answer: dict[str, Any]) -> Outcome:
    """`data.userId` is the user's identifier."""
    data = answer.get("data")
    return success.made("userId")(request, data if isinstance(data, dict) else {})
