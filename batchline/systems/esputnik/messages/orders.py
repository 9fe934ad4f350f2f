"""Orders: POST /v1/orders."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self, Unpack

from pydantic import Field, model_validator

from batchline.systems.amounts import PositiveAmount
from batchline.systems.callers import callers_level
from batchline.systems.esputnik.messages.common import Email, ExternalId, Moment, Name, Phone
from batchline.systems.identified import Group, Identified
from batchline.systems.message import ApiModel, Message

if TYPE_CHECKING:
    from batchline.systems.esputnik.messages.dicts import OrderDict, OrderItemDict


#: Errors of adding floats are smaller than this; rounded cents are not.
SMALLEST_DIFFERENCE = Decimal("0.005")


class DifferentTotal(UserWarning):
    """An order's total is not the sum of its items: it may be rounded, paid in points, or wrong."""


class OrderItem(ApiModel):
    """items: a product of the order."""

    external_item_id: ExternalId
    name: Name
    quantity: Annotated[int, Field(gt=0)]
    cost: PositiveAmount
    url: Name
    image_url: Name
    category: str | None = None
    description: str | None = None

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[OrderItemDict]) -> None: ...


class Order(Identified, Message):
    """Adds an order, or a new version of it: an element of POST /v1/orders' `orders`.

    `external_order_id` names the order: "used by the system to determine the uniqueness of orders".
    `external_customer_id`, `email` or `phone` names the contact; an unknown contact is created, a
    known one keeps its fields. `date` is a datetime (with a time zone), a date, or a text of
    either. Only DELIVERED orders count for RFM analysis.

    `total_cost` should be the sum of the items: one that is not causes a `DifferentTotal` warning,
    for rounded prices and points make other totals. The documents do not say whether an item's
    `cost` is for one piece or for all, and their own sample adds `shipping`: a sum of either, with
    or without `shipping` and `taxes` less `discount`, is right. Without `items` the total is not
    checked.
    """

    operation: ClassVar[str] = "order.upsert"
    system: ClassVar[str] = "esputnik"
    identifiers: ClassVar[tuple[Group, ...]] = (("external_customer_id", "email", "phone"),)

    external_order_id: ExternalId
    external_customer_id: ExternalId | None = None
    total_cost: PositiveAmount
    status: Literal[
        "INITIALIZED", "IN_PROGRESS", "DELIVERED", "CANCELLED", "ABANDONED_SHOPPING_CART"
    ]
    date: Moment
    email: Email | None = None
    phone: Phone | None = None
    first_name: str | None = None
    last_name: str | None = None
    #: ISO 4217, such as USD, EUR or UAH.
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] | None = None
    shipping: PositiveAmount | None = None
    discount: PositiveAmount | None = None
    taxes: PositiveAmount | None = None
    delivery_method: str | None = None
    payment_method: str | None = None
    delivery_address: str | None = None
    items: list[OrderItem] | None = None

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[OrderDict]) -> None: ...

    def contact_key(self) -> str:
        """The order's id, so that its versions stay in order and merge."""
        return self.external_order_id

    @model_validator(mode="after")
    def _names_its_contact(self) -> Self:
        if self.external_customer_id is None and self.email is None and self.phone is None:
            raise ValueError("externalCustomerId, email or phone: give one (POST /v1/orders)")
        return self

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        total = Decimal(str(self.total_cost))
        if self.items and all(abs(total - s) > SMALLEST_DIFFERENCE for s in self._sums()):
            warnings.warn(
                DifferentTotal(
                    "totalCost is not the sum of the items' cost, nor that with shipping and taxes "
                    "less discount (POST /v1/orders)"
                ),
                stacklevel=callers_level(),
            )
        return self

    def _sums(self) -> Iterator[Decimal]:
        around = _exact(self.shipping) + _exact(self.taxes) - _exact(self.discount)
        items = self.items or ()
        for items_alone in (
            sum((_exact(item.cost) for item in items), Decimal()),
            sum((_exact(item.cost) * item.quantity for item in items), Decimal()),
        ):
            yield items_alone
            yield items_alone + around


def _exact(amount: float | None) -> Decimal:
    return Decimal(str(amount or 0))
