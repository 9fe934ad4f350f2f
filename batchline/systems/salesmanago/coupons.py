"""Coupons: contact/useContactCoupon and contact/addContactCoupon."""

from __future__ import annotations

from typing import Any

from batchline.systems.operation import Operation
from batchline.systems.planning import each_alone
from batchline.systems.requests import Request
from batchline.systems.salesmanago import verify
from batchline.systems.salesmanago.endpoints import delivered_with, endpoint
from batchline.systems.salesmanago.messages.coupons import CouponAddition, CouponRedemption
from batchline.systems.verdicts import Judged, Refused


def _judge_redemption(request: Request, answer: dict[str, Any]) -> Judged | Refused:
    """`result` is "error" if the redemption failed, although `success` is true."""
    result = answer.get("result")
    if isinstance(result, str) and result.strip().lower() == "error":
        return Refused("result: error")
    return Judged()


USE = endpoint("/api/contact/useContactCoupon", judge=_judge_redemption)
ADD = endpoint("/api/contact/addContactCoupon", judge=delivered_with("coupon"))

REDEMPTION = Operation(
    message=CouponRedemption,
    linger=0.1,
    # A call for each message: a small batch leaves few ambiguous ones after a crash.
    batch_size=50,
    largest_batch=200,
    ambiguous="verify",
    batching="one useContactCoupon each, `parallel` at a time",
    idempotent=False,
    refuses_repeats=True,
    verified="contact/list: the contact's coupons, `used`",
    endpoints=(USE,),
    plan=each_alone(USE),
    verify=verify.plan,
)
ADDITION = Operation(
    message=CouponAddition,
    linger=0.1,
    # A call for each message: a small batch leaves few ambiguous ones after a crash.
    batch_size=50,
    largest_batch=200,
    ambiguous="verify",
    batching="one addContactCoupon each, `parallel` at a time",
    idempotent=False,
    refuses_repeats=True,
    verified="contact/list: the contact's coupons; a code that the API was to make is held",
    endpoints=(ADD,),
    plan=each_alone(ADD),
    verify=verify.plan,
)
OPERATIONS = (REDEMPTION, ADDITION)
