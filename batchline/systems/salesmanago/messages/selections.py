"""Contacts that a message names, or that the API selects by tag, funnel or stage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import model_validator

from batchline.systems.salesmanago.messages.addressees import AddressedContacts, Capitals
from batchline.systems.salesmanago.messages.common import Text255, key_of


class SelectedContacts(AddressedContacts):
    """Contacts of one addresseeType.

    `value` has addresses, contact ids, tags or funnels, separated by commas or as a list, up to 255
    characters in all. For the type STAGE it is the funnel, and `opt_value` lists its stages,
    separated by commas (email/sendEmail, contacts).
    """

    addressee_type: Annotated[Literal["EMAIL", "CONTACT_ID", "TAG", "FUNNEL", "STAGE"], Capitals]
    opt_value: Text255 | None = None

    @model_validator(mode="after")
    def _stages(self) -> Self:
        if self.opt_value is not None and self.addressee_type != "STAGE":
            raise ValueError(f"optValue: only addresseeType STAGE takes it ({self.method})")
        return self


def key_of_contacts(contacts: Sequence[AddressedContacts]) -> str:
    """The contact's key if there is a single contact, and a message names it; else ""."""
    values = [value for one in contacts for value in one.values()]
    kind = contacts[0].addressee_type
    if len(values) != 1 or kind not in ("EMAIL", "CONTACT_ID"):
        return ""
    return key_of(None, values[0]) if kind == "EMAIL" else values[0]
