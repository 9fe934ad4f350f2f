"""Tags and funnels of a contact: contacts/{id}/tags/{tagId} and contacts/{id}/funnels/{serviceKey}.

They share the lane of `contact.update`: values, tags and funnels of one contact arrive in the order
in which they were enqueued.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Unpack

from batchline.systems.smartsender.messages.common import ContactMessage, PathPart
from batchline.systems.smartsender.messages.contacts import ContactUpdate

if TYPE_CHECKING:
    from batchline.systems.smartsender.messages.dicts import (
        FunnelAddContactDict,
        FunnelRemoveContactDict,
        TagAddDict,
        TagRemoveDict,
    )


class TagAdd(ContactMessage):
    """Adds a tag to a contact, by the tag's id: POST contacts/{id}/tags/{tagId}."""

    operation: ClassVar[str] = "tag.add"
    lane: ClassVar[str] = ContactUpdate.operation
    options_fields: ClassVar[frozenset[str]] = frozenset({"contact_id", "tag_id"})

    tag_id: PathPart

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[TagAddDict]) -> None: ...


class TagRemove(TagAdd):
    """Removes a tag from a contact: DELETE contacts/{id}/tags/{tagId}."""

    operation: ClassVar[str] = "tag.remove"

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[TagRemoveDict]) -> None: ...


class FunnelAddContact(ContactMessage):
    """Adds a contact to a funnel: POST contacts/{id}/funnels/{serviceKey}.

    `service_key` is the funnel's serviceKey, not its id.
    """

    operation: ClassVar[str] = "funnel.add_contact"
    lane: ClassVar[str] = ContactUpdate.operation
    options_fields: ClassVar[frozenset[str]] = frozenset({"contact_id", "service_key"})

    service_key: PathPart

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[FunnelAddContactDict]) -> None: ...


class FunnelRemoveContact(FunnelAddContact):
    """Removes a contact from a funnel: DELETE contacts/{id}/funnels/{serviceKey}."""

    operation: ClassVar[str] = "funnel.remove_contact"

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[FunnelRemoveContactDict]) -> None: ...
