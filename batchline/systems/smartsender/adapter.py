"""The adapter of Smart Sender: headers of its requests, and the meaning of its answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from batchline.systems.adapter import Adapter
from batchline.systems.columns import Item
from batchline.systems.question import Inquiry
from batchline.systems.requests import USER_AGENT, Endpoint, HttpAnswer, Request
from batchline.systems.smartsender import questions
from batchline.systems.smartsender.account import SmartsenderAccount
from batchline.systems.smartsender.answers import judge
from batchline.systems.verdicts import Judged, Outcome

#: "GET https://api.smartsender.com/v1/contacts": a list of contacts, here of one.
CONTACTS = Endpoint(
    "/v1/contacts?page=1&limitation=1",
    body=lambda *_: b"",
    judge=lambda _, body: Judged() if isinstance(body.get("collection"), list) else None,
    method="GET",
)


class Smartsender(Adapter[SmartsenderAccount]):
    """`System` of accounts with `system = "smartsender"`; it `ChecksCredentials`, `Inquires`."""

    def headers(
        self, request: Request, account: SmartsenderAccount, body: bytes
    ) -> Mapping[str, str]:
        """Headers of a request, among them `Authorization: Bearer` with the project's token."""
        headers = {
            "Accept": "application/json",
            "Authorization": f"Bearer {account.token.get_secret_value()}",
            "User-Agent": USER_AGENT,
        }
        return headers | ({"Content-Type": "application/json"} if body else {})

    def judge(
        self, request: Request, answer: HttpAnswer, account: SmartsenderAccount, now: float
    ) -> Outcome:
        return judge(request, answer, now)

    def credentials_request(self, account: SmartsenderAccount) -> Request:
        return CONTACTS.question()

    def inquiries(self, item: Item) -> Iterable[Inquiry]:
        return questions.inquiries(item)
