"""E-mails: email/sendEmail, email/sendConfirmation and email/upsert."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, Self, Unpack

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from batchline.systems.message import ApiModel, Message, Millis
from batchline.systems.salesmanago.messages.common import (
    Code255,
    Email,
    Flag,
    Identifier,
    Name255,
    Text255,
    key_of,
)
from batchline.systems.salesmanago.messages.selections import SelectedContacts, key_of_contacts

if TYPE_CHECKING:
    from batchline.systems.salesmanago.messages.dicts import (
        EmailAddresseesDict,
        EmailSendingDict,
        ExcludedContactsDict,
    )


#: The most bytes of UTF-8 in an e-mail's content (email/upsert, content: 2 MB, read as 2 *
#: 1024**2).
LARGEST_CONTENT = 2_097_152


class EmailProperty(ApiModel):
    """email/sendEmail, properties: the text in place of $cst.name$; 255 characters each.

    The API recommends names of a-z, A-Z, 0-9 and _.
    """

    name: Name255
    value: Text255


def _named(value: object) -> object:
    if not isinstance(value, Mapping):
        return value
    return [{"name": name, "value": text} for name, text in value.items()]


#: A list of properties; a mapping from names to values is accepted.
EmailProperties = Annotated[
    list[EmailProperty],
    BeforeValidator(_named, json_schema_input_type=Mapping[str, str] | Sequence[EmailProperty]),
]


class EmailAddressees(SelectedContacts):
    """email/sendEmail, contacts: contacts of one addresseeType, and values for placeholders.

    An unknown address becomes a new contact with opt-in status.
    """

    method: ClassVar[str] = "email/sendEmail"

    properties: EmailProperties | None = None

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[EmailAddresseesDict]) -> None: ...


class ExcludedContacts(SelectedContacts):
    """email/sendEmail, excludeContacts: contacts that do not get the e-mail."""

    method: ClassVar[str] = "email/sendEmail"

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[ExcludedContactsDict]) -> None: ...


class EmailSending(Message):
    """Sends an existing e-mail to contacts: email/sendEmail.

    The API sends it at `date` (datetime, date or UNIX ms), at once if left out. `user`, the
    SALESmanago user that sends it, is the account's owner if left out. `Producer.api_id` returns
    the conversationId. Raises pydantic's ValidationError for a value that breaks a documented
    limit.
    """

    operation: ClassVar[str] = "email.send"
    system: ClassVar[str] = "salesmanago"
    options_fields: ClassVar[frozenset[str]] = frozenset({"user"})

    email_id: Code255
    date: Millis | None = None
    contacts: Annotated[list[EmailAddressees], Field(min_length=1)]
    exclude_contacts: list[ExcludedContacts] | None = None
    user: Code255 | None = None

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[EmailSendingDict]) -> None: ...

    def contact_key(self) -> str:
        return key_of_contacts(self.contacts)


class ConfirmationEmail(Message):
    """Asks a contact with opt-out status to confirm: email/sendConfirmation.

    With `tag`, only a contact with this tag is asked. The e-mail is named by its language or by its
    id, not both. If the contact does not exist yet, the message waits for it as an event does.
    `owner` is the account's if left out.
    """

    operation: ClassVar[str] = "email.send_confirmation"
    system: ClassVar[str] = "salesmanago"
    options_fields: ClassVar[frozenset[str]] = frozenset({"owner"})

    email: Email
    tag: Name255 | None = None
    double_opt_in_language: Name255 | None = None
    double_opt_in_email_id: Code255 | None = None
    owner: Code255 | None = None

    def contact_key(self) -> str:
        return key_of(None, self.email)

    @model_validator(mode="after")
    def _one_email(self) -> Self:
        if self.double_opt_in_language and self.double_opt_in_email_id:
            raise ValueError(
                "doubleOptInLanguage, doubleOptInEmailId: give one of the two "
                "(email/sendConfirmation)"
            )
        return self


def _not_too_large(content: str) -> str:
    size = len(content.encode())
    if size > LARGEST_CONTENT:
        raise ValueError(
            f"{size:,} bytes, at most {LARGEST_CONTENT:,} are allowed: shorten it "
            "(email/upsert, content: 2 MB)"
        )
    return content


class EmailUpsert(Message):
    """Adds an e-mail, or changes the one with `email_id`: email/upsert.

    `subject` has up to 998 characters, `content` (HTML) up to 2 MB. `sender_account_id` is the id
    in Email Marketing, Settings, Sender Accounts. `email_owner` is the account's owner if left out,
    and cannot be changed. `Producer.api_id` returns the emailId. Changes of one e-mail arrive in
    order.
    """

    operation: ClassVar[str] = "email.upsert"
    system: ClassVar[str] = "salesmanago"
    options_fields: ClassVar[frozenset[str]] = frozenset({"email_owner"})

    email_id: Identifier | None = None
    name: Name255
    group: Text255 | None = None
    subject: Annotated[str, Field(min_length=1, max_length=998)]
    sender_account_id: Identifier
    content: Annotated[str, Field(min_length=1), AfterValidator(_not_too_large)]
    shared: Flag | None = None
    utm_campaign: Text255 | None = None
    email_owner: Code255 | None = None

    def contact_key(self) -> str:
        return f"email:{self.email_id}" if self.email_id else ""
