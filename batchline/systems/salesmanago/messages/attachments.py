"""E-mails with an attachment: email/sendWithAttachment."""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self, Unpack

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from batchline.systems.identified import Group, Identified
from batchline.systems.message import ApiModel, Message, Millis
from batchline.systems.salesmanago.messages.addressees import Capitals
from batchline.systems.salesmanago.messages.common import Code255, Email, Flag, Identifier, key_of
from batchline.systems.salesmanago.messages.emails import EmailProperties

if TYPE_CHECKING:
    from batchline.systems.salesmanago.messages.dicts import (
        AttachmentAddresseeDict,
        AttachmentDict,
        EmailWithAttachmentDict,
    )


#: The most bytes of an attached file: a limit of Batchline's, for the documents name none. The file
#: is in Redis until it is delivered, a third larger.
LARGEST_ATTACHMENT = 5_000_000

#: addresseeType -> the field with its value.
FIELDS = {"EMAIL": "email", "CONTACT_ID": "contact_id", "TAGS": "tag"}


def _encoded(value: object) -> object:
    return b64encode(value).decode() if isinstance(value, bytes | bytearray) else value


def _real_base64(content: str) -> str:
    try:
        size = len(b64decode(content, validate=True))
    except (binascii.Error, ValueError):
        raise ValueError("must be base64, or bytes") from None
    if size > LARGEST_ATTACHMENT:
        raise ValueError(
            f"{size:,} bytes, at most {LARGEST_ATTACHMENT:,} are taken (Batchline's own limit): "
            "send a link to the file"
        )
    return content


class Attachment(ApiModel):
    """email/sendWithAttachment, attachment: a file of 5,000,000 bytes at most (Batchline's limit).

    `name` has no quotes or line breaks. `content_type` is a type such as image/gif. `content` is
    base64, or bytes.
    """

    name: Annotated[str, Field(min_length=1, max_length=255, pattern=r'^[^"\x00-\x1f\x7f/\\]+$')]
    content_type: Annotated[
        str, Field(max_length=255, pattern=r"^[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+$")
    ]
    content: Annotated[
        str,
        BeforeValidator(_encoded, json_schema_input_type=str | bytes),
        AfterValidator(_real_base64),
    ]

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[AttachmentDict]) -> None: ...


class AttachmentAddressee(Identified):
    """email/sendWithAttachment, contacts: a contact or a tag, and values for placeholders.

    The addresseeType says which one of `email`, `contact_id` and `tag` the element has; each has up
    to 254 characters.
    """

    identifiers: ClassVar[tuple[Group, ...]] = (("email", "contact_id", "tag"),)

    addressee_type: Annotated[Literal["EMAIL", "CONTACT_ID", "TAGS"], Capitals]
    email: Email | None = None
    contact_id: Annotated[Identifier, Field(max_length=254)] | None = None
    tag: Annotated[str, Field(min_length=1, max_length=254)] | None = None
    properties: EmailProperties | None = None

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[AttachmentAddresseeDict]) -> None: ...

    @model_validator(mode="after")
    def _as_its_type_says(self) -> Self:
        present = [name for name in FIELDS.values() if getattr(self, name) is not None]
        if present != [FIELDS[self.addressee_type]]:
            raise ValueError(
                "email, contactId, tag: give the one that addresseeType says, and no other "
                "(email/sendWithAttachment, contacts)"
            )
        return self


class EmailWithAttachment(Message):
    """Sends an existing e-mail with a file to contacts: email/sendWithAttachment.

    `date` (datetime, date or UNIX ms) is now if left out. `immediate` sends at once; `rule` says
    that a rule sends the e-mail. `user` is the account's owner if left out. `Producer.api_id`
    returns the conversationId.
    """

    operation: ClassVar[str] = "email.send_with_attachment"
    system: ClassVar[str] = "salesmanago"
    options_fields: ClassVar[frozenset[str]] = frozenset({"user"})

    email_id: Code255
    date: Millis | None = None
    contacts: Annotated[list[AttachmentAddressee], Field(min_length=1)]
    exclude_contacts: list[AttachmentAddressee] | None = None
    immediate: Flag | None = None
    rule: Flag | None = None
    attachment: Attachment
    user: Code255 | None = None

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[EmailWithAttachmentDict]) -> None: ...

    def contact_key(self) -> str:
        """The contact's key if there is a single contact, else ""."""
        only = self.contacts[0]
        if len(self.contacts) > 1 or only.tag:
            return ""
        return key_of(only.contact_id, only.email)
