"""Messages that were prepared in eSputnik: POST /v1/message/{id}/smartsend."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, ClassVar, Self, Unpack

from pydantic import AfterValidator, BeforeValidator, JsonValue, model_validator

from batchline.systems import free_values
from batchline.systems.esputnik.messages.common import ApiId, Flag, Identifier, Name, json_text
from batchline.systems.identified import Group, Identified
from batchline.systems.message import Message

if TYPE_CHECKING:
    from batchline.systems.esputnik.messages.dicts import PreparedMessageDict


def _is_json(value: str) -> str:
    try:
        data = json.loads(value)
    except (ValueError, RecursionError):
        raise ValueError(
            'must be JSON as text, such as {"field1":"value1"}: give a dict, it is serialised'
        ) from None
    free_values.checked(data)
    return value


class PreparedMessage(Identified, Message):
    """Sends a prepared message to one recipient: an element of smartsend's `recipients`.

    `message_id` is the message's id in eSputnik. The recipient is `locator` (an e-mail address, a
    phone number, a push token) or `contact_id`. `json_param` is the data for the message: a dict,
    or JSON as text. `message_id`, `email`, `from_name` and `external_request_id` belong to the
    request: recipients that are equal in them go in one call.

    An unknown address becomes a contact.
    """

    operation: ClassVar[str] = "message.send"
    system: ClassVar[str] = "esputnik"
    options_fields: ClassVar[frozenset[str]] = frozenset(
        {"message_id", "email", "from_name", "external_request_id"}
    )
    identifiers: ClassVar[tuple[Group, ...]] = (("locator", "contact_id"),)

    message_id: ApiId
    locator: Identifier | None = None
    contact_id: ApiId | None = None
    json_param: (
        Annotated[
            str,
            BeforeValidator(json_text, json_schema_input_type=JsonValue),
            AfterValidator(_is_json),
        ]
        | None
    ) = None
    language_code: Name | None = None

    #: Whether the message is an e-mail; False for a push.
    email: Flag | None = None
    from_name: Name | None = None
    external_request_id: Identifier | None = None

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[PreparedMessageDict]) -> None: ...

    def contact_key(self) -> str:
        return (self.locator or f"id:{self.contact_id}").lower()

    @model_validator(mode="after")
    def _one_recipient(self) -> Self:
        if (self.locator is None) == (self.contact_id is None):
            raise ValueError("locator, contactId: give exactly one (smartsend, recipients)")
        return self
