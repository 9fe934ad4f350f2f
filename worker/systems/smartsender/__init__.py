"""Smart Sender: which requests its operations become, and what its answers mean."""

from __future__ import annotations

from collections.abc import Sequence

from producers.accounts import EffectiveOperation, SmartsenderAccount
from worker.systems.base import HttpAnswer, HttpCall, Item, NoJobs, Request
from worker.systems.planning import waves
from worker.systems.smartsender import calls
from worker.systems.smartsender.answers import judge
from worker.systems.smartsender.merge import merge
from worker.verdicts import Outcome


class Smartsender(NoJobs):
    """The `worker.systems.base.System` of accounts with `system = "smartsender"`.

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
