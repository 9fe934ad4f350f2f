"""Gates: channels/{channelId}/gates, the only way to create a contact."""

from __future__ import annotations

from typing import ClassVar

from pydantic import JsonValue

from batchline.systems.message import Message
from batchline.systems.salesmanago.messages.common import Email
from batchline.systems.smartsender.messages.common import PathPart, Phone, Text


class ContactCreate(Message):
    """Creates a contact as a gate of a channel: POST channels/{channelId}/gates.

    `identifier` names the contact in the channel's messenger; `phone` is +E.164. If a gate has this
    identifier already, the API returns the gate and creates nothing.
    """

    operation: ClassVar[str] = "contact.create"
    system: ClassVar[str] = "smartsender"
    options_fields: ClassVar[frozenset[str]] = frozenset({"channel_id"})

    channel_id: PathPart
    identifier: Text
    first_name: Text
    last_name: str | None = None
    email: Email | None = None
    phone: Phone | None = None
    parameters: dict[str, JsonValue] | None = None

    def contact_key(self) -> str:
        return f"{self.channel_id}/{self.identifier}"
