"""POST /v1/emails/unsubscribed/add and /delete."""

from __future__ import annotations

from collections.abc import Callable

from batchline.sandbox.bodies import word
from batchline.sandbox.checks import array, email, record
from batchline.sandbox.contract import Answer, Item
from batchline.sandbox.esputnik.methods import Given, Method, Turn
from batchline.sandbox.esputnik.replies import EMPTY

_SHAPE = record({"emails": array(email, 1)}, required=("emails",))


def _items(given: Given) -> list[Item]:
    found = given.body.get("emails")
    addresses = [word(each).lower() for each in found] if isinstance(found, list) else []
    return [Item(address, address) for address in addresses]


def _add(turn: Turn) -> Answer:
    """ "You unsubscribe not a contact, but their email address." """
    turn.account.unsubscribed |= {address.lower() for address in turn.body["emails"]}
    return turn.accept(EMPTY)


def _delete(turn: Turn) -> Answer:
    turn.account.unsubscribed -= {address.lower() for address in turn.body["emails"]}
    return turn.accept(EMPTY)


def _method(verb: str, operation: str, handle: Callable[[Turn], Answer]) -> Method:
    path = f"/v1/emails/unsubscribed/{verb}"
    return Method("POST", path, operation, handle, _SHAPE, _items, batch="emails")


METHODS = [
    _method("add", "email.unsubscribe", _add),
    _method("delete", "email.resubscribe", _delete),
]
