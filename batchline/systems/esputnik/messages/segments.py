"""Static segments: POST /v1/group/{id}/contacts/attach and /detach."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Self, Unpack

from pydantic import Field, model_validator

from batchline.systems.esputnik.messages.common import ApiId, ExternalId
from batchline.systems.identified import Group, Identified
from batchline.systems.message import Message

if TYPE_CHECKING:
    from batchline.systems.esputnik.messages.dicts import (
        SegmentAttachmentDict,
        SegmentDetachmentDict,
    )


#: "The maximum number of contacts in one request is 500" (attach and detach; in the reference,
#: ModifyContactsInGroup, it is the limit of contactIds and of externalCustomerIds).
MOST_CONTACTS = 500


class _SegmentChange(Identified, Message):
    """A segment, and contacts that are added or removed: by eSputnik's own ids, or by yours.

    The message has either `contact_ids` or `external_customer_ids`: "use only one contact
    identifier in the request". The list is never empty: "If you do not specify IDs, all contacts
    will be removed from the segment."
    """

    system: ClassVar[str] = "esputnik"
    options_fields: ClassVar[frozenset[str]] = frozenset({"segment_id"})
    identifiers: ClassVar[tuple[Group, ...]] = (("contact_ids", "external_customer_ids"),)

    segment_id: ApiId
    contact_ids: Annotated[list[ApiId], Field(min_length=1, max_length=MOST_CONTACTS)] | None = None
    external_customer_ids: (
        Annotated[list[ExternalId], Field(min_length=1, max_length=MOST_CONTACTS)] | None
    ) = None

    def contact_key(self) -> str:
        """The segment's key, so that its changes stay in order."""
        return f"segment:{self.segment_id}"

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.contact_ids is None) == (self.external_customer_ids is None):
            raise ValueError(
                "contactIds, externalCustomerIds: give exactly one "
                "(/v1/group/{id}/contacts/attach and /detach)"
            )
        return self


class SegmentAttachment(_SegmentChange):
    """Adds 1 to 500 contacts to a segment: POST /v1/group/{id}/contacts/attach."""

    operation: ClassVar[str] = "segment.attach"

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[SegmentAttachmentDict]) -> None: ...


class SegmentDetachment(_SegmentChange):
    """Removes 1 to 500 contacts from a segment: POST /v1/group/{id}/contacts/detach."""

    operation: ClassVar[str] = "segment.detach"
    withdraws: ClassVar[bool] = True
    lane: ClassVar[str] = "segment.attach"

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[SegmentDetachmentDict]) -> None: ...
