"""Deleting contacts: contact/delete and contact/batchDelete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Unpack

from pydantic import Field

from batchline.systems.message import Message
from batchline.systems.salesmanago.messages.common import Code255, Email, key_of
from batchline.systems.salesmanago.messages.selections import SelectedContacts, key_of_contacts

if TYPE_CHECKING:
    from batchline.systems.salesmanago.messages.dicts import (
        ContactMassDeletionDict,
        DeletedContactsDict,
    )


class ContactDeletion(Message):
    """Deletes a contact: contact/delete, which takes its `email` alone.

    The message shares the lane of `contact.upsert`, and takes effect between the upserts of the
    contact that were enqueued before and after it. `owner` is the account's if left out. Raises
    pydantic's ValidationError for a value that breaks a documented limit.
    """

    operation: ClassVar[str] = "contact.delete"
    withdraws: ClassVar[bool] = True
    system: ClassVar[str] = "salesmanago"
    lane: ClassVar[str] = "contact.upsert"
    options_fields: ClassVar[frozenset[str]] = frozenset({"owner"})

    email: Email
    #: E-mail address of a user of the SALESmanago account.
    owner: Code255 | None = None

    def contact_key(self) -> str:
        return key_of(None, self.email)


class DeletedContacts(SelectedContacts):
    """contact/batchDelete, contacts: contacts of one addresseeType, as `SelectedContacts` says."""

    method: ClassVar[str] = "contact/batchDelete"

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[DeletedContactsDict]) -> None: ...


class ContactMassDeletion(Message):
    """Deletes all contacts that any element of `contacts` names: contact/batchDelete.

    The message shares the lane of `contact.upsert`. If it names more than one contact, or names
    contacts by tag, funnel or stage, no message of its lane passes it, in either direction. With
    several `partitions` its lane is partition 0 alone, so let the others run empty first. `owner`
    is the account's if left out. Raises pydantic's ValidationError for a value that breaks a
    documented limit.
    """

    operation: ClassVar[str] = "contact.delete_many"
    withdraws: ClassVar[bool] = True
    system: ClassVar[str] = "salesmanago"
    lane: ClassVar[str] = "contact.upsert"
    options_fields: ClassVar[frozenset[str]] = frozenset({"owner"})

    contacts: Annotated[list[DeletedContacts], Field(min_length=1)]
    #: E-mail address of a user of the SALESmanago account.
    owner: Code255 | None = None

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[ContactMassDeletionDict]) -> None: ...

    def contact_key(self) -> str:
        return key_of_contacts(self.contacts)
