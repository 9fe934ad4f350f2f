"""Contacts: contact/upsert and contact/batchupsertv2."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self, Unpack

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from batchline.systems.identified import Identified
from batchline.systems.message import LARGEST_MILLIS, ApiModel, Message, Millis, When, to_millis
from batchline.systems.salesmanago.messages.common import (
    DAY_IN_MILLIS,
    Code255,
    Email,
    Flag,
    Identifier,
    Name255,
    OwnId255,
    Properties,
    Text255,
    key_of,
)

if TYPE_CHECKING:
    from batchline.systems.salesmanago.messages.dicts import (
        ConsentDetailDict,
        ContactDict,
        ContactUpsertDict,
        DictionaryPropertyDict,
    )


#: The largest number of a dictionary detail: 255 digits (contact/upsert, dictionaryProperties:
#: "value 255").
LARGEST_NUMBER = 10**255 - 1

#: Fields that only contact/upsert documents, and the API's names: a message with one has a call of
#: its own.
SINGLE_ONLY = {
    "async_": "async",
    "double_opt_in_email_id": "doubleOptInEmailId",
    "double_opt_in_language": "doubleOptInLanguage",
}
#: Fields that only contact/batchupsertv2 documents, and the API's names.
BATCH_ONLY = {"lang": "lang", "fire_events": "fireEvents", "relation": "relation"}


def _digits(value: object) -> object:
    if isinstance(value, date):
        return f"{value.year:04}{value.month:02}{value.day:02}"
    return value


def _real_birthday(value: str) -> str:
    """The birthday, `yyyyMMdd` or `MMdd`; without a year 29 February is accepted."""
    if not value:
        return value
    if len(value) not in (4, 8) or not (value.isascii() and value.isdigit()):
        raise ValueError("must be yyyyMMdd or MMdd, such as 19870605 or 0605")
    try:
        date(int(value[:-4] or 2000), int(value[-4:-2]), int(value[-2:]))
    except ValueError:
        raise ValueError("no such day: must be yyyyMMdd or MMdd") from None
    return value


#: contact/upsert, birthday: `yyyyMMdd` or `MMdd`; a `date` is accepted, "" clears.
Birthday = Annotated[
    str, BeforeValidator(_digits, json_schema_input_type=date | str), AfterValidator(_real_birthday)
]


class Address(ApiModel):
    """contact/upsert, contact.address: texts of up to 255 characters each; "" clears one."""

    street_address: Text255 | None = None
    zip_code: Text255 | None = None
    city: Text255 | None = None
    #: The alpha-2 ISO 3166-1 code is recommended.
    country: Text255 | None = None


class Contact(Identified):
    """contact/upsert, contact: needs `email` or `contact_id`; texts have up to 255 characters."""

    email: Email | None = None
    contact_id: Identifier | None = None
    name: Text255 | None = None
    phone: OwnId255 | None = None
    fax: OwnId255 | None = None
    company: Text255 | None = None
    #: Your own identifier of the contact, such as the user id in the shop.
    external_id: OwnId255 | None = None
    state: Literal["CUSTOMER", "PROSPECT", "PARTNER", "OTHER", "UNKNOWN"] | None = None
    address: Address | None = None

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[ContactDict]) -> None: ...

    @model_validator(mode="after")
    def _identified(self) -> Self:
        if self.email is None and self.contact_id is None:
            raise ValueError("email or contactId: give at least one (contact/upsert, contact)")
        return self


class ConsentDetail(ApiModel):
    """contact/upsert, consentDetails: one consent, which the account's settings must define.

    `agreement_date` (datetime, date or UNIX ms) is the API's current time when left out.
    """

    consent_name: Annotated[str, Field(min_length=1, max_length=30)]
    consent_accept: Flag | None = None
    agreement_date: Millis | None = None
    ip: Text255 | None = None
    opt_out: Flag | None = None
    consent_description_id: Annotated[int, Field(strict=True)] | None = None

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[ConsentDetailDict]) -> None: ...


class DictionaryProperty(ApiModel):
    """contact/upsert, dictionaryProperties: a number or a date, under a name of the account.

    `value` is a positive whole number; for type DATE a datetime, date or UNIX ms. batchupsertv2
    wants dates at 00:00:00 UTC, which a `date` becomes. Its own sample has another hour, so other
    hours are accepted.
    """

    name: Annotated[str, Field(min_length=3, max_length=255)]
    type: Literal["NUMBER", "DATE"]
    value: Annotated[int, Field(strict=True, gt=0)]

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[DictionaryPropertyDict]) -> None: ...

    @field_validator("value", mode="before", json_schema_input_type=When)
    @classmethod
    def _date(cls, value: object, info: ValidationInfo) -> object:
        if info.data.get("type") != "DATE":
            return value
        # A midnight of early 1970, such as a birthday, is small and yet no number of seconds.
        midnight = type(value) is int and value % DAY_IN_MILLIS == 0
        return value if midnight else to_millis(value)

    @field_validator("value", mode="after")
    @classmethod
    def _not_too_large(cls, value: int, info: ValidationInfo) -> int:
        if info.data.get("type") == "DATE" and value > LARGEST_MILLIS:
            raise ValueError("must be milliseconds of a moment before the year 10000")
        if value > LARGEST_NUMBER:
            raise ValueError("must have at most 255 digits")
        return value


class Relation(ApiModel):
    """contact/batchupsertv2, relation: a relation to an existing contact; needs a permission."""

    type: Literal["CHILD", "PARENT"]
    email: Email


class ContactUpsert(Message):
    """Adds or changes a contact: an element of contact/batchupsertv2's upsertDetails.

    A field left out stays as it is at SALESmanago; "" clears a text. A tag in both `tags` and
    `remove_tags` is removed.

    `owner` (the account's if left out), `use_api_double_opt_in`, `lang` and `fire_events` belong to
    the request. So do `async_`, `double_opt_in_email_id` and `double_opt_in_language`, which only
    contact/upsert documents: a message with one of these has a call of its own, and cannot have a
    field that only batchupsertv2 documents (`lang`, `fire_events`, `relation`).

    Under double opt-in `force_opt_in` makes the API send an e-mail. If nobody knows whether the API
    took such a message, it is held, unless the settings say `ambiguous = "resend"`.

    Raises pydantic's ValidationError for a value that breaks a documented limit, and for opt-in and
    opt-out forced at once.
    """

    operation: ClassVar[str] = "contact.upsert"
    system: ClassVar[str] = "salesmanago"
    options_fields: ClassVar[frozenset[str]] = frozenset(
        {"owner", "use_api_double_opt_in", "lang", "fire_events", *SINGLE_ONLY}
    )

    contact: Contact
    #: The contact's next address; `contact.email` must be the current one. Ignored for a new
    #: contact.
    new_email: Email | None = None
    birthday: Birthday | None = None
    province: Text255 | None = None
    force_opt_in: Flag | None = None
    force_opt_out: Flag | None = None
    force_phone_opt_in: Flag | None = None
    force_phone_opt_out: Flag | None = None
    tags: list[Name255] | None = None
    remove_tags: list[Name255] | None = None
    properties: Properties | None = None
    dictionary_properties: list[DictionaryProperty] | None = None
    consent_details: list[ConsentDetail] | None = None
    relation: Relation | None = None

    #: E-mail address of a user of the SALESmanago account.
    owner: Code255 | None = None
    #: Overrides `force_opt_in` (batchupsertv2, useApiDoubleOptIn).
    use_api_double_opt_in: Flag | None = None
    lang: Text255 | None = None
    #: Whether the upsert starts rules and workflows.
    fire_events: Flag | None = None
    async_: Annotated[Flag | None, Field(alias="async")] = None
    double_opt_in_email_id: OwnId255 | None = None
    double_opt_in_language: Text255 | None = None

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[ContactUpsertDict]) -> None: ...

    def contact_key(self) -> str:
        return key_of(self.contact.contact_id, self.contact.email)

    def next_contact_key(self) -> str:
        """The next address: messages about it are about this contact from now on."""
        if self.new_email is None:
            return ""
        key = key_of(None, self.new_email)
        return "" if key == self.contact_key() else key

    def contact_keys(self) -> set[str]:
        return super().contact_keys() | ({key_of(None, self.contact.email)} - {""})

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.force_opt_in and self.force_opt_out:
            raise ValueError("forceOptIn and forceOptOut: both are true, send at most one as true")
        if self.force_phone_opt_in and self.force_phone_opt_out:
            raise ValueError(
                "forcePhoneOptIn and forcePhoneOptOut: both are true, send at most one as true"
            )
        return self

    @model_validator(mode="after")
    def _known_by_current_email(self) -> Self:
        if self.new_email is not None and self.contact.email is None:
            raise ValueError(
                "newEmail: give the current address as contact.email, contactId is not enough "
                "(contact/upsert, newEmail)"
            )
        return self

    @model_validator(mode="after")
    def _single_or_batch(self) -> Self:
        single = [name for field, name in SINGLE_ONLY.items() if getattr(self, field) is not None]
        batch = [name for field, name in BATCH_ONLY.items() if getattr(self, field) is not None]
        if single and batch:
            raise ValueError(
                f"{', '.join(single)} and {', '.join(batch)}: only contact/upsert takes the first "
                "and only contact/batchupsertv2 the second, so send them in two messages"
            )
        return self
