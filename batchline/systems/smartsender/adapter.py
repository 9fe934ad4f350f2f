"""The adapter: what a request of Smart Sender carries, and what its answers mean."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version

from batchline.systems.adapter import Adapter
from batchline.systems.requests import HttpAnswer, Request
from batchline.systems.smartsender.account import SmartsenderAccount
from batchline.systems.smartsender.answers import judge
from batchline.systems.verdicts import Outcome


class Smartsender(Adapter[SmartsenderAccount]):
    """`System` of accounts with `system = "smartsender"`."""

    def headers(
        self, request: Request, account: SmartsenderAccount, body: bytes
    ) -> Mapping[str, str]:
        """`Authorization: Bearer` and the project's token."""
        headers = {
            "Accept": "application/json",
            "Authorization": f"Bearer {account.token.get_secret_value()}",
            "User-Agent": f"batchline/{version('batchline')}",
        }
        return headers | ({"Content-Type": "application/json"} if body else {})

    def judge(
        self, request: Request, answer: HttpAnswer, account: SmartsenderAccount, now: float
    ) -> Outcome:
        return judge(request, answer, now)
