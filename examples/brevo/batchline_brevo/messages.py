"""The messages for Brevo, with the limits that its documents give."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated, ClassVar, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    ConfigDict,
    EmailStr,
    Field,
    JsonValue,
    model_validator,
)

from batchline.systems.free_values import FreeValue
from batchline.systems.identified import Group, Identified
from batchline.systems.message import Message

#: reference/create-batch-events, event_properties: "Size is limited to 50Kb".
LARGEST_PROPERTIES = 50_000


def _within_limits(properties: dict[str, JsonValue]) -> dict[str, JsonValue]:
    if (
        len(json.dumps(properties, ensure_ascii=False, allow_nan=False).encode())
        > LARGEST_PROPERTIES
    ):
        raise ValueError(f"must be {LARGEST_PROPERTIES:,} bytes of JSON at most")
    return properties


OwnId = Annotated[str, Field(min_length=1)]
#: reference/create-contact, attributes: "should be passed in capital letter".
AttributeName = Annotated[str, Field(pattern="^[A-Z0-9_]+$")]
AttributeValue = str | bool | int | Annotated[float, Field(allow_inf_nan=False)] | list[str]
#: reference/create-batch-events, event_name and the keys of event_properties: 255 characters,
#: "alphanumerical characters and - _ only".
EventName = Annotated[str, Field(pattern="^[A-Za-z0-9_-]{1,255}$")]
Properties = Annotated[dict[EventName, FreeValue], AfterValidator(_within_limits)]


class ContactUpsert(Identified, Message):
    """Adds a contact, or changes the contact with this e-mail address: POST /v3/contacts.

    The attributes must exist in the account; the API ignores a value of the wrong type. The contact
    is added to the lists of `list_ids`, and removed from none.
    """

    operation: ClassVar[str] = "contact.upsert"
    system: ClassVar[str] = "brevo"
    identifiers: ClassVar[tuple[Group, ...]] = (("email", "ext_id"),)

    email: EmailStr
    #: Your own id of the contact. The API spells this name, and no other here, with an underscore.
    ext_id: Annotated[OwnId | None, Field(alias="ext_id")] = None
    attributes: dict[AttributeName, AttributeValue] | None = None
    list_ids: list[int] | None = None
    email_blacklisted: bool | None = None

    def contact_key(self) -> str:
        return self.email.lower()


class Identifiers(Identified):
    """The contact of an event: "At least one identifier is required" (create-batch-events)."""

    # The API spells the fields of events with underscores, as Python does.
    model_config = ConfigDict(alias_generator=None)
    identifiers: ClassVar[tuple[Group, ...]] = (("email_id", "ext_id"),)

    email_id: EmailStr | None = None
    ext_id: OwnId | None = None

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if not (self.email_id or self.ext_id):
            raise ValueError("email_id or ext_id: give at least one")
        return self


class EventAdd(Message):
    """Something that a contact did: an element of `events` of POST /v3/events/batch.

    `event_date`, if left out, is the moment at which the message is made. The API would take the
    moment at which the event arrives.
    """

    model_config = ConfigDict(alias_generator=None)
    operation: ClassVar[str] = "event.add"
    system: ClassVar[str] = "brevo"

    event_name: EventName
    identifiers: Identifiers
    event_date: AwareDatetime = Field(default_factory=lambda: datetime.now(UTC))
    event_properties: Properties | None = None

    def contact_key(self) -> str:
        return (self.identifiers.email_id or "").lower() or self.identifiers.ext_id or ""
