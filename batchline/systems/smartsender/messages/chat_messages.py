"""Messages to a contact: contacts/{id}/send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self, Unpack

from pydantic import AfterValidator, Field, StrictInt, StrictStr, model_validator

from batchline.systems.smartsender.messages.common import ContactMessage, Phone, Text

if TYPE_CHECKING:
    from batchline.systems.smartsender.messages.dicts import MessageSendDict


MessageType = Literal[
    "text", "picture", "file", "video", "audio", "voice", "animation", "location", "contact"
]
#: Type of a message -> its fields: it needs all of them and has no others (contacts/{id}/send,
#: type).
FIELDS_OF_TYPE: dict[MessageType, tuple[str, ...]] = {
    "text": ("content",),
    "picture": ("media",),
    "file": ("media",),
    "video": ("media",),
    "audio": ("media",),
    "voice": ("media",),
    "animation": ("media",),
    "location": ("title", "latitude", "longitude"),
    "contact": ("fullName", "phoneNumber"),
}


def _checked_url(url: str) -> str:
    scheme, _, rest = url.partition("://")
    if scheme not in ("http", "https") or not rest or any(letter.isspace() for letter in url):
        raise ValueError("must be an http:// or https:// address")
    return url


Degrees = Annotated[float, Field(strict=True, allow_inf_nan=False)]


class MessageSend(ContactMessage):
    """Sends a message to a contact: POST contacts/{id}/send.

    A message has the fields of its type, all of them and no others: `text` has `content`;
    `picture`, `file`, `video`, `audio`, `voice` and `animation` have `media`, an address;
    `location` has `title`, `latitude` and `longitude`; `contact` has `full_name` and
    `phone_number`. The documents call `watermark` the priority, without its form.

    Raises pydantic's ValidationError for any other fields.
    """

    operation: ClassVar[str] = "message.send"

    type: MessageType
    content: Text | None = None
    media: Annotated[str, AfterValidator(_checked_url)] | None = None
    title: Text | None = None
    latitude: Annotated[Degrees, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[Degrees, Field(ge=-180, le=180)] | None = None
    full_name: Text | None = None
    phone_number: Phone | None = None
    watermark: StrictInt | StrictStr | None = None

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[MessageSendDict]) -> None: ...

    @model_validator(mode="after")
    def _fields_of_its_type(self) -> Self:
        present = self.model_dump(by_alias=True, exclude_none=True)
        needed = FIELDS_OF_TYPE[self.type]
        missing = [name for name in needed if name not in present]
        if missing:
            raise ValueError(f"{missing[0]}: needed by type {self.type} (contacts/{{id}}/send)")
        others = [
            name
            for fields in FIELDS_OF_TYPE.values()
            for name in fields
            if name in present and name not in needed
        ]
        if others:
            raise ValueError(
                f"{others[0]}: not a field of type {self.type}, which has {', '.join(needed)}"
            )
        return self
