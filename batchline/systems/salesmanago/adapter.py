"""SALESmanago, API v2: which requests its operations become, and what its answers mean."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from batchline.systems.account import EffectiveOperation, SalesmanagoAccount
from batchline.systems.contract import HttpAnswer, HttpCall, Item, Request
from batchline.systems.salesmanago import (
    attachments,
    contacts,
    coupons,
    event_folding,
    events,
    jobs,
    many,
    pushes,
    singles,
    verify,
)
from batchline.systems.salesmanago.answers import judge
from batchline.systems.salesmanago.auth import HEADERS
from batchline.systems.salesmanago.envelope import body, envelope
from batchline.systems.verdicts import JobEnded, Outcome

Plan = Callable[[Sequence[Item], str, EffectiveOperation, SalesmanagoAccount], list[list[Request]]]

_PLANS: dict[str, Plan] = {
    "contact.upsert": contacts.plan,
    "event.add": events.plan,
    "push.send": pushes.plan,
    "push.send_custom": pushes.plan,
    "push.send_mass": pushes.plan_mass,
    "push.send_mass_custom": pushes.plan_mass,
    "coupon.redeem": coupons.plan,
    "coupon.add": singles.plan,
    "funnel.add": many.plan,
    "email.send": many.plan,
    "email.send_confirmation": singles.plan,
    "email.upsert": singles.plan,
    "email.send_with_attachment": singles.plan,
    "message.send": many.plan,
    "message.send_transactional": singles.plan,
    "task.update": singles.plan,
    "note.add": singles.plan,
    "loyalty.modify_points": many.plan,
}
_MERGES: dict[str, Callable[[Sequence[Item]], list[Item]]] = {
    "contact.upsert": contacts.merge,
    "event.add": event_folding.fold,
}


class Salesmanago:
    """The `batchline.systems.contract.System` of accounts with `system = "salesmanago"`."""

    def merge(self, operation: str, items: Sequence[Item]) -> list[Item]:
        """Upserts of one contact become one, changes of an event that waits go into it."""
        merges = _MERGES.get(operation)
        return merges(items) if merges else list(items)

    def plan(
        self,
        items: Sequence[Item],
        operation: str,
        settings: EffectiveOperation,
        account: SalesmanagoAccount,
    ) -> list[list[Request]]:
        return _PLANS[operation](items, operation, settings, account)

    def verify(self, items: Sequence[Item], operation: str) -> list[Request]:
        return verify.plan(items, operation)

    def call(self, request: Request, account: SalesmanagoAccount, now: float) -> HttpCall:
        headers, sent = HEADERS, body(request, account, round(now * 1000))
        if request.path == attachments.PATH:
            headers, sent = attachments.form(sent)
        return HttpCall(account.url + request.path, headers, sent)

    def job_status(self, job: str, account: SalesmanagoAccount, now: float) -> HttpCall:
        fields = {"owner": account.owner, "requestId": int(job)}
        sent = envelope(account, round(now * 1000), fields)
        return HttpCall(account.url + jobs.PATH, HEADERS, sent)

    def job_progress(self, answer: HttpAnswer) -> HttpCall | None:
        """The result's file, fetched without credentials: the address is signed."""
        url = jobs.file_url(answer)
        agent = {"User-Agent": HEADERS["User-Agent"]}
        return HttpCall(url, agent, b"", method="GET") if url else None

    def job_result(self, answer: HttpAnswer) -> JobEnded | None:
        return jobs.result(answer)

    def identifiers(self, payload: bytes) -> Sequence[str]:
        contact = json.loads(payload).get("contact", {})
        named = (contact.get("email"), contact.get("contactId"))
        return [str(name).lower() for name in named if name]

    def judge(
        self, request: Request, answer: HttpAnswer, account: SalesmanagoAccount, now: float
    ) -> Outcome:
        return judge(request, answer, now)
