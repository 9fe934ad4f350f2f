"""v2/contact/addContactExtEvent and contact/batchAddContactExtEvent."""

from __future__ import annotations

from collections.abc import Mapping
from heapq import heappop, heappush
from typing import Any

from batchline.sandbox.bodies import JsonObject, as_text, objects
from batchline.sandbox.checks import (
    Check,
    all_of,
    array,
    decimal,
    email,
    identified_by,
    millis,
    one_of,
    record,
    text,
    uuid,
)
from batchline.sandbox.contract import Answer, Item, Outcome
from batchline.sandbox.salesmanago.account import Account, Contact, Event, PendingEvent, identifiers
from batchline.sandbox.salesmanago.contacts import contact_item
from batchline.sandbox.salesmanago.methods import OWNER, CheckedRequest, Method, body_of, reply
from batchline.sandbox.settings import Settings

#: The most `events`: "list cannot be empty and it's limited to 1000".
BATCH_LIMIT = 1000
#: Values of `contactExtEventType`. The documents' list was lost; the first 25 are in every
#: published client, the last 11 in one of 2023.
EVENT_TYPES = (
    "PURCHASE",
    "CART",
    "VISIT",
    "PHONE_CALL",
    "OTHER",
    "RESERVATION",
    "CANCELLED",
    "ACTIVATION",
    "MEETING",
    "OFFER",
    "DOWNLOAD",
    "LOGIN",
    "TRANSACTION",
    "CANCELLATION",
    "RETURN",
    "SURVEY",
    "APP_STATUS",
    "APP_TYPE_WEB",
    "APP_TYPE_MANUAL",
    "APP_TYPE_RETENTION",
    "APP_TYPE_UPSALE",
    "LOAN_STATUS",
    "LOAN_ORDER",
    "FIRST_LOAN",
    "REPEATED_LOAN",
    "PACKED",
    "PRINTED_OUT",
    "PARTIALLY_REFUNDED",
    "PENDING",
    "READY_FOR_PICKUP",
    "FULLY_REFUNDED",
    "FULLY_PICKED",
    "PARTIALLY_PICKED",
    "SENT_COMPLETE",
    "UPDATE",
    "ENGAGEMENT",
)

EVENT_FIELDS: dict[str, Check] = {
    "date": millis,
    "contactExtEventType": one_of(EVENT_TYPES),
    "products": text(2048),
    # "float (7.2)", which the update's table explains: "max 19 digits + 2 after the decimal point".
    "value": decimal(19, 2),
    "location": text(255, pattern="[A-Za-z_][A-Za-z0-9_]*"),
    "externalId": text(255),
    "description": text(2048),
    # "optional shop domain", without a length.
    "shopDomain": text(),
    **{f"detail{number}": text(255) for number in range(1, 21)},
}
_EVENT = record(EVENT_FIELDS, required=("date", "contactExtEventType"))
_IDENTIFIED = identified_by("email", "contactId")
_ONE: dict[str, Check] = {"email": email, "contactId": uuid, "contactEvent": _EVENT}
_SHAPE = all_of(body_of({**OWNER, **_ONE}, required=("contactEvent",)), _IDENTIFIED)
# In a batch contactId has "Max. length 255" and need not be a UUID.
_OF_BATCH = all_of(
    record({**_ONE, "contactId": text(255)}, required=("contactEvent",)), _IDENTIFIED
)
_BATCH_SHAPE = body_of({**OWNER, "events": array(_OF_BATCH, 1, BATCH_LIMIT)}, required=("events",))


def _one(body: JsonObject) -> list[Item]:
    return [_item(body)]


def _many(body: JsonObject) -> list[Item]:
    return [_item(event) for event in objects(body.get("events"))]


def _item(event: Mapping[str, Any]) -> Item:
    fields = event.get("contactEvent")
    external_id = fields.get("externalId") if isinstance(fields, dict) else None
    return Item(as_text(external_id), contact_item(event).key)


def _add_one(request: CheckedRequest) -> Answer:
    """Add an event, or let it wait for its contact.

    "If a Contact does not exist ..., the system will wait 5 minutes and try to add the External
    Event again. The system will be making attempts to add the Event for 1 hour."
    """
    address, contact_id = identifiers(request.body)
    event = request.account.event(request.body["contactEvent"])
    contact = request.account.find(address, contact_id)
    if contact:
        contact.events.append(event)
    else:
        _wait_for_contact(request, event)
    contact_fields = {
        "email": address,
        "contactId": None,
        "emailOrContactId": address or contact_id,
    }
    outcome = Outcome.APPLIED if contact else Outcome.PENDING
    return Answer(reply(True, eventId=event.id, contact=contact_fields), [outcome])


def _wait_for_contact(request: CheckedRequest, event: Event) -> None:
    settings, (address, contact_id) = request.desk.settings, identifiers(request.body)
    heappush(
        request.account.pending,
        PendingEvent(
            due=request.now + settings.event_retry_every,
            until=request.now + settings.event_retry_until,
            number=event.number,
            event=event,
            email=address,
            contact_id=contact_id,
            row=request.rows[0],
            ledger=request.desk.ledger,
        ),
    )


def retry_due(account: Account, settings: Settings, now: float) -> None:
    """Try the waiting events that are due by `now` (UNIX seconds).

    "If after 1 hour the Contact still does not exist ..., the External Event will not be added".
    """
    while account.pending and account.pending[0].due <= now:
        waiting = heappop(account.pending)
        contact = account.find(waiting.email, waiting.contact_id)
        if contact:
            contact.events.append(waiting.event)
            waiting.ledger.set(waiting.row, Outcome.APPLIED)
        elif waiting.due >= waiting.until:
            waiting.ledger.set(waiting.row, Outcome.MISSING)
        else:
            waiting.due = min(waiting.until, now + max(settings.event_retry_every, 0.05))
            heappush(account.pending, waiting)


def _add_many(request: CheckedRequest) -> Answer:
    """Add events, except those of missing contacts, which are not tried again.

    `failedContacts` names each missing contact once, as it was sent; `failedAmount` counts the
    events.
    """
    outcomes: list[Outcome] = []
    failed: dict[str, None] = {}
    for index, item in enumerate(request.body["events"]):
        address, contact_id = identifiers(item)
        contact = request.account.find(address, contact_id)
        outcome = _add(request, contact, index, item["contactEvent"])
        outcomes.append(outcome)
        if outcome is not Outcome.APPLIED:
            failed[address or str(contact_id)] = None
    created = outcomes.count(Outcome.APPLIED)
    added = reply(
        True,
        failedContacts=list(failed),
        createdAmount=created,
        failedAmount=len(outcomes) - created,
    )
    return Answer(added, outcomes)


def _add(
    request: CheckedRequest, contact: Contact | None, index: int, fields: JsonObject
) -> Outcome:
    if index in request.rejected:
        return Outcome.REFUSED
    if contact is None:
        return Outcome.MISSING
    contact.events.append(request.account.event(fields))
    return Outcome.APPLIED


def _batch(name: str) -> Method:
    return Method(name, "event.add", _BATCH_SHAPE, _add_many, _many, batch="events")


METHODS = [
    Method("v2/contact/addContactExtEvent", "event.add", _SHAPE, _add_one, _one),
    _batch("contact/batchAddContactExtEvent"),
    # Not in the documents: the vendor's own SDK calls it, with the same body.
    _batch("v2/contact/addBatchContactExtEvent"),
]
