"""The adapter of SALESmanago: requests of API v2, and the meaning of its answers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from batchline.systems.adapter import Adapter
from batchline.systems.columns import Item
from batchline.systems.message import request_fields
from batchline.systems.question import Inquiry
from batchline.systems.requests import HttpAnswer, HttpCall, Request
from batchline.systems.salesmanago import (
    attachments,
    contact_changes,
    jobs,
    questions,
    success,
    users,
)
from batchline.systems.salesmanago.account import SalesmanagoAccount
from batchline.systems.salesmanago.auth import HEADERS
from batchline.systems.salesmanago.endpoints import envelope
from batchline.systems.verdicts import JobEnded, Outcome


class Salesmanago(Adapter[SalesmanagoAccount]):
    """`System` of accounts with `system = "salesmanago"`; it is all that a system can be."""

    def call(self, request: Request, account: SalesmanagoAccount, now: float) -> HttpCall:
        call = super().call(request, account, now)
        if request.endpoint is not attachments.SEND:
            return call
        headers, body = attachments.form(call.body)
        return HttpCall(call.url, headers, body)

    def headers(
        self, request: Request, account: SalesmanagoAccount, body: bytes
    ) -> Mapping[str, str]:
        return HEADERS

    def judge(
        self, request: Request, answer: HttpAnswer, account: SalesmanagoAccount, now: float
    ) -> Outcome:
        """The outcome of a request; an undocumented answer is never success."""
        is_silent = answer.status == 200 and not answer.body.strip()
        if is_silent and request.endpoint is contact_changes.DELETE:
            return contact_changes.judge_silence()
        return success.judge(request, answer, now)

    def verify(self, items: Sequence[Item], operation: str) -> list[Request]:
        verify = self.operations[operation].verify
        return verify(items) if verify is not None else []

    def credentials_request(self, account: SalesmanagoAccount) -> Request:
        return users.question(account)

    def inquiries(self, item: Item) -> Iterable[Inquiry]:
        return questions.inquiries(item)

    def job_status(
        self, job: str, account: SalesmanagoAccount, now: float, options: str
    ) -> HttpCall:
        """The question, with the owner for whom the job was made (job/status, owner)."""
        owner = request_fields(options).get("owner", account.owner)
        fields = {"owner": owner, "requestId": int(job)}
        body = envelope(account, round(now * 1000), fields)
        return HttpCall(account.url + jobs.PATH, HEADERS, body)

    def job_progress(self, answer: HttpAnswer) -> HttpCall | None:
        """The call for the result's file, without credentials: the address is signed."""
        url = jobs.file_url(answer)
        agent = {"User-Agent": HEADERS["User-Agent"]}
        return HttpCall(url, agent, b"", method="GET") if url else None

    def job_result(self, answer: HttpAnswer) -> JobEnded | None:
        return jobs.result(answer)

    def identifiers(self, payload: bytes) -> Sequence[str]:
        contact = json.loads(payload).get("contact", {})
        identifiers = (contact.get("email"), contact.get("contactId"))
        return [str(one).lower() for one in identifiers if one]
