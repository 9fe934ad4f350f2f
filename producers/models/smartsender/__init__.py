"""Smart Sender: what may be enqueued, with every limit that its documents give."""

from __future__ import annotations

from producers.models.smartsender.contacts import ContactUnite, ContactUpdate, EventFire
from producers.models.smartsender.gates import ContactCreate
from producers.models.smartsender.memberships import (
    FunnelAddContact,
    FunnelRemoveContact,
    TagAdd,
    TagRemove,
)
from producers.models.smartsender.messages import MessageSend

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
