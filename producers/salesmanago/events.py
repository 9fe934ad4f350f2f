"""The helpers for external events."""

from __future__ import annotations

from typing import Any, Unpack

from batchline.producers.producer import Producer
from batchline.producers.salesmanago import fields
from batchline.producers.salesmanago.helper import build_and_send, built_by, divided
from batchline.systems.salesmanago.messages import (
    ContactEvent,
    EventDeletion,
    EventUpdate,
    ExternalEvent,
    UpdatedEvent,
)


def _addition(
    email: str | None = None, type: str = "", **given: Unpack[fields.AddedEventFields]
) -> ExternalEvent:
    event, rest = divided(given, ContactEvent.model_fields)
    values: dict[str, Any] = {"contact_event": {"contact_ext_event_type": type, **event}, **rest}
    return ExternalEvent(email=email, **values)


@built_by(_addition)
def add_external_event(
    email: str | None = None,
    type: str = "",
    *,
    producer: Producer | None = None,
    **given: Unpack[fields.AddedEventOptions],
) -> str:
    """Add an external event of `type`, such as "PURCHASE", to a contact: see `ContactEvent`.

    The contact is known by `email` or `contact_id`; `date` is now if left out. With `single`,
    `Producer.api_id` gives the eventId later: `ExternalEvent` says at which cost.
    """
    return build_and_send(_addition, producer, given, email, type)


def _update(
    email: str | None = None, type: str = "", **given: Unpack[fields.UpdatedEventFields]
) -> EventUpdate:
    event, rest = divided(given, UpdatedEvent.model_fields)
    values: dict[str, Any] = {"contact_event": {"contact_ext_event_type": type, **event}, **rest}
    return EventUpdate(email=email, **values)


@built_by(_update)
def update_external_event(
    email: str | None = None,
    type: str = "",
    *,
    producer: Producer | None = None,
    **given: Unpack[fields.UpdatedEventOptions],
) -> str:
    """Replace an external event as a whole: see `EventUpdate`.

    The event is known by `event_id` or `external_id`. Name the contact as in the add. A field left
    out is not kept, but for the date.
    """
    return build_and_send(_update, producer, given, email, type)


def _deletion(
    email: str | None = None, **given: Unpack[fields.DeletedEventFields]
) -> EventDeletion:
    return EventDeletion(email=email, **given)


@built_by(_deletion)
def delete_external_event(
    email: str | None = None,
    *,
    producer: Producer | None = None,
    **given: Unpack[fields.DeletedEventOptions],
) -> str:
    """Delete an external event, known by `event_id` or `external_id`: see `EventDeletion`.

    Name the contact as in the add.
    """
    return build_and_send(_deletion, producer, given, email)
