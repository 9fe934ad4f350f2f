"""Contacts by addresseeType and value, as the methods for many contacts take them."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

from pydantic import BeforeValidator, model_validator

from batchline.systems.identifiers import checked_email
from batchline.systems.message import ApiModel
from batchline.systems.salesmanago.messages.common import (
    Name255,
    Texts,
    comma_space_separated,
    each_cleaned,
)


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


#: The documents write addresseeType in both cases; Batchline sends it in capitals.
Capitals = BeforeValidator(_upper)


#: addresseeTypes whose values name contacts.
IDENTIFIERS = ("EMAIL", "CONTACT_ID", "USER_ID", "ID")


class AddressedContacts(ApiModel):
    """Contacts of one addresseeType; a subclass lists the types of its method.

    `value` is a text such as "a@example.com, b@example.com", or a list of values; it has up to 255
    characters in all.
    """

    #: The method's name in the documents, for error messages.
    method: ClassVar[str]

    addressee_type: Annotated[str, Capitals]
    value: Annotated[Name255, BeforeValidator(comma_space_separated, json_schema_input_type=Texts)]

    def values(self) -> list[str]:
        """The single values."""
        return [one.strip() for one in self.value.split(",")]

    @model_validator(mode="after")
    def _each(self) -> Self:
        if self.addressee_type in IDENTIFIERS:
            self.value = each_cleaned(self.value)
        for one in self.values():
            if not one:
                raise ValueError(f"value: nothing between two commas ({self.method})")
            if self.addressee_type == "EMAIL":
                checked_email(one)
        return self
