"""Messages for Smart Sender, with every limit that its documents give."""

from __future__ import annotations

from batchline.systems.smartsender.messages.chat_messages import MessageSend
from batchline.systems.smartsender.messages.contacts import ContactUnite, ContactUpdate, EventFire
from batchline.systems.smartsender.messages.gates import ContactCreate
from batchline.systems.smartsender.messages.memberships import (
    FunnelAddContact,
    FunnelRemoveContact,
    TagAdd,
    TagRemove,
)

__all__ = [
    "ContactCreate",
    "ContactUnite",
    "ContactUpdate",
    "EventFire",
    "FunnelAddContact",
    "FunnelRemoveContact",
    "MessageSend",
    "TagAdd",
    "TagRemove",
]
