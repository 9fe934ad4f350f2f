"""A contact's owner and monitoring: contact/setMainOwner, stopMonitoring, restoreMonitoring."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from batchline.systems.message import ApiModel, Message
from batchline.systems.salesmanago.messages.addressees import Capitals
from batchline.systems.salesmanago.messages.common import Email, Flag, Name255, key_of


class OwnerChange(Message):
    """Gives a contact another main owner: contact/setMainOwner.

    `contact` is the contact's e-mail address, `new_owner` that of a user of the account. It travels
    in the lane of `contact.upsert`. `owner`, "contact's owner", is the account's if left out.
    Raises pydantic's ValidationError for what breaks a documented limit.
    """

    operation: ClassVar[str] = "contact.set_owner"
    system: ClassVar[str] = "salesmanago"
    lane: ClassVar[str] = "contact.upsert"
    options_fields: ClassVar[frozenset[str]] = frozenset({"owner"})

    contact: Email
    new_owner: Name255
    owner: Name255 | None = None

    def contact_key(self) -> str:
        return key_of(None, self.contact)


class MonitoredContact(ApiModel):
    """contact/stopMonitoring, contacts: one contact by e-mail address.

    No table describes it and the sample knows no other addresseeType, so none is accepted.
    """

    addressee_type: Annotated[Literal["EMAIL"], Capitals] = "EMAIL"
    value: Email


class _MonitoringChange(Message):
    """Travels in the lane of `contact.upsert`, several of one owner in one call.

    Where it names more than one contact, nothing of its lane passes it in either direction.
    """

    system: ClassVar[str] = "salesmanago"
    lane: ClassVar[str] = "contact.upsert"
    options_fields: ClassVar[frozenset[str]] = frozenset({"owner", "async_"})

    contacts: Annotated[list[MonitoredContact], Field(min_length=1)]
    #: E-mail address of a user of the SALESmanago account; the account's owner if left out.
    owner: Name255 | None = None
    #: In the samples and in no table.
    async_: Annotated[Flag | None, Field(alias="async")] = None

    def contact_key(self) -> str:
        """The contact's key where it is a single one, else ""."""
        return key_of(None, self.contacts[0].value) if len(self.contacts) == 1 else ""


class MonitoringStop(_MonitoringChange):
    """Contacts are no longer monitored on the website: contact/stopMonitoring.

    Raises pydantic's ValidationError for what breaks a documented limit.
    """

    operation: ClassVar[str] = "contact.stop_monitoring"


class MonitoringRestoration(_MonitoringChange):
    """Contacts are monitored on the website again: contact/restoreMonitoring.

    Raises pydantic's ValidationError for what breaks a documented limit.
    """

    operation: ClassVar[str] = "contact.restore_monitoring"
