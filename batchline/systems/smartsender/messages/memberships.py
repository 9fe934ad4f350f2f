"""Tags and funnels of a contact: contacts/{id}/tags/{tagId} and contacts/{id}/funnels/{serviceKey}.

They travel in the lane of `contact.update`: what an application says about one contact by values,
tags and funnels arrives in the order in which it was said.
"""

from __future__ import annotations

from typing import ClassVar

from batchline.systems.smartsender.messages.common import ContactMessage, PathPart
from batchline.systems.smartsender.messages.contacts import ContactUpdate


class TagAdd(ContactMessage):
    """Gives a contact a tag, by the tag's id: POST contacts/{id}/tags/{tagId}."""

    operation: ClassVar[str] = "tag.add"
    lane: ClassVar[str] = ContactUpdate.operation
    options_fields: ClassVar[frozenset[str]] = frozenset({"contact_id", "tag_id"})

    tag_id: PathPart


class TagRemove(TagAdd):
    """Takes a tag from a contact: DELETE contacts/{id}/tags/{tagId}."""

    operation: ClassVar[str] = "tag.remove"


class FunnelAddContact(ContactMessage):
    """Puts a contact into a funnel: POST contacts/{id}/funnels/{serviceKey}.

    The funnel's `serviceKey`, not its id.
    """

    operation: ClassVar[str] = "funnel.add_contact"
    lane: ClassVar[str] = ContactUpdate.operation
    options_fields: ClassVar[frozenset[str]] = frozenset({"contact_id", "service_key"})

    service_key: PathPart


class FunnelRemoveContact(FunnelAddContact):
    """Takes a contact out of a funnel: DELETE contacts/{id}/funnels/{serviceKey}."""

    operation: ClassVar[str] = "funnel.remove_contact"
