"""v2/contact/updateContactExtEvent and v2/contact/deleteContactExtEvent."""

from __future__ import annotations

from collections.abc import Callable

from batchline.sandbox.bodies import JsonObject, as_text
from batchline.sandbox.checks import record, text
from batchline.sandbox.contract import Answer, Item, Outcome
from batchline.sandbox.salesmanago.account import Event
from batchline.sandbox.salesmanago.events import EVENT_FIELDS
from batchline.sandbox.salesmanago.methods import OWNER, CheckedRequest, Method, body_of, reply

# The table names the first thirteen types. All types of the add are accepted, whose list was lost.
_UPDATE = body_of(
    {
        **OWNER,
        "contactEvent": record(
            {
                **EVENT_FIELDS,
                "eventId": text(255, shortest=1),
                # "letters a-z, numbers 1-9, /_-."
                "location": text(255, pattern="[A-Za-z0-9/_.-]*"),
            },
            required=("eventId", "date", "contactExtEventType"),
        ),
    },
    required=("contactEvent",),
)
_DELETE = body_of({**OWNER, "eventId": text(255), "externalId": text(255)})


def _updated(body: JsonObject) -> list[Item]:
    event = body.get("contactEvent")
    named = event if isinstance(event, dict) else {}
    return [Item(as_text(named.get("externalId")) or as_text(named.get("eventId")), "")]


def _deleted(body: JsonObject) -> list[Item]:
    return [Item(as_text(body.get("eventId")) or as_text(body.get("externalId")), "")]


def _update(request: CheckedRequest) -> Answer:
    """Replace the event as a whole."""
    fields = dict(request.body["contactEvent"])
    event_id = fields.pop("eventId")
    for contact in request.account.contacts.values():
        for index, event in enumerate(contact.events):
            if event.id == event_id:
                contact.events[index] = Event(event.number, fields)
                return Answer(reply(True, eventId=event_id), [Outcome.APPLIED])
    return request.refuse("contactEvent.eventId: no such event")


def _delete(request: CheckedRequest) -> Answer:
    """Delete an event; a missing one is no error, for a deletion is only scheduled.

    "If you specify both, the eventId will take priority."
    """
    event_id, external_id = request.body.get("eventId"), request.body.get("externalId")
    if not event_id and not external_id:
        refused = reply(False, "No eventId/externalId specified", result=None)
        return Answer(refused, [Outcome.REFUSED])
    _remove(
        request,
        lambda event: (
            event.id == event_id if event_id else event.fields.get("externalId") == external_id
        ),
    )
    return request.accept(result="Ext event has been scheduled to delete.")


def _remove(request: CheckedRequest, chosen: Callable[[Event], bool]) -> None:
    for contact in request.account.contacts.values():
        contact.events = [event for event in contact.events if not chosen(event)]


METHODS = [
    Method("v2/contact/updateContactExtEvent", "event.update", _UPDATE, _update, _updated),
    Method("v2/contact/deleteContactExtEvent", "event.delete", _DELETE, _delete, _deleted),
]
