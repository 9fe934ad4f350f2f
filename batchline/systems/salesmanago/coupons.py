"""Coupons: contact/useContactCoupon, one call each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from batchline.systems.account import EffectiveOperation, SalesmanagoAccount
from batchline.systems.contract import Item, Request
from batchline.systems.planning import one_by_one, waves
from batchline.systems.verdicts import Judged, Refused

PATH = "/api/contact/useContactCoupon"


def plan(
    items: Sequence[Item], operation: str, settings: EffectiveOperation, account: SalesmanagoAccount
) -> list[list[Request]]:
    """A call for each coupon; those of one contact one after the other."""
    return [one_by_one(wave, operation, PATH) for wave in waves(items, lambda item: [item.contact])]


def judge_success(request: Request, answer: dict[str, Any]) -> Judged | Refused:
    """`result` is "error" where the redemption failed although the call did not."""
    result = answer.get("result")
    if isinstance(result, str) and result.strip().lower() == "error":
        return Refused("result: error")
    return Judged()
