"""Smart Sender: which requests its operations become, and what its answers mean."""

from __future__ import annotations

from collections.abc import Sequence

from batchline.systems.account import EffectiveOperation, SmartsenderAccount
from batchline.systems.contract import HttpAnswer, HttpCall, Item, NoJobs, Request
from batchline.systems.planning import waves
from batchline.systems.smartsender import calls
from batchline.systems.smartsender.answers import judge
from batchline.systems.smartsender.merge import merge
from batchline.systems.verdicts import Outcome


class Smartsender(NoJobs):
    """The `batchline.systems.contract.System` of accounts with `system = "smartsender"`.

    The API has no batch form: every item is a call.
    """

    def merge(self, operation: str, items: Sequence[Item]) -> list[Item]:
        """What several messages say about the values or about a tag of one contact is one item."""
        return merge(items)

    def plan(
        self,
        items: Sequence[Item],
        operation: str,
        settings: EffectiveOperation,
        account: SmartsenderAccount,
    ) -> list[list[Request]]:
        """Waves in which each contact is once."""
        return [[calls.request(item) for item in wave] for wave in waves(items, calls.contacts)]

    def call(self, request: Request, account: SmartsenderAccount, now: float) -> HttpCall:
        sent = calls.body(request)
        headers = calls.headers(account, has_body=bool(sent))
        return HttpCall(account.url + request.path, headers, sent, request.method)

    def judge(
        self, request: Request, answer: HttpAnswer, account: SmartsenderAccount, now: float
    ) -> Outcome:
        return judge(request, answer, now)
