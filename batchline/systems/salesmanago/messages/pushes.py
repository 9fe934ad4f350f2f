"""Mobile pushes: mobile/push/send, sendCustom, sendMass and sendMassCustom."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self, Unpack

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from batchline.systems.identified import Group, Identified
from batchline.systems.identifiers import Cleaned
from batchline.systems.message import ApiModel, Message, When
from batchline.systems.salesmanago.messages.addressees import AddressedContacts, Capitals
from batchline.systems.salesmanago.messages.common import (
    Code255,
    Email,
    FlagOrWord,
    Identifier,
    MillisOrNow,
    Properties,
    Text255,
    key_of,
    now_in_millis,
)

if TYPE_CHECKING:
    from batchline.systems.salesmanago.messages.dicts import (
        AddresseesDict,
        CustomMassPushDict,
        CustomPushDict,
        MassPushDict,
        PushDict,
        PushTextDict,
    )


#: The most bytes of text in a push: "Maximum total size of Mobile Push notification supported by
#: Android/iOS", 4 kB.
LARGEST_PUSH = 4096
#: The most properties of a push (mobile/push/send, properties: 16 * 255).
MOST_PROPERTIES = 16
#: The fields whose texts count for the size.
CONTENT_FIELDS = ("title", "content", "deeplink", "properties", "image_url", "sound_name")

Text1To2048 = Annotated[str, Field(min_length=1, max_length=2048)]


#: A user id without commas, which separate the values of a mass push.
UserId = Annotated[str, Field(min_length=1, max_length=255, pattern="^[^,]+$"), Cleaned]


class PushText(ApiModel):
    """mobile/push/sendCustom, title, content and deeplink: a text, and whether it is personalised.

    With `personalized`, the API fills in placeholders such as ${discount:extra}. A plain string is
    a text that is not personalised.
    """

    personalized: FlagOrWord | None = None
    text: Text1To2048

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[PushTextDict]) -> None: ...

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, value: Any) -> Any:
        return {"personalized": False, "text": value} if isinstance(value, str) else value


def _short(title: PushText) -> PushText:
    if len(title.text) > 255:
        raise ValueError(f"text: {len(title.text)} characters, a title may have at most 255")
    return title


def _few(properties: Properties) -> Properties:
    if len(properties) > MOST_PROPERTIES:
        raise ValueError(
            f"{len(properties)} given, at most {MOST_PROPERTIES} are allowed "
            "(mobile/push/send, properties)"
        )
    return properties


#: properties, 16 * 255: up to 16 properties, with names and values of up to 255 characters.
PushProperties = Annotated[Properties, AfterValidator(_few)]

#: title: up to 255 characters; up to 40 are recommended.
PushTitle = Annotated[PushText, AfterValidator(_short)]


def _millis_in_text(value: object) -> object:
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value


class Addressees(AddressedContacts):
    """mobile/push/sendMass, contacts: contacts of one addresseeType.

    `addressee_type` is accepted in any case. `value` is "a@example.com, b@example.com" or a list of
    values, up to 255 characters in all; more values go into further `Addressees`.
    """

    method: ClassVar[str] = "mobile/push/sendMass"

    addressee_type: Annotated[Literal["EMAIL", "CONTACT_ID", "TAG", "USER_ID"], Capitals]

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[AddresseesDict]) -> None: ...


class _AnyPush(Message):
    """The base of the four pushes: the application, the properties, and the total size."""

    system: ClassVar[str] = "salesmanago"
    #: The method's name in the documents, for error messages.
    method: ClassVar[str]

    #: The "simple ID" in the list of applications.
    application_id: Code255
    #: Up to 16 values for placeholders.
    properties: PushProperties | None = None
    #: A boolean in the tables, a text in the samples: both are accepted, the boolean is sent.
    send_to_all_devices: FlagOrWord | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        content = self.model_dump(include=set(CONTENT_FIELDS), exclude_none=True, by_alias=True)
        size = sum(len(text.encode()) for text in _texts(content))
        if size > LARGEST_PUSH:
            raise ValueError(
                f"{', '.join(content)}: {size:,} bytes of text together, at most "
                f"{LARGEST_PUSH:,} are allowed: shorten them ({self.method}, total size)"
            )
        return self


def _texts(content: dict[str, Any]) -> Iterator[str]:
    """Every text that reaches the device, names of properties included."""
    for name, part in content.items():
        if isinstance(part, str):
            yield part
        elif name == "properties":
            yield from part.keys()
            yield from part.values()
        else:
            yield part["text"]


class _ToOne(Identified, _AnyPush):
    """A push to one contact: exactly one of `email`, `contact_id` and `user_id`."""

    identifiers: ClassVar[tuple[Group, ...]] = (("email", "contact_id", "user_id"),)

    email: Email | None = None
    contact_id: Identifier | None = None
    user_id: UserId | None = None

    def contact_key(self) -> str:
        return f"user:{self.user_id}" if self.user_id else key_of(self.contact_id, self.email)

    @model_validator(mode="after")
    def _one_identifier(self) -> Self:
        count = sum(name is not None for name in (self.email, self.contact_id, self.user_id))
        if count != 1:
            raise ValueError(
                f"email, contactId, userId: {count or 'none'} given, give exactly one "
                f"({self.method})"
            )
        return self


class _ToMany(_AnyPush):
    """A push to many contacts, sent at `date` (datetime, date or UNIX ms), now if left out.

    The samples write `date` as a text: digits are accepted, the number is sent. `contacts` may be
    left out, for it is not marked as mandatory and one sample has none; the documents do not say
    who gets such a push. An empty list is refused.
    """

    date: Annotated[
        MillisOrNow, BeforeValidator(_millis_in_text, json_schema_input_type=When | str | None)
    ] = Field(default_factory=now_in_millis)
    contacts: Annotated[list[Addressees], Field(min_length=1)] | None = None

    def contact_key(self) -> str:
        return ""


class _Custom(_AnyPush):
    """The fields of a custom push: its content, in place of a `push_id`."""

    title: PushTitle
    content: PushText | None = None
    deeplink: PushText
    #: The address of a PNG or JPG image.
    image_url: Text1To2048 | None = None
    #: The name of a sound that the application declares.
    sound_name: Text255 | None = None


class Push(_ToOne):
    """Sends an existing push to one contact: mobile/push/send.

    `push_id` is an id of mobile/push/list. The message has exactly one of `email`, `contact_id` and
    `user_id`, up to 16 properties of 255 characters, and 4,096 bytes of text in all. Raises
    pydantic's ValidationError for a value that breaks a documented limit.
    """

    operation: ClassVar[str] = "push.send"
    method: ClassVar[str] = "mobile/push/send"

    push_id: Identifier

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[PushDict]) -> None: ...


class CustomPush(_Custom, _ToOne):
    """Sends a custom push to one contact: mobile/push/sendCustom.

    `title` and `sound_name` have up to 255 characters, `content`, `deeplink` and `image_url` up to
    2,048. There are up to 16 properties of 255 characters, and 4,096 bytes of text in all. The
    message has exactly one of `email`, `contact_id` and `user_id`, though the sample shows two.
    `push_id` is in the sample and not in the table; it is sent if given.
    """

    operation: ClassVar[str] = "push.send_custom"
    method: ClassVar[str] = "mobile/push/sendCustom"

    push_id: Identifier | None = None

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[CustomPushDict]) -> None: ...


class MassPush(_ToMany):
    """Sends an existing push to many contacts: mobile/push/sendMass.

    `push_id` is an id of mobile/push/list. The API sends it at `date` to `contacts`. There are up
    to 16 properties of 255 characters, and 4,096 bytes of text in all.
    """

    operation: ClassVar[str] = "push.send_mass"
    method: ClassVar[str] = "mobile/push/sendMass"

    push_id: Identifier

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[MassPushDict]) -> None: ...


class CustomMassPush(_Custom, _ToMany):
    """Sends a custom push to many contacts: mobile/push/sendMassCustom.

    The limits are those of `CustomPush`; `content` and `image_url` are mandatory here.
    """

    operation: ClassVar[str] = "push.send_mass_custom"
    method: ClassVar[str] = "mobile/push/sendMassCustom"

    content: PushText
    image_url: Text1To2048

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[CustomMassPushDict]) -> None: ...
