"""POST /v1/message/{id}/smartsend, a prepared message to many; GET /v1/message/status."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

from batchline.sandbox.bodies import JsonObject, as_text, objects
from batchline.sandbox.checks import all_of, array, flag, identified_by, record, text, whole
from batchline.sandbox.contract import Answer, Item, Outcome, ours
from batchline.sandbox.esputnik.account import Account
from batchline.sandbox.esputnik.contact_book import TOKENS
from batchline.sandbox.esputnik.contact_shapes import deliverable, phone
from batchline.sandbox.esputnik.methods import UNKNOWN_ID, CheckedRequest, Method, RequestData
from batchline.sandbox.esputnik.replies import listing

#: The most `recipients` of smartsend.
BATCH_LIMIT = 1000

_RECIPIENT = all_of(
    record(
        {
            "locator": text(shortest=1),
            "contactId": whole(1),
            # "jsonParam must be a serialized string".
            "jsonParam": text(),
            "languageCode": text(),
        }
    ),
    identified_by("locator", "contactId", exactly_one=True),
)
_SHAPE = record(
    {
        "recipients": array(_RECIPIENT, 1, BATCH_LIMIT),
        "email": flag,
        "fromName": text(),
        "externalRequestId": text(),
    },
    required=("recipients",),
)


class UndeliverableError(Exception):
    """A recipient's message cannot be scheduled; the exception's text is the reason."""


def _items(data: RequestData) -> list[Item]:
    return [_item(recipient) for recipient in objects(data.body.get("recipients"))]


def _item(recipient: Mapping[str, Any]) -> Item:
    name = as_text(recipient.get("locator")) or str(recipient.get("contactId") or "")
    return Item(name, name.lower())


def _send(request: CheckedRequest) -> Answer:
    """Send the message: every recipient has a result, and an error among them keeps the 200."""
    if request.data.path["id"] == UNKNOWN_ID:
        return request.refuse("no such message", 404)
    outcomes: list[Outcome] = []
    results: list[JsonObject] = []
    for index, recipient in enumerate(request.body["recipients"]):
        try:
            if index in request.rejected:
                raise UndeliverableError("refused by a fault")
            results.append(_schedule(request, recipient))
            outcomes.append(Outcome.APPLIED)
        except UndeliverableError as reason:
            results.append(_error(recipient, str(reason)))
            outcomes.append(Outcome.REFUSED)
    fields = {"id": 0, "results": results}
    return Answer(listing(request.desk.settings, "results", fields), outcomes)


def _error(recipient: JsonObject, detail: str) -> JsonObject:
    return {"id": 0, "locator": _item(recipient).id, "status": "ERROR", "message": ours(detail)}


def _schedule(request: CheckedRequest, recipient: JsonObject) -> JsonObject:
    """Record the message; returns its result. Raises UndeliverableError."""
    is_email = request.body.get("email")
    locator = _locator(request.account, recipient, is_email)
    message = {
        "messageId": request.data.path["id"],
        "locator": locator,
        "params": _params(recipient.get("jsonParam")),
        "requestId": str(uuid.uuid4()),
    }
    if is_email is not False:
        create_missing_contact(request.account, locator)
    request.account.messages.append(message)
    return {"id": 0, "locator": locator, "status": "OK", "requestId": message["requestId"]}


def _locator(account: Account, recipient: JsonObject, is_email: bool | None) -> str:
    """The locator: an e-mail address, a phone number, or a token with `email: false`.

    Raises UndeliverableError.
    """
    contact_id = recipient.get("contactId")
    if contact_id is not None:
        return _locator_of(account, contact_id, is_email)
    locator: str = recipient["locator"]
    if is_email is False:
        if not any(account.contacts.with_channel(kind, locator) for kind in TOKENS):
            raise UndeliverableError("no contact has this token")
    elif "@" in locator or is_email:
        _refuse(deliverable(locator))
    else:
        _refuse(phone(locator))
    return locator


def _locator_of(account: Account, contact_id: int, is_email: bool | None) -> str:
    contact = account.contacts.get(contact_id)
    if contact is None:
        raise UndeliverableError("contact not found")
    locator = contact.token() if is_email is False else contact.address("email")
    if locator is None:
        raise UndeliverableError("the contact has no address for this message")
    return locator


def _refuse(problem: str | None) -> None:
    if problem:
        raise UndeliverableError(f"locator{problem}")


def _params(serialized: str | None) -> object:
    try:
        return json.loads(serialized) if serialized else None
    except (ValueError, RecursionError):
        raise UndeliverableError("jsonParam: not JSON") from None


def create_missing_contact(account: Account, locator: str) -> None:
    """ "If a message is sent to a user not from contact list, such contact is created"."""
    kind = "email" if "@" in locator else "sms"
    if not account.contacts.with_channel(kind, locator):
        contact = account.contacts.create()
        account.contacts.set_channels(contact, kind, [{"type": kind, "value": locator}])
        account.contacts.note_change(contact)


def _status(request: CheckedRequest) -> Answer:
    """The status of single messages by their requestIds, "separated by a comma".

    What the API says of an unknown requestId is not documented: it is left out. Every message is
    delivered at once.
    """
    ids = [one.strip() for one in request.data.query.get("ids", "").split(",")]
    if not all(ids) or request.data.query.keys() != {"ids"}:
        return request.refuse("ids: requestIds, separated by commas, must be given")
    known = {message["requestId"] for message in request.account.messages}
    results = [
        {"status": "DELIVERED", "requestId": one, "failed": False, "delivered": True}
        for one in dict.fromkeys(ids)
        if one in known
    ]
    fields = {"results": results}
    return request.accept(listing(request.desk.settings, "results", fields))


METHODS = [
    Method("GET", "/v1/message/status", "message.status", _status),
    Method(
        "POST",
        "/v1/message/{id:int}/smartsend",
        "message.send",
        _send,
        _SHAPE,
        _items,
        batch="recipients",
        judges_items=True,
    ),
]
