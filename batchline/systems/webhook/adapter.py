"""The adapter of a webhook: signed requests, and the meaning of a status.

Requests carry the headers of Standard Webhooks (https://www.standardwebhooks.com): `webhook-id`,
`webhook-timestamp` and, with a secret, `webhook-signature`.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import replace

from batchline.systems.adapter import Adapter
from batchline.systems.answers import by_status, shorten
from batchline.systems.columns import Item, payloads
from batchline.systems.operation import EffectiveOperation, Operation
from batchline.systems.planning import all_together, each_alone
from batchline.systems.requests import USER_AGENT, Endpoint, HttpAnswer, HttpCall, Request
from batchline.systems.verdicts import Judged, Outcome, Refused
from batchline.systems.webhook.account import WebhookAccount
from batchline.systems.webhook.messages import ResultPost


class Webhook(Adapter[WebhookAccount]):
    """`System` of accounts with `system = "webhook"`."""

    def call(self, request: Request, account: WebhookAccount, now: float) -> HttpCall:
        call = super().call(request, account, now)
        return replace(call, headers={**call.headers, **_signature(call.body, account, now)})

    def headers(self, request: Request, account: WebhookAccount, body: bytes) -> Mapping[str, str]:
        return {"Content-Type": "application/json", "User-Agent": USER_AGENT}

    def judge(
        self, request: Request, answer: HttpAnswer, account: WebhookAccount, now: float
    ) -> Outcome:
        return self.judge_status(answer, account, now)

    def judge_status(self, answer: HttpAnswer, account: WebhookAccount, now: float) -> Outcome:
        """A 2xx takes every result, whatever its body says; another 4xx refuses one of them."""
        by_its_status = by_status(answer, now)
        if by_its_status is not None:
            return by_its_status
        if answer.status < 300:
            return Judged()
        text = answer.body.decode(errors="replace").strip()
        return Refused(shorten(f"HTTP {answer.status}: {text}".removesuffix(": ")))


def _signature(body: bytes, account: WebhookAccount, now: float) -> dict[str, str]:
    """The headers of Standard Webhooks; the id is the same when a body is sent again."""
    identifier = f"msg_{hashlib.sha256(body).hexdigest()[:32]}"
    timestamp = f"{now:.0f}"
    headers = {"webhook-id": identifier, "webhook-timestamp": timestamp}
    key = account.signing_key()
    if key is not None:
        headers["webhook-signature"] = sign(key, identifier, timestamp, body)
    return headers


def sign(key: bytes, identifier: str, timestamp: str, body: bytes) -> str:
    """The signature of Standard Webhooks: HMAC-SHA256 of id, timestamp and body, with dots."""
    signed = f"{identifier}.{timestamp}.".encode() + body
    return f"v1,{b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()}"


def _array(request: Request, account: WebhookAccount, now: float) -> bytes:
    return b"[%s]" % b",".join(payloads(request.items))


def _single(request: Request, account: WebhookAccount, now: float) -> bytes:
    return request.items[0].payload


#: The whole address is the account's.
ARRAY = Endpoint("", _array, lambda *_: Judged())
SINGLE = Endpoint("", _single, lambda *_: Judged())
#: An array has its results in their order, so that those of a contact may be in one.
_TOGETHER = all_together(ARRAY, keys=lambda item: ())
_ALONE = each_alone(SINGLE)


def _plan(
    items: Sequence[Item], settings: EffectiveOperation, account: WebhookAccount
) -> list[list[Request]]:
    plan = _ALONE if account.form == "single" else _in_order
    return plan(items, settings, account)


def _in_order(
    items: Sequence[Item], settings: EffectiveOperation, account: WebhookAccount
) -> list[list[Request]]:
    """Arrays that go one after the other."""
    return [[request] for wave in _TOGETHER(items, settings, account) for request in wave]


OPERATIONS = (
    Operation(
        message=ResultPost,
        linger=1.0,
        batch_size=100,
        largest_batch=1000,
        ambiguous="resend",
        batching="one POST for a JSON array of at most `batch_size`; or one each (`form`)",
        # Its number says that it is the same one.
        idempotent=True,
        endpoints=(ARRAY, SINGLE),
        plan=_plan,
    ),
)
