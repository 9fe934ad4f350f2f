"""Contacts: POST /v1/contacts (bulk), POST /v1/contact, PUT and DELETE /v1/contact/{id}."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self, Unpack, get_args

from pydantic import AliasChoices, Field, model_validator

from batchline.systems.esputnik.messages.common import (
    ApiId,
    ExternalId,
    Flag,
    Name,
    NewContactsEvent,
)
from batchline.systems.esputnik.messages.contact_parts import ContactParts, field_names, key_of
from batchline.systems.identified import Group, Identified
from batchline.systems.message import Message

if TYPE_CHECKING:
    from batchline.systems.esputnik.messages.dicts import (
        ContactDeletionDict,
        ContactUpdateDict,
        ContactUpsertDict,
        SingleContactUpsertDict,
    )


#: Values of `contactFields`, the fields that a bulk upsert may overwrite. The names come from a
#: public client's table, taken from the vendor's old schema; the vendor's own plugin uses `sms`. No
#: document shows a name for languageCode, timeZone, countryCode, externalCustomerId and push
#: channels (`contact_fields` in the account's settings adds names).
CONTACT_FIELDS = (
    "firstName",
    "lastName",
    "email",
    "sms",
    "region",
    "town",
    "address",
    "postcode",
)

DedupeOn = Literal[
    "email",
    "sms",
    "email_or_sms",
    "externalCustomerId",
    "id",
    "fieldId",
    "push",
    "mobilepush",
    "webpush",
]


class ContactUpsert(ContactParts, Message):
    """Adds or changes a contact: an element of POST /v1/contacts' `contacts`.

    A field left out stays as it is at eSputnik; "" clears a text. The message need not name its
    fields. If it does, in `contact_fields` (names in `CONTACT_FIELDS`) or `custom_fields_ids`, just
    these are overwritten at a contact that exists: a field that is not named stays as it is, and a
    named one that the message leaves out, such as a phone number, is cleared.

    The API looks for the contact by `external_customer_id`, then by the field that `dedupe_on`
    names. If left out, it is the account's `dedupe_on`, or an identifier that the message has if it
    does not have that one. `dedupe_on`, `field_id`, `custom_fields_ids`,
    `contact_fields`, `group_names`, `group_names_exclude`, `restore_deleted` and
    `event_key_for_new_contacts` belong to the request: contacts that differ in them go in different
    calls.

    The message must have at least one of `CONTACT_FIELDS`, such as an e-mail address or a phone
    number, or name `contact_fields`: without `contactFields` the API would overwrite every field.

    Raises pydantic's ValidationError for a value that breaks a documented limit.
    """

    operation: ClassVar[str] = "contact.upsert"
    system: ClassVar[str] = "esputnik"
    options_fields: ClassVar[frozenset[str]] = frozenset(
        {
            "dedupe_on",
            "field_id",
            "custom_fields_ids",
            "contact_fields",
            "group_names",
            "group_names_exclude",
            "restore_deleted",
            "event_key_for_new_contacts",
        }
    )

    identifiers: ClassVar[tuple[Group, ...]] = (("external_customer_id", "channels", "id"),)

    #: eSputnik's own id of the contact, for `dedupe_on = "id"`.
    id: ApiId | None = None

    dedupe_on: DedupeOn | None = None
    #: The additional field that tells contacts apart, for `dedupe_on = "fieldId"`.
    field_id: ApiId | None = None
    custom_fields_ids: Annotated[
        list[ApiId] | None,
        Field(
            min_length=1,
            validation_alias=AliasChoices("customFieldsIDs", "custom_fields_ids"),
            serialization_alias="customFieldsIDs",
        ),
    ] = None
    contact_fields: Annotated[list[Name], Field(min_length=1)] | None = None
    #: Names of segments that the contact is added to.
    group_names: Annotated[list[Name], Field(min_length=1)] | None = None
    #: Names of segments that the contact is taken out of.
    group_names_exclude: Annotated[list[Name], Field(min_length=1)] | None = None
    #: Whether a deleted contact is restored; False if left out: it is skipped.
    restore_deleted: Flag | None = None
    event_key_for_new_contacts: NewContactsEvent | None = None

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[ContactUpsertDict]) -> None: ...

    def contact_key(self) -> str:
        return key_of(self, self.id)

    def given(self) -> set[str]:
        """The names in `CONTACT_FIELDS` of the fields that the message has."""
        return set(CONTACT_FIELDS) & field_names(_as_json(self))

    @model_validator(mode="after")
    def _has_a_field_that_can_be_named(self) -> Self:
        if not self.given() and self.contact_fields is None:
            raise ValueError(
                f"give at least one of {', '.join(CONTACT_FIELDS)}: without it contactFields "
                "would be empty, and every field be overwritten (POST /v1/contacts)"
            )
        return self

    @model_validator(mode="after")
    def _can_be_found(self) -> Self:
        if not self.contact_key():
            raise ValueError(
                "externalCustomerId, channels or id: give at least one (POST /v1/contacts)"
            )
        if (self.field_id is not None) != (self.dedupe_on == "fieldId"):
            raise ValueError(
                'fieldId and dedupeOn: give fieldId with dedupeOn "fieldId", and only then '
                "(POST /v1/contacts)"
            )
        return self

    @model_validator(mode="after")
    def _has_the_field_of_dedupe_on(self) -> Self:
        if self.dedupe_on is not None and self.dedupe_on not in self._possible_dedupes():
            raise ValueError(
                f"dedupeOn: {self.dedupe_on} is not given, so the contact cannot be looked for by "
                "it: give it, or externalCustomerId (POST /v1/contacts)"
            )
        return self

    def _possible_dedupes(self) -> set[str]:
        if self.external_customer_id is not None:
            return {*get_args(DedupeOn)}
        dedupes: set[str] = {channel.type for channel in self.channels or ()}
        if dedupes & {"email", "sms"}:
            dedupes.add("email_or_sms")
        if self.id is not None:
            dedupes.add("id")
        if self.field_id in {field.id for field in self.fields or ()}:
            dedupes.add("fieldId")
        return dedupes


def _as_json(parts: ContactParts) -> dict[str, Any]:
    return parts.model_dump(
        by_alias=True, exclude_none=True, include=set(ContactParts.model_fields)
    )


class SingleContactUpsert(ContactParts, Message):
    """Adds or changes one contact at once: POST /v1/contact, whose answer is its id.

    A new contact is confirmed; a removed one is restored if it has the same `external_customer_id`.
    The request's `groups` is not offered: no document shows its shape.
    """

    operation: ClassVar[str] = "contact.upsert_one"
    system: ClassVar[str] = "esputnik"
    lane: ClassVar[str] = "contact.upsert"

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[SingleContactUpsertDict]) -> None: ...

    def contact_key(self) -> str:
        return key_of(self)

    @model_validator(mode="after")
    def _can_be_found(self) -> Self:
        if not self.contact_key():
            raise ValueError("externalCustomerId or channels: give at least one (POST /v1/contact)")
        return self


class ContactUpdate(ContactParts, Message):
    """Changes an existing contact, known by eSputnik's own id: PUT /v1/contact/{id}.

    The API refuses an `external_customer_id` that another contact has.
    """

    operation: ClassVar[str] = "contact.update"
    system: ClassVar[str] = "esputnik"
    lane: ClassVar[str] = "contact.upsert"
    options_fields: ClassVar[frozenset[str]] = frozenset({"contact_id"})
    identifiers: ClassVar[tuple[Group, ...]] = (("external_customer_id", "channels", "contact_id"),)

    contact_id: ApiId

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[ContactUpdateDict]) -> None: ...

    def contact_key(self) -> str:
        return key_of(self, self.contact_id)

    @model_validator(mode="after")
    def _has_a_field(self) -> Self:
        if not field_names(_as_json(self)):
            raise ValueError("give at least one field to change (PUT /v1/contact/{id})")
        return self


class ContactDeletion(Identified, Message):
    """Deletes a contact: DELETE /v1/contact/{id}, or /v1/contact?externalCustomerId=.

    The message has exactly one of `contact_id` and `external_customer_id`. `erase` (only with the
    latter) erases the contact's data as the GDPR wants it. A contact that is not there counts as
    deleted.

    Order holds among messages that name the contact alike, and only until the API has accepted
    them: it works on POST /v1/contacts in the background, "it may take a few minutes".
    """

    operation: ClassVar[str] = "contact.delete"
    withdraws: ClassVar[bool] = True
    system: ClassVar[str] = "esputnik"
    lane: ClassVar[str] = "contact.upsert"
    identifiers: ClassVar[tuple[Group, ...]] = (("contact_id", "external_customer_id"),)

    contact_id: ApiId | None = None
    external_customer_id: ExternalId | None = None
    erase: Flag | None = None

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[ContactDeletionDict]) -> None: ...

    def contact_key(self) -> str:
        return self.external_customer_id or f"id:{self.contact_id}"

    @model_validator(mode="after")
    def _one_contact(self) -> Self:
        if (self.contact_id is None) == (self.external_customer_id is None):
            raise ValueError("contactId, externalCustomerId: give exactly one (DELETE /v1/contact)")
        if self.erase is not None and self.external_customer_id is None:
            raise ValueError("erase: only with externalCustomerId (DELETE /v1/contact)")
        return self
