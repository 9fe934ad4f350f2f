"""Contacts: their values, their events, and the union of two contacts."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self, Unpack

from pydantic import Field, PlainValidator, model_validator

from batchline.systems import free_values
from batchline.systems.smartsender.messages.common import ContactId, ContactMessage, Text

if TYPE_CHECKING:
    from batchline.systems.smartsender.messages.dicts import (
        ContactUniteDict,
        ContactUpdateDict,
        EventFireDict,
    )


def _checked_value(value: Any) -> str | int | float | bool | None:
    if not isinstance(value, str | int | float | Decimal | None) or value != value:
        raise ValueError(
            "must be a text, a number, true, false or null, which clears; a date is a text, "
            "YYYY-MM-DD HH:mm:ss"
        )
    checked: str | int | float | bool | None = free_values.checked(value)
    return checked


#: A value of a variable or a system field (contacts/{id}, values); None clears it.
Value = Annotated[
    str | int | float | bool | None,
    PlainValidator(_checked_value, json_schema_input_type=str | float | bool | Decimal | None),
]


class ContactUpdate(ContactMessage):
    """Changes a contact's variables and system fields: PUT contacts/{id}, `values`.

    `values` has at least one name; a value is a text, a number, true or false, and None clears the
    field. "If an invalid value
    is specified for a field update, the field will be skipped": the answer does not say so.

    Raises pydantic's ValidationError for any other value.
    """

    operation: ClassVar[str] = "contact.update"

    values: Annotated[dict[Text, Value], Field(min_length=1)]

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[ContactUpdateDict]) -> None: ...


class EventFire(ContactMessage):
    """Starts an event for a contact: POST contacts/{id}/fire.

    `name` is case-sensitive. The API takes no parameters with an event, and no key by which it
    could tell a repeated event from a second one.
    """

    operation: ClassVar[str] = "event.fire"

    name: Text

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[EventFireDict]) -> None: ...


class ContactUnite(ContactMessage):
    """Makes two contacts one: POST contacts/{id}/unite/{targetId}.

    The contact `contact_id` remains, with its tags, funnels and variables. It gets the ones that it
    does not have from `target_id`.
    """

    operation: ClassVar[str] = "contact.unite"
    options_fields: ClassVar[frozenset[str]] = frozenset({"contact_id", "target_id"})

    target_id: ContactId

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[ContactUniteDict]) -> None: ...

    @model_validator(mode="after")
    def _two(self) -> Self:
        if self.contact_id == self.target_id:
            raise ValueError("targetId: must be another contact than contactId")
        return self
