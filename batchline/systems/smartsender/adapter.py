"""The adapter of Smart Sender: headers of its requests, and the meaning of its answers."""

from __future__ import annotations

from collections.abc import Mapping

from batchline.systems.adapter import Adapter
from batchline.systems.requests import USER_AGENT, HttpAnswer, Request
from batchline.systems.smartsender.account import SmartsenderAccount
from batchline.systems.smartsender.answers import judge
from batchline.systems.verdicts import Outcome


class Smartsender(Adapter[SmartsenderAccount]):
    """`System` of accounts with `system = "smartsender"`."""

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
