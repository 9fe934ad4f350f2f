"""POST /v1/emails/unsubscribed/add and /delete."""

from __future__ import annotations

from collections.abc import Callable

from batchline.sandbox.bodies import as_text
from batchline.sandbox.checks import array, email, record
from batchline.sandbox.contract import Answer, Item
from batchline.sandbox.esputnik.methods import CheckedRequest, Method, RequestData
from batchline.sandbox.esputnik.replies import EMPTY

_SHAPE = record({"emails": array(email, 1)}, required=("emails",))


def _items(data: RequestData) -> list[Item]:
    listed = data.body.get("emails")
    addresses = [as_text(each).lower() for each in listed] if isinstance(listed, list) else []
    return [Item(address, address) for address in addresses]


def _add(request: CheckedRequest) -> Answer:
    """Add addresses: "You unsubscribe not a contact, but their email address." """
    request.account.unsubscribed |= {address.lower() for address in request.body["emails"]}
    return request.accept(EMPTY)


def _delete(request: CheckedRequest) -> Answer:
    request.account.unsubscribed -= {address.lower() for address in request.body["emails"]}
    return request.accept(EMPTY)


def _method(verb: str, operation: str, handle: Callable[[CheckedRequest], Answer]) -> Method:
    path = f"/v1/emails/unsubscribed/{verb}"
    return Method("POST", path, operation, handle, _SHAPE, _items, batch="emails")


METHODS = [
    _method("add", "email.unsubscribe", _add),
    _method("delete", "email.resubscribe", _delete),
]
