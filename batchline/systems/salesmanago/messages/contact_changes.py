"""A contact's owner and monitoring: contact/setMainOwner, stopMonitoring, restoreMonitoring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Unpack

from pydantic import Field

from batchline.systems.message import ApiModel, Message
from batchline.systems.salesmanago.messages.addressees import Capitals
from batchline.systems.salesmanago.messages.common import Code255, Email, Flag, key_of

if TYPE_CHECKING:
    from batchline.systems.salesmanago.messages.dicts import (
        MonitoringRestorationDict,
        MonitoringStopDict,
    )


class OwnerChange(Message):
    """Gives a contact another main owner: contact/setMainOwner.

    `contact` is the contact's e-mail address, `new_owner` the address of a user of the account. The
    message shares the lane of `contact.upsert`. `owner`, "contact's owner", is the account's if
    left out. Raises pydantic's ValidationError for a value that breaks a documented limit.
    """

    operation: ClassVar[str] = "contact.set_owner"
    system: ClassVar[str] = "salesmanago"
    lane: ClassVar[str] = "contact.upsert"
    options_fields: ClassVar[frozenset[str]] = frozenset({"owner"})

    contact: Email
    new_owner: Code255
    owner: Code255 | None = None

    def contact_key(self) -> str:
        return key_of(None, self.contact)


class MonitoredContact(ApiModel):
    """contact/stopMonitoring, contacts: one contact by e-mail address.

    No table describes the element. The sample has no other addresseeType, so no other is accepted.
    """

    addressee_type: Annotated[Literal["EMAIL"], Capitals] = "EMAIL"
    value: Email


class _MonitoringChange(Message):
    """A change of monitoring, in the lane of `contact.upsert`; several of one owner are one call.

    No message of the lane passes a change of more than one contact, in either direction.
    """

    system: ClassVar[str] = "salesmanago"
    lane: ClassVar[str] = "contact.upsert"
    options_fields: ClassVar[frozenset[str]] = frozenset({"owner", "async_"})

    contacts: Annotated[list[MonitoredContact], Field(min_length=1)]
    #: E-mail address of a user of the SALESmanago account; the account's owner if left out.
    owner: Code255 | None = None
    #: The samples have this field, no table does.
    async_: Annotated[Flag | None, Field(alias="async")] = None

    def contact_key(self) -> str:
        """The contact's key if there is a single contact, else ""."""
        return key_of(None, self.contacts[0].value) if len(self.contacts) == 1 else ""


class MonitoringStop(_MonitoringChange):
    """Stops the monitoring of contacts on the website: contact/stopMonitoring.

    Raises pydantic's ValidationError for a value that breaks a documented limit.
    """

    operation: ClassVar[str] = "contact.stop_monitoring"
    withdraws: ClassVar[bool] = True

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[MonitoringStopDict]) -> None: ...


class MonitoringRestoration(_MonitoringChange):
    """Starts the monitoring of contacts on the website again: contact/restoreMonitoring.

    Raises pydantic's ValidationError for a value that breaks a documented limit.
    """

    operation: ClassVar[str] = "contact.restore_monitoring"

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[MonitoringRestorationDict]) -> None: ...
