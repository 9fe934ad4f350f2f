"""The adapter of SALESmanago Mobile: its requests, and the meaning of its answers.

Authorization data and the meaning of `success` are as in API v2 (its `auth.py` and `success.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from batchline.systems.adapter import Adapter
from batchline.systems.message import compact_json
from batchline.systems.operation import Operation
from batchline.systems.planning import each_alone
from batchline.systems.requests import Endpoint, HttpAnswer, Request
from batchline.systems.salesmanago import success
from batchline.systems.salesmanago.auth import HEADERS, credentials
from batchline.systems.salesmanago.endpoints import delivered_with
from batchline.systems.salesmanago_mobile.account import SalesmanagoMobileAccount
from batchline.systems.salesmanago_mobile.messages import MobileContact
from batchline.systems.verdicts import Outcome


class SalesmanagoMobile(Adapter[SalesmanagoMobileAccount]):
    """`System` of accounts with `system = "salesmanago_mobile"`."""

    def headers(
        self, request: Request, account: SalesmanagoMobileAccount, body: bytes
    ) -> Mapping[str, str]:
        return HEADERS

    def judge(
        self, request: Request, answer: HttpAnswer, account: SalesmanagoMobileAccount, now: float
    ) -> Outcome:
        return success.judge(request, answer, now)


def _body(request: Request, account: SalesmanagoMobileAccount, now: float) -> bytes:
    """The body: the three fields of "Authentication" without requestTime, and the item's."""
    return compact_json(credentials(account))[:-1] + b"," + request.items[0].payload[1:]


def _judge(request: Request, answer: dict[str, Any]) -> Outcome:
    """The id is `data.userId`, the user's."""
    data = answer.get("data")
    return delivered_with("userId")(request, data if isinstance(data, dict) else {})


CREATE = Endpoint("/api/contact/create", _body, _judge)

OPERATIONS = (
    Operation(
        message=MobileContact,
        linger=0.1,
        batch_size=50,
        largest_batch=200,
        ambiguous="hold",
        batching="one contact/create each, `parallel` at a time",
        idempotent=False,
        endpoints=(CREATE,),
        plan=each_alone(CREATE),
    ),
)
