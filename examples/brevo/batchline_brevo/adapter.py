"""The adapter: the headers of every request, and the answers that any method may give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from batchline.systems.adapter import Adapter
from batchline.systems.answers import by_status, json_object, shorten
from batchline.systems.requests import HttpAnswer, Request
from batchline.systems.verdicts import DestinationFailed, Outcome, Refused

from .account import BrevoAccount

#: docs/limit-headers: "Time remaining until the rate limit resets", typically in seconds. The page
#: names no Retry-After.
RESET = "x-sib-ratelimit-reset"


class Brevo(Adapter[BrevoAccount]):
    """`System` of accounts with `system = "brevo"`."""

    def headers(self, request: Request, account: BrevoAccount, body: bytes) -> Mapping[str, str]:
        return {
            "accept": "application/json",
            "content-type": "application/json",
            "api-key": account.api_key.get_secret_value(),
        }

    def judge(
        self, request: Request, answer: HttpAnswer, account: BrevoAccount, now: float
    ) -> Outcome:
        outcome = by_status(_with_retry_after(answer), now)
        if outcome is not None:
            return replace(outcome, detail=f"{outcome.detail} {_said(answer)}".rstrip())
        return request.endpoint.judge(request, answer) or _otherwise(answer)


def _with_retry_after(answer: HttpAnswer) -> HttpAnswer:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    if answer.status != 429 or RESET not in headers:
        return answer
    return replace(answer, headers={"retry-after": headers[RESET]})


def _said(answer: HttpAnswer) -> str:
    """`code` and `message` of an error (docs/how-it-works, "Error response"), or ""."""
    body = json_object(answer) or {}
    code, message = body.get("code"), body.get("message")
    known = isinstance(code, str) and isinstance(message, str)
    return shorten(f"{code}: {message}") if known else ""


def _otherwise(answer: HttpAnswer) -> Outcome:
    """An error in the API's own words refuses the request; any other answer is no success."""
    said = _said(answer)
    if answer.status >= 400 and (said or answer.status == 413):
        return Refused(said or "HTTP 413")
    return DestinationFailed(
        f"HTTP {answer.status}, but its body is not one that this API documents",
        ambiguous=answer.status < 300,
    )
