"""Sales funnels: funnel/add, funnel/addContact and funnel/delete, in one lane."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Unpack

from pydantic import AfterValidator, BeforeValidator, Field, StrictFloat, StrictInt

from batchline.systems.amounts import without_noise
from batchline.systems.message import ApiModel, Message
from batchline.systems.salesmanago.messages.addressees import AddressedContacts, Capitals
from batchline.systems.salesmanago.messages.common import Code255, Flag
from batchline.systems.salesmanago.messages.selections import key_of_contacts

if TYPE_CHECKING:
    from batchline.systems.salesmanago.messages.dicts import (
        FunnelAdditionDict,
        FunnelContactsDict,
        FunnelEntryDict,
    )


#: A name of a funnel or a stage, without a documented length.
FunnelName = Annotated[str, Field(min_length=1)]
#: potValue, "default value of contacts": a number without documented limits.
PotValue = Annotated[
    StrictInt | Annotated[StrictFloat, Field(allow_inf_nan=False)],
    BeforeValidator(without_noise, json_schema_input_type=float | Decimal),
]


class FunnelStage(ApiModel):
    """funnel/add, stages: a stage's name (3 to 255 characters) and its order, from 1 on."""

    name: Annotated[str, Field(min_length=3, max_length=255)]
    order: Annotated[int, Field(strict=True, ge=1)]


def _in_sequence(stages: list[FunnelStage]) -> list[FunnelStage]:
    if sorted(stage.order for stage in stages) != list(range(1, len(stages) + 1)):
        raise ValueError("order: must be 1, 2, 3 ... to the number of stages (funnel/add, stages)")
    return stages


class _OfFunnel(Message):
    """The base of the three messages about a funnel."""

    system: ClassVar[str] = "salesmanago"
    options_fields: ClassVar[frozenset[str]] = frozenset({"owner"})

    funnel: FunnelName
    #: E-mail address of a user of the SALESmanago account; the account's owner if left out.
    owner: Code255 | None = None

    def contact_key(self) -> str:
        return ""


class FunnelAddition(_OfFunnel):
    """Makes a sales funnel: funnel/add.

    `stages` have names of 3 to 255 characters, and their orders are 1, 2, 3 ... No lengths are
    documented for `funnel` and `group`. The answer to a name that is taken is not documented
    either, so an addition whose answer was lost is held for a person.

    Additions, entries and deletions of funnels take effect in the order in which they were
    enqueued, as long as the lane of `funnel.add` has one partition.
    """

    operation: ClassVar[str] = "funnel.add"

    group: str | None = None
    pot_value: PotValue | None = None
    stages: Annotated[list[FunnelStage], Field(min_length=1), AfterValidator(_in_sequence)]

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[FunnelAdditionDict]) -> None: ...


class FunnelContacts(AddressedContacts):
    """funnel/addContact, contacts: "the email address of the contact, its ID, tag or funnel".

    `value` has values of one addresseeType, separated by commas or as a list, up to 255 characters
    in all.
    """

    method: ClassVar[str] = "funnel/addContact"

    addressee_type: Annotated[Literal["EMAIL", "CONTACT_ID", "TAG", "FUNNEL"], Capitals]

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[FunnelContactsDict]) -> None: ...


class FunnelEntry(_OfFunnel):
    """Puts contacts at a stage of a sales funnel: funnel/addContact.

    With `modify` the contacts are marked as modified. If the API says false for a contact, the
    message becomes a dead letter. A contact that the answer does not name does not exist yet, and
    the message is tried again.
    """

    operation: ClassVar[str] = "funnel.add_contact"
    lane: ClassVar[str] = "funnel.add"

    stage: FunnelName
    pot_value: PotValue | None = None
    modify: Flag | None = None
    contacts: Annotated[list[FunnelContacts], Field(min_length=1)]

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[FunnelEntryDict]) -> None: ...

    def contact_key(self) -> str:
        return key_of_contacts(self.contacts)


class FunnelDeletion(_OfFunnel):
    """Deletes a sales funnel, or only its `stage` if given: funnel/delete."""

    operation: ClassVar[str] = "funnel.delete"
    lane: ClassVar[str] = "funnel.add"

    stage: FunnelName | None = None
