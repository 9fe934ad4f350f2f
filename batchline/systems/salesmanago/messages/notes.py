"""Notes on contacts: contact/addNote."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from batchline.systems.identified import Identified
from batchline.systems.message import Message
from batchline.systems.salesmanago.messages.common import Code255, Email, Flag, Identifier, key_of


class Note(Identified, Message):
    """Adds a note of up to 1,024 characters to a contact: contact/addNote.

    `email` or `contact_id` must be given. Only the user that adds a private note (`priv`) sees it.
    `owner` is the account's if left out. Raises pydantic's ValidationError for a value that breaks
    a documented limit.
    """

    operation: ClassVar[str] = "note.add"
    system: ClassVar[str] = "salesmanago"
    options_fields: ClassVar[frozenset[str]] = frozenset({"owner"})

    email: Email | None = None
    contact_id: Identifier | None = None
    priv: Flag | None = None
    note: Annotated[str, Field(min_length=1, max_length=1024)]
    owner: Code255 | None = None

    def contact_key(self) -> str:
        return key_of(self.contact_id, self.email)

    @model_validator(mode="after")
    def _identified(self) -> Self:
        if self.email is None and self.contact_id is None:
            raise ValueError("email or contactId: give at least one (contact/addNote)")
        return self
