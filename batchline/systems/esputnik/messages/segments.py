"""Static segments: POST /v1/group/{id}/contacts/attach and /detach."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from batchline.systems.esputnik.messages.common import ApiId
from batchline.systems.message import Message

#: "The maximum number of contacts in one request is 500" (attach and detach, contactIds).
MOST_CONTACTS = 500


class _SegmentChange(Message):
    """A segment, and contacts that are added or removed, by eSputnik's own ids.

    The API takes your own ids too, but no document shows the field's name, so they are not offered.
    """

    system: ClassVar[str] = "esputnik"
    options_fields: ClassVar[frozenset[str]] = frozenset({"segment_id"})

    segment_id: ApiId
    #: The list is never empty: "If you do not specify IDs, all contacts will be removed from the
    #: segment."
    contact_ids: Annotated[list[ApiId], Field(min_length=1, max_length=MOST_CONTACTS)]

    def contact_key(self) -> str:
        """The segment's key, so that its changes stay in order."""
        return f"segment:{self.segment_id}"


class SegmentAttachment(_SegmentChange):
    """Adds 1 to 500 contacts to a segment: POST /v1/group/{id}/contacts/attach."""

    operation: ClassVar[str] = "segment.attach"


class SegmentDetachment(_SegmentChange):
    """Removes 1 to 500 contacts from a segment: POST /v1/group/{id}/contacts/detach."""

    operation: ClassVar[str] = "segment.detach"
    lane: ClassVar[str] = "segment.attach"
