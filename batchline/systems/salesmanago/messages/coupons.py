"""Coupons: contact/useContactCoupon and contact/addContactCoupon."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Self, Unpack

from pydantic import Field, model_validator

from batchline.systems.identifiers import Cleaned
from batchline.systems.message import Message, Millis
from batchline.systems.salesmanago.messages.common import Code255, Email, key_of

if TYPE_CHECKING:
    from batchline.systems.salesmanago.messages.dicts import CouponAdditionDict


class CouponRedemption(Message):
    """Redeems a contact's coupon: contact/useContactCoupon, which has no owner.

    `coupon` has up to 255 characters. Raises pydantic's ValidationError for any other.
    """

    operation: ClassVar[str] = "coupon.redeem"
    system: ClassVar[str] = "salesmanago"

    email: Email
    coupon: Code255

    def contact_key(self) -> str:
        return key_of(None, self.email)


class CouponAddition(Message):
    """Gives a contact a coupon: contact/addContactCoupon, which has no owner.

    `name` has up to 64 characters. The message has `coupon`, the code itself (5 to 32 characters),
    or `length`, the length of a code that the API makes (5 to 64); the sample has both, and the API
    answers with the code. The coupon expires
    at `valid` (datetime, date or UNIX ms), in a year if left out. `Producer.api_id` returns the
    code. Raises pydantic's ValidationError for a value that breaks a documented limit.

    Additions have a lane of their own, so a redemption that is enqueued right after one may arrive
    first.
    """

    operation: ClassVar[str] = "coupon.add"
    system: ClassVar[str] = "salesmanago"

    email: Email
    name: Annotated[str, Field(min_length=1, max_length=64)]
    length: Annotated[int, Field(strict=True, ge=5, le=64)] | None = None
    coupon: Annotated[str, Field(min_length=5, max_length=32), Cleaned] | None = None
    valid: Millis | None = None

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[CouponAdditionDict]) -> None: ...

    def contact_key(self) -> str:
        return key_of(None, self.email)

    @model_validator(mode="after")
    def _has_origin(self) -> Self:
        if self.length is None and self.coupon is None:
            raise ValueError("length, coupon: give at least one (contact/addContactCoupon)")
        return self
