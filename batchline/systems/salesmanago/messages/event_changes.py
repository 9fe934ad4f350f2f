"""Changes of external events: v2/contact/updateContactExtEvent and deleteContactExtEvent.

Both name the event's contact, which keeps the order and is not sent. All messages about one event
must name the contact in one way, by `contact_id` or by `email`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Self, Unpack

from pydantic import Field, model_validator

from batchline.systems.identified import Group, Identified
from batchline.systems.message import Message, Millis
from batchline.systems.salesmanago.messages.common import (
    Code255,
    Email,
    Identifier,
    Text255,
    key_of,
)
from batchline.systems.salesmanago.messages.events import ContactEvent

if TYPE_CHECKING:
    from batchline.systems.salesmanago.messages.dicts import EventUpdateDict, UpdatedEventDict


class UpdatedEvent(Identified, ContactEvent):
    """v2/contact/updateContactExtEvent, contactEvent: the whole event, as it is to be.

    A field left out is not kept, but for the mandatory `date` (datetime, date or UNIX ms): if it is
    left out, the event keeps its own, which contact/list shows. `location` may have / - and . too,
    and begin with a digit.
    """

    identifiers: ClassVar[tuple[Group, ...]] = (("event_id", "external_id"),)

    date: Millis | None = None  # type: ignore[assignment]
    location: Annotated[Text255, Field(pattern=r"^[A-Za-z0-9/_.-]*$")] | None = None
    #: The eventId in the answer to the single add (`Producer.api_id`).
    event_id: Identifier | None = None

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[UpdatedEventDict]) -> None: ...


class _EventChange(Identified, Message):
    """A change of an event, in the lane of `event.add` so that it never arrives before that."""

    system: ClassVar[str] = "salesmanago"
    lane: ClassVar[str] = "event.add"
    options_fields: ClassVar[frozenset[str]] = frozenset({"owner"})
    #: The method's name in the documents, for error messages.
    method: ClassVar[str]

    email: Email | None = None
    contact_id: Identifier | None = None
    #: E-mail address of a user of the SALESmanago account; the account's owner if left out.
    owner: Code255 | None = None

    def contact_key(self) -> str:
        return key_of(self.contact_id, self.email)

    @model_validator(mode="after")
    def _identified(self) -> Self:
        if self.email is None and self.contact_id is None:
            raise ValueError(
                "email or contactId: give the one that the event was added with; it keeps the "
                f"order and is not sent ({self.method})"
            )
        return self


class EventUpdate(_EventChange):
    """Replaces an external event as a whole: v2/contact/updateContactExtEvent.

    The method's table makes `eventId` and `date` mandatory. With `contact_event.external_id` alone,
    an event that still waits in the lane is changed before it is sent. For any other event,
    contact/list is asked for what is missing, and exactly one event of the contact must have this
    externalId or eventId. Raises pydantic's ValidationError for a value that breaks a documented
    limit.
    """

    operation: ClassVar[str] = "event.update"
    method: ClassVar[str] = "v2/contact/updateContactExtEvent"

    contact_event: UpdatedEvent

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[EventUpdateDict]) -> None: ...

    @model_validator(mode="after")
    def _named(self) -> Self:
        if not self.contact_event.event_id and not self.contact_event.external_id:
            raise ValueError(f"contactEvent: give eventId or externalId ({self.method}, eventId)")
        return self


class EventDeletion(_EventChange):
    """Deletes an external event: v2/contact/deleteContactExtEvent.

    The event is known by `event_id` or by `external_id` (up to 255 characters): "if you specify
    both, the eventId will take priority". Raises pydantic's ValidationError for a value that breaks
    a documented limit.
    """

    operation: ClassVar[str] = "event.delete"
    identifiers: ClassVar[tuple[Group, ...]] = (
        ("email", "contact_id"),
        ("event_id", "external_id"),
    )
    method: ClassVar[str] = "v2/contact/deleteContactExtEvent"

    event_id: Identifier | None = None
    external_id: Code255 | None = None

    @model_validator(mode="after")
    def _named(self) -> Self:
        if self.event_id is None and self.external_id is None:
            raise ValueError(f"eventId or externalId: give at least one ({self.method})")
        return self
