"""Messages that the request itself holds: POST /v1/message/email, /sms and /viber.

The fields are those of OutgoingEmail, OutgoingSMS and OutgoingViber in the vendor's reference. It
gives no text a length.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, ClassVar, Unpack

from pydantic import AfterValidator, Field

from batchline.systems.esputnik.messages.common import Email, Flag, Identifier, Name, Phone
from batchline.systems.message import Message

if TYPE_CHECKING:
    from batchline.systems.esputnik.messages.dicts import EmailSendDict, SmsSendDict, ViberSendDict


def _with_an_address(sender: str) -> str:
    if not re.search(r"[^\s@<>]@[^\s@<>]", sender):
        raise ValueError(
            "must be one of the account's sender addresses, such as info@shop.example or "
            '"Shop" <info@shop.example>'
        )
    return sender


_TAGS = Annotated[list[Name], Field(min_length=1)]


class _DirectMessage(Message):
    """One recipient, and the fields that the request has once for all its recipients.

    Messages that are equal but for the recipient go in one call. An unknown address or number
    becomes a contact. `Producer.api_id` returns the requestId, by which /v1/message/status knows
    the message. The fields are no `options_fields`, for a text may be long, and a lane measures
    payloads.
    """

    system: ClassVar[str] = "esputnik"

    #: The list of tags assigned to the message.
    tags: _TAGS | None = None
    #: An id of yours, "the same for all the recipients" of a call.
    external_request_id: Identifier | None = None
    #: Keys of the subscription categories that the message belongs to.
    subscriptions_keys: _TAGS | None = None
    track_urls: Flag | None = None


class EmailSend(_DirectMessage):
    """Sends an e-mail to one recipient: an element of `emails` of POST /v1/message/email.

    `sender` (`from` in the API) is one of the account's sender addresses, such as
    `"Shop" <info@shop.example>`. `html_text` may hold Velocity, unless `skip_personalisation`.

    Raises pydantic's ValidationError for a value that breaks a documented limit.
    """

    operation: ClassVar[str] = "email.send"

    email: Email
    sender: Annotated[Name, AfterValidator(_with_an_address), Field(alias="from")]
    subject: Name
    html_text: Name
    plain_text: str | None = None
    amp_html_text: str | None = None
    skip_personalisation: Flag | None = None

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[EmailSendDict]) -> None: ...

    def contact_key(self) -> str:
        return self.email.lower()


class SmsSend(_DirectMessage):
    """Sends an SMS to one recipient: an element of `phoneNumbers` of POST /v1/message/sms.

    `sender` (`from` in the API) is one of the account's sender names. An SMS to a whole segment
    (`groupId`) is not offered: it is a campaign, whose recipients no answer names.

    Raises pydantic's ValidationError for a value that breaks a documented limit.
    """

    operation: ClassVar[str] = "sms.send"

    phone_number: Phone
    sender: Annotated[Name, Field(alias="from")]
    text: Name

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[SmsSendDict]) -> None: ...

    def contact_key(self) -> str:
        return self.phone_number


class ViberSend(_DirectMessage):
    """Sends a Viber message to one recipient: an element of `phoneNumbers` of /v1/message/viber.

    `ios_expirity_text`, as the API spells it, is shown when the message arrives after its
    `ttl_seconds` (a day if left out). `sender` (`from` in the API) is needed if the account has
    several. `img` is the address of a picture, `caption` a button's text, `action` the link of
    either. A message to a whole segment (`groupId`) is not offered.

    Raises pydantic's ValidationError for a value that breaks a documented limit.
    """

    operation: ClassVar[str] = "viber.send"

    phone_number: Phone
    text: Name
    ios_expirity_text: Name
    sender: Annotated[Name | None, Field(alias="from")] = None
    ttl_seconds: Annotated[int, Field(strict=True, gt=0)] | None = None
    img: Name | None = None
    caption: Name | None = None
    action: Name | None = None

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[ViberSendDict]) -> None: ...

    def contact_key(self) -> str:
        return self.phone_number
