"""Loyalty programs: loyalty/program/v1/addContact, removeContact and modifyPoints, in one lane."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Unpack

from pydantic import Field

from batchline.systems.message import Message
from batchline.systems.salesmanago.messages.common import Code255, Name255, Text255
from batchline.systems.salesmanago.messages.selections import SelectedContacts, key_of_contacts

if TYPE_CHECKING:
    from batchline.systems.salesmanago.messages.dicts import (
        LoyaltyContactsDict,
        LoyaltyEntryDict,
        LoyaltyExitDict,
        PointsChangeDict,
    )


class LoyaltyContacts(SelectedContacts):
    """loyalty/program/v1/*, contacts, "in accordance to other API methods with addresseeType"."""

    method: ClassVar[str] = "loyalty/program/v1"

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[LoyaltyContactsDict]) -> None: ...


class _OfProgram(Message):
    """The base of the three messages about a program: its name, and the contacts."""

    system: ClassVar[str] = "salesmanago"
    options_fields: ClassVar[frozenset[str]] = frozenset({"owner"})

    contacts: Annotated[list[LoyaltyContacts], Field(min_length=1)]
    loyalty_program: Name255
    #: E-mail address of a user of the SALESmanago account; the account's owner if left out.
    owner: Code255 | None = None

    def contact_key(self) -> str:
        return key_of_contacts(self.contacts)


class LoyaltyEntry(_OfProgram):
    """Adds contacts to a loyalty program: loyalty/program/v1/addContact.

    The message shares the lane of `loyalty.modify_points`: entries, exits and points of one contact
    arrive in the order in which they were enqueued, if every message names the contact in one way.
    With tags, funnels, stages or several contacts in a message, this holds as long as the lane has
    one partition.
    """

    operation: ClassVar[str] = "loyalty.add_contact"
    lane: ClassVar[str] = "loyalty.modify_points"

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[LoyaltyEntryDict]) -> None: ...


class LoyaltyExit(_OfProgram):
    """Removes contacts from a loyalty program: loyalty/program/v1/removeContact.

    It keeps the order with entries and points, as `LoyaltyEntry` says.
    """

    operation: ClassVar[str] = "loyalty.remove_contact"
    withdraws: ClassVar[bool] = True
    lane: ClassVar[str] = "loyalty.modify_points"

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[LoyaltyExitDict]) -> None: ...


class PointsChange(_OfProgram):
    """Adds or subtracts points of contacts in a program: loyalty/program/v1/modifyPoints.

    `points` is a whole number from 1 on, `comment` has up to 255 characters. The API does not
    recognise a repeated change, so a change whose answer was lost is held for a person.
    """

    operation: ClassVar[str] = "loyalty.modify_points"

    points: Annotated[int, Field(strict=True, ge=1)]
    modification_type: Literal["ADD", "SUBTRACT"]
    comment: Text255 | None = None

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[PointsChangeDict]) -> None: ...
