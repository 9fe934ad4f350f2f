"""POST /v1/orders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from batchline.sandbox.bodies import JsonObject, as_text, objects
from batchline.sandbox.checks import (
    all_of,
    anything,
    array,
    decimal,
    email,
    identified_by,
    one_of,
    plainly,
    record,
    text,
    whole,
)
from batchline.sandbox.contract import Answer, Item, Outcome
from batchline.sandbox.esputnik.account import Account
from batchline.sandbox.esputnik.contact_shapes import phone
from batchline.sandbox.esputnik.methods import CheckedRequest, Method, RequestData
from batchline.sandbox.esputnik.moments import moment
from batchline.sandbox.esputnik.replies import failed, listing
from batchline.sandbox.esputnik.upserts import find, set_present

#: The most orders of POST /v1/orders: "You can pass 1 to 1,000 orders in one request."
BATCH_LIMIT = 1000
STATUSES = ("INITIALIZED", "IN_PROGRESS", "DELIVERED", "CANCELLED", "ABANDONED_SHOPPING_CART")

_NAME = text(shortest=1)
_TEXT = text()
# The documents give no limit of an amount.
_AMOUNT = decimal(15, 4)
_ITEM = record(
    {
        "externalItemId": _NAME,
        "name": _NAME,
        "category": _TEXT,
        "quantity": whole(1),
        "cost": _AMOUNT,
        "url": _NAME,
        "imageUrl": _NAME,
        "description": _TEXT,
    },
    required=("externalItemId", "name", "quantity", "cost", "url", "imageUrl"),
)
_FIELDS = record(
    {
        "externalOrderId": _NAME,
        "externalCustomerId": _NAME,
        "totalCost": _AMOUNT,
        "status": one_of(STATUSES),
        "date": moment,
        "email": email,
        "phone": phone,
        **dict.fromkeys(("firstName", "lastName"), _TEXT),
        "currency": text(3, shortest=3, pattern="[A-Z]{3}"),
        **dict.fromkeys(("shipping", "discount", "taxes"), _AMOUNT),
        **dict.fromkeys(("deliveryMethod", "paymentMethod", "deliveryAddress"), _TEXT),
        "items": array(_ITEM),
    },
    required=("externalOrderId", "totalCost", "status", "date"),
)


_ORDER = all_of(_FIELDS, identified_by("externalCustomerId", "email", "phone"))
_SHAPE = record({"orders": array(anything, 1, BATCH_LIMIT)}, required=("orders",))


def _item(order: Mapping[str, Any]) -> Item:
    others = (as_text(order.get(name)) for name in ("externalCustomerId", "phone"))
    contact = as_text(order.get("email")).lower() or next(filter(None, others), "")
    return Item(as_text(order.get("externalOrderId")), contact)


def _items(data: RequestData) -> list[Item]:
    return [_item(order) for order in objects(data.body.get("orders"))]


def _add(request: CheckedRequest) -> Answer:
    """Add orders: a version replaces the one before, a wrong order is in `failedOrders`."""
    outcomes: list[Outcome] = []
    refused: list[object] = []
    for index, order in enumerate(request.body["orders"]):
        problem = "refused by a fault" if index in request.rejected else _ORDER(order)
        outcomes.append(Outcome.REFUSED if problem else Outcome.APPLIED)
        if problem:
            identifier = _item(objects([order])[0]).id
            refused.append(failed(request.desk.settings, order, identifier, plainly(problem)))
        else:
            request.account.orders[order["externalOrderId"]] = order
            _create_missing_contact(request.account, order)
    fields: dict[str, object] = {"id": 0}
    fields |= {"failedOrders": refused} if refused else {}
    return Answer(listing(request.desk.settings, "failedOrders", fields), outcomes)


def _create_missing_contact(account: Account, order: JsonObject) -> None:
    """Create the order's contact; "if the contact already exists ..., it won't be updated"."""
    channels = [
        {"type": kind, "value": order[name]}
        for kind, name in (("email", "email"), ("sms", "phone"))
        if order.get(name)
    ]
    contact = {name: order.get(name) for name in ("externalCustomerId", "firstName", "lastName")}
    contact["channels"] = channels
    if find(account.contacts, contact, None) is None:
        set_present(account.contacts, account.contacts.create(), contact)


METHODS = [
    Method(
        "POST",
        "/v1/orders",
        "order.upsert",
        _add,
        _SHAPE,
        _items,
        batch="orders",
        judges_items=True,
        guards_repeats=True,
    )
]
