"""Gates: channels/{channelId}/gates, the only way to create a contact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Unpack

from pydantic import Field

from batchline.systems.free_values import FreeValue
from batchline.systems.identified import Group, Identified
from batchline.systems.identifiers import Email, Identifier
from batchline.systems.message import Message
from batchline.systems.smartsender.messages.common import PathPart, Phone, Text

if TYPE_CHECKING:
    from batchline.systems.smartsender.messages.dicts import ContactCreateDict


class ContactCreate(Identified, Message):
    """Creates a contact as a gate of a channel: POST channels/{channelId}/gates.

    `identifier` names the contact in the channel's messenger; `phone` is +E.164. If a gate has this
    identifier already, the API returns the gate and creates nothing.

    `Producer.api_id` returns the gate's id. With `find_contact` it returns the contact's id, by
    which every other operation names the contact: that costs two calls more as a rule, or more if
    the search shows several contacts. It is None if the search does not show the contact.
    """

    operation: ClassVar[str] = "contact.create"
    system: ClassVar[str] = "smartsender"
    options_fields: ClassVar[frozenset[str]] = frozenset({"channel_id", "find_contact"})
    identifiers: ClassVar[tuple[Group, ...]] = (("identifier", "email", "phone"),)

    channel_id: PathPart
    identifier: Identifier
    first_name: Text
    last_name: str | None = None
    email: Email | None = None
    phone: Phone | None = None
    parameters: dict[str, FreeValue] | None = None

    #: Whether the contact is looked for when its gate is there; not a field of the API.
    find_contact: Annotated[bool, Field(strict=True)] | None = None

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[ContactCreateDict]) -> None: ...

    def contact_key(self) -> str:
        return f"{self.channel_id}/{self.identifier}"
