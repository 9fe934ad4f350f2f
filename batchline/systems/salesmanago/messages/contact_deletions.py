"""Deleting contacts: contact/delete and contact/batchDelete."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from batchline.systems.message import Message
from batchline.systems.salesmanago.messages.addressees import AddressedContacts, Capitals
from batchline.systems.salesmanago.messages.common import Email, Name255, Text255, key_of


class ContactDeletion(Message):
    """Deletes a contact: contact/delete, which knows it by `email` alone.

    It travels in the lane of `contact.upsert` and takes effect between the upserts of the contact
    that were enqueued before and after it. `owner` is the account's if left out. Raises pydantic's
    ValidationError for what breaks a documented limit.
    """

    operation: ClassVar[str] = "contact.delete"
    system: ClassVar[str] = "salesmanago"
    lane: ClassVar[str] = "contact.upsert"
    options_fields: ClassVar[frozenset[str]] = frozenset({"owner"})

    email: Email
    #: E-mail address of a user of the SALESmanago account.
    owner: Name255 | None = None

    def contact_key(self) -> str:
        return key_of(None, self.email)


class DeletedContacts(AddressedContacts):
    """contact/batchDelete, contacts: contacts of one kind.

    `value` has addresses, contact ids, tags or funnels, separated by commas (or as a list), up to
    255 characters in all; of type STAGE it is the funnel, and `opt_value` lists its stages.
    """

    method: ClassVar[str] = "contact/batchDelete"

    addressee_type: Annotated[Literal["EMAIL", "CONTACT_ID", "TAG", "FUNNEL", "STAGE"], Capitals]
    opt_value: Text255 | None = None

    @model_validator(mode="after")
    def _stages(self) -> Self:
        if self.opt_value is not None and self.addressee_type != "STAGE":
            raise ValueError("optValue: only addresseeType STAGE takes it (contact/batchDelete)")
        return self


class ContactMassDeletion(Message):
    """Deletes all contacts that any element of `contacts` names: contact/batchDelete.

    It travels in the lane of `contact.upsert`. Where it names more than one contact, or names them
    by tag, funnel or stage, nothing of its lane passes it in either direction; with several
    `partitions` that is lane 0 alone, so let the others run empty first. `owner` is the account's
    if left out. Raises pydantic's ValidationError for what breaks a documented limit.
    """

    operation: ClassVar[str] = "contact.delete_many"
    system: ClassVar[str] = "salesmanago"
    lane: ClassVar[str] = "contact.upsert"
    options_fields: ClassVar[frozenset[str]] = frozenset({"owner"})

    contacts: Annotated[list[DeletedContacts], Field(min_length=1)]
    #: E-mail address of a user of the SALESmanago account.
    owner: Name255 | None = None

    def contact_key(self) -> str:
        """The contact's key where it is a single one, else ""."""
        named = [(one.addressee_type, value) for one in self.contacts for value in one.values()]
        match named:
            case [("EMAIL", email)]:
                return key_of(None, email)
            case [("CONTACT_ID", contact_id)]:
                return key_of(contact_id, None)
        return ""
