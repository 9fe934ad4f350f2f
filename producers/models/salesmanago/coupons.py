"""Coupons: contact/useContactCoupon."""

from __future__ import annotations

from typing import ClassVar

from producers.models.base import Message
from producers.models.salesmanago.common import Email, Name255, key_of


class CouponRedemption(Message):
    """Redeems a contact's coupon: contact/useContactCoupon, which has no owner.

    `coupon` has up to 255 characters. Raises pydantic's ValidationError otherwise.
    """

    operation: ClassVar[str] = "coupon.redeem"
    system: ClassVar[str] = "salesmanago"

    email: Email
    coupon: Name255

    def contact_key(self) -> str:
        return key_of(None, self.email)
