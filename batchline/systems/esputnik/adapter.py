"""eSputnik (Yespo): which requests its operations become, and what its answers mean."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from batchline.systems.account import EffectiveOperation, EsputnikAccount
from batchline.systems.contract import HttpAnswer, HttpCall, Item, NoJobs, Request
from batchline.systems.esputnik import (
    contacts,
    events,
    jobs,
    orders,
    segments,
    unsubscribes,
)
from batchline.systems.esputnik import (
    prepared_messages as messages,
)
from batchline.systems.esputnik.answers import judge
from batchline.systems.esputnik.calls import body, headers
from batchline.systems.verdicts import JobEnded, Outcome

Plan = Callable[[Sequence[Item], str, EffectiveOperation], list[list[Request]]]

#: By the lane's operation: others travel in some of these lanes.
_PLANS: dict[str, Plan] = {
    "contact.upsert": contacts.plan,
    "contact.subscribe": events.plan,
    "event.add": events.plan,
    "event.add_v2": events.plan,
    "event.add_past": events.plan_past,
    "order.upsert": orders.plan,
    "message.send": messages.plan,
    "email.unsubscribe": unsubscribes.plan,
    "segment.attach": segments.plan,
}
_MERGES: dict[str, Callable[[Sequence[Item]], list[Item]]] = {
    "contact.upsert": contacts.merge,
    "order.upsert": orders.merge,
}


class Esputnik(NoJobs):
    """The `batchline.systems.contract.System` of accounts with `system = "esputnik"`.

    Of what `NoJobs` leaves out it has jobs, the imports of POST /v1/contacts: their result names no
    contact and comes with the answer about their progress.
    """

    def merge(self, operation: str, items: Sequence[Item]) -> list[Item]:
        """Upserts of one contact, and versions of one order, become one."""
        return _MERGES.get(operation, list)(items)

    def plan(
        self,
        items: Sequence[Item],
        operation: str,
        settings: EffectiveOperation,
        account: EsputnikAccount,
    ) -> list[list[Request]]:
        return _PLANS[operation](items, operation, settings)

    def call(self, request: Request, account: EsputnikAccount, now: float) -> HttpCall:
        sent = body(request, account)
        url = account.url + request.path
        return HttpCall(url, headers(account, bool(sent)), sent, request.method)

    def judge(
        self, request: Request, answer: HttpAnswer, account: EsputnikAccount, now: float
    ) -> Outcome:
        return judge(request, answer, now)

    def job_status(self, job: str, account: EsputnikAccount, now: float) -> HttpCall:
        return HttpCall(account.url + jobs.path(job), headers(account, False), b"", "GET")

    def job_progress(self, answer: HttpAnswer) -> JobEnded | None:
        return jobs.progress(answer)
