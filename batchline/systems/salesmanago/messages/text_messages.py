"""Text messages (SMS, WhatsApp, Viber): messaging/send and messaging/transactional/send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self, Unpack

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from batchline.systems.message import ApiModel, Message, Millis
from batchline.systems.salesmanago.messages.addressees import AddressedContacts, Capitals
from batchline.systems.salesmanago.messages.common import (
    DAY_IN_MILLIS,
    Code255,
    Flag,
    Identifier,
    Name255,
    Properties,
    Text255,
    Texts,
    comma_space_separated,
    key_of,
    now_in_millis,
)
from batchline.systems.salesmanago.messages.selections import key_of_contacts
from batchline.systems.salesmanago.messages.sms_providers import PROVIDERS

if TYPE_CHECKING:
    from batchline.systems.salesmanago.messages.dicts import (
        MessageAddresseesDict,
        TextMessageDict,
        TransactionalAddresseeDict,
        TransactionalMessageDict,
    )


#: The most properties of a message (messaging/transactional/send, properties: 20*255, read as up to
#: 20 properties of 255 characters).
MOST_PROPERTIES = 20
#: addresseeTypes of messaging/send that name a group and need no value.
GROUPS = frozenset(
    {
        "OPTED_OUT",
        "OPTED_IN",
        "PHONE_OPTED_OUT",
        "PHONE_OPTED_IN",
        "INVALID",
        "MONITORED",
        "NOT_MONITORED",
    }
)

#: messaging/send, user: up to 254 characters.
UserEmail = Annotated[str, Field(min_length=1, max_length=254)]


def _within_a_year(time: int) -> int:
    now = now_in_millis()
    if not now - DAY_IN_MILLIS <= time <= now + 365 * DAY_IN_MILLIS:
        raise ValueError("must be from one day ago to one year from now (messaging/send, time)")
    return time


class Channel(ApiModel):
    """messaging/send, messagingChannelIntegration: a channel and its gateway, such as APIFONICA."""

    channel: Literal["SMS", "WHATS_APP", "VIBER"]
    provider: Name255


class MessageAddressees(AddressedContacts):
    """messaging/send, contacts: contacts of one addresseeType, or a group such as OPTED_IN.

    `value` is as in `SelectedContacts`, with up to 255 characters, as the other methods document. A
    group needs no value.
    """

    method: ClassVar[str] = "messaging/send"

    addressee_type: Annotated[
        Literal[
            "EMAIL",
            "CONTACT_ID",
            "TAG",
            "FUNNEL",
            "STAGE",
            "ID",
            "OPTED_OUT",
            "OPTED_IN",
            "PHONE_OPTED_OUT",
            "PHONE_OPTED_IN",
            "INVALID",
            "MONITORED",
            "NOT_MONITORED",
        ],
        Capitals,
    ]
    value: Annotated[
        Text255, BeforeValidator(comma_space_separated, json_schema_input_type=Texts)
    ] = ""
    opt_value: Text255 | None = None

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[MessageAddresseesDict]) -> None: ...

    def values(self) -> list[str]:
        return super().values() if self.value else []

    @model_validator(mode="after")
    def _valued(self) -> Self:
        if not self.value and self.addressee_type not in GROUPS:
            raise ValueError("value: needed with this addresseeType (messaging/send, contacts)")
        return self

    @model_serializer(mode="wrap")
    def _without_empty(self, serialise: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """The fields without an empty `value`, which a group may have."""
        fields: dict[str, Any] = serialise(self)
        return {name: value for name, value in fields.items() if value != ""}


class TextMessage(Message):
    """Sends a text message to contacts: messaging/send.

    `name` identifies the message for people; `template_name` or `text_content` has its text. The
    API sends it at `time` (datetime, date or UNIX ms), from one day ago (which means now) to a year
    from now; at once if left out. `user` is the account's owner if left out. `Producer.api_id`
    returns the conversationId. Raises pydantic's ValidationError for a value that breaks a
    documented limit.
    """

    operation: ClassVar[str] = "message.send"
    system: ClassVar[str] = "salesmanago"
    options_fields: ClassVar[frozenset[str]] = frozenset({"user"})

    name: Name255
    sender: Text255 | None = None
    template_name: Name255 | None = None
    text_content: Annotated[str, Field(min_length=1)] | None = None
    messaging_channel_integration: list[Channel] | None = None
    contacts: Annotated[list[MessageAddressees], Field(min_length=1)]
    shorten_links: Flag | None = None
    time: Annotated[Millis, AfterValidator(_within_a_year)] | None = None
    allow_diacritics: Flag | None = None
    user: UserEmail | None = None

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[TextMessageDict]) -> None: ...

    def contact_key(self) -> str:
        return key_of_contacts(self.contacts)

    @model_validator(mode="after")
    def _one_content(self) -> Self:
        if (self.template_name is None) == (self.text_content is None):
            raise ValueError("templateName, textContent: give exactly one (messaging/send)")
        return self


class TransactionalAddressee(AddressedContacts):
    """messaging/transactional/send, contact: one contact, and up to 20 values for placeholders.

    `value` is the contact's address, contact id or user id.
    """

    method: ClassVar[str] = "messaging/transactional/send"

    addressee_type: Annotated[Literal["EMAIL", "CONTACT_ID", "USER_ID"], Capitals]
    properties: Annotated[Properties, Field(max_length=MOST_PROPERTIES)] | None = None

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[TransactionalAddresseeDict]) -> None: ...

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len(self.values()) > 1:
            raise ValueError(f"value: one contact, without commas ({self.method}, contact)")
        return self


def _known(provider: str) -> str:
    if provider not in PROVIDERS:
        raise ValueError(
            "none of the documented providers, such as NATIVE or SMS_TWILIO: see PROVIDERS in "
            "batchline.systems.salesmanago.messages.sms_providers (messaging/transactional/send)"
        )
    return provider


class TransactionalMessage(Message):
    """Sends a template's message to one contact, now: messaging/transactional/send.

    SALESmanago's support must have activated the method for the account. `provider` is one of
    `PROVIDERS`. `integration_name` and `sender` are values of the integration's settings,
    `template_external_id` is an id in the list of templates. `user` is the account's owner if left
    out. `Producer.api_id` returns the conversationId.
    """

    operation: ClassVar[str] = "message.send_transactional"
    system: ClassVar[str] = "salesmanago"
    options_fields: ClassVar[frozenset[str]] = frozenset({"user"})

    provider: Annotated[str, AfterValidator(_known)]
    integration_name: Name255
    template_external_id: Identifier
    sender: Annotated[str, Field(min_length=1)]
    contact: TransactionalAddressee
    allow_diacritical: Flag | None = None
    shorten_links: Flag | None = None
    user: Code255 | None = None

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[TransactionalMessageDict]) -> None: ...

    def contact_key(self) -> str:
        if self.contact.addressee_type == "EMAIL":
            return key_of(None, self.contact.value)
        is_user = self.contact.addressee_type == "USER_ID"
        return f"user:{self.contact.value}" if is_user else self.contact.value
