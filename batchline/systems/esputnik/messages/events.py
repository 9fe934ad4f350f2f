"""Events: POST /v1/event, /v2/event, /v1/past_events and /v2/past_events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self, Unpack

from pydantic import BeforeValidator, JsonValue, model_validator

from batchline.systems import identifiers
from batchline.systems.esputnik.messages.common import (
    EventTypeKey,
    KeyValue,
    Moment,
    Name,
    json_text,
)
from batchline.systems.free_values import FreeValue
from batchline.systems.identified import without_empty
from batchline.systems.message import ApiModel, Message

if TYPE_CHECKING:
    from batchline.systems.esputnik.messages.dicts import (
        EventDict,
        EventParamDict,
        EventV2Dict,
        PastEventDict,
        PastEventV2Dict,
    )


#: The most bytes of an event's body: 20 KB, until support raises it ("How to use the generate event
#: page").
LARGEST_EVENT = 20 * 1024
#: Lower-cased names of the parameters by which v2 finds the contact of an event without keyValue,
#: in the order in which it looks. The documents do not say where ContactKey comes in this order.
IDENTITY_PARAMS = (
    ("contactid", "contact_id"),
    ("externalcustomerid",),
    ("email", "emailaddress", "useremail", "contactemail"),
    ("phone", "sms", "phonenumber"),
    ("pushtoken",),
    ("contactkey", "contact_key"),
)


ADDRESS_PARAMS = IDENTITY_PARAMS[2]


class EventParam(ApiModel):
    """params, in v1: a name and a text.

    A value that is no text is sent as JSON in a text, as v1 wants nested values.
    """

    name: Name
    value: Annotated[str, BeforeValidator(json_text, json_schema_input_type=JsonValue)]

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[EventParamDict]) -> None: ...


class EventParamV2(ApiModel):
    """params, in v2: a name and any JSON value, as it is."""

    name: Name
    value: FreeValue

    @model_validator(mode="after")
    def _names_the_contact(self) -> Self:
        name = self.name.lower()
        is_text = isinstance(self.value, str) and bool(self.value.strip())
        if is_text and any(name in group for group in IDENTITY_PARAMS):
            self.value = str(identifiers.cleaned(self.value))
            if name in ADDRESS_PARAMS:
                identifiers.checked_email(self.value)
        return self


class _AnyEvent(Message):
    """The base of all kinds of events."""

    system: ClassVar[str] = "esputnik"

    #: The first event of an unknown type creates the type.
    event_type_key: EventTypeKey

    @model_validator(mode="after")
    def _fits(self) -> Self:
        size = len(self.payload())
        if size > LARGEST_EVENT:
            raise ValueError(
                f"params: {size:,} bytes in all, at most {LARGEST_EVENT:,} are allowed: shorten "
                "them (generate event, 20 KB)"
            )
        return self


class Event(_AnyEvent):
    """Says that something happened: POST /v1/event.

    `key_value` is the event's key, up to 300 characters, usually the contact's e-mail address. It
    does not tell a repeated event from a new one: two events of one contact share it, and no
    document says that a repetition is dropped. Neither key may hold `< ; ' \\ / | " ` ^ ? ! , >`.
    """

    operation: ClassVar[str] = "event.add"

    key_value: KeyValue
    params: list[EventParam] | None = None

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[EventDict]) -> None: ...

    def contact_key(self) -> str:
        return self.key_value.lower()


class EventV2(_AnyEvent):
    """Says that something happened: POST /v2/event, whose parameters may be nested JSON.

    Without `key_value` the API finds the contact by a parameter: `ContactId`, `externalCustomerId`,
    `Email`, `Phone` or `PushToken`, in this order. The message must have one of them.
    """

    operation: ClassVar[str] = "event.add_v2"

    key_value: KeyValue | None = None
    params: list[EventParamV2] | None = None

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[EventV2Dict]) -> None: ...

    def contact_key(self) -> str:
        return (self.key_value or self._identity()).lower()

    @model_validator(mode="before")
    @classmethod
    def _without_empty_key(cls, value: Any) -> Any:
        """An empty key beside parameters is none: one of them has to name the contact."""
        params = value.get("params") if isinstance(value, dict) else None
        return without_empty(value, ("key_value", "params")) if params else value

    @model_validator(mode="after")
    def _names_its_contact(self) -> Self:
        if not self.contact_key():
            raise ValueError(
                "keyValue: give it, or one of the params ContactId, externalCustomerId, Email, "
                "Phone, PushToken (POST /v2/event)"
            )
        return self

    def _identity(self) -> str:
        values = {param.name.lower(): _identifier(param) for param in self.params or ()}
        names = (name for group in IDENTITY_PARAMS for name in group)
        return next((values[name] for name in names if values.get(name)), "")


def _identifier(param: EventParamV2) -> str:
    """The parameter's value; "" if v2 ignores it, as an externalCustomerId of blanks or "null"."""
    value: Any = param.value
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    text = str(value).strip()
    return "" if text == "null" and param.name.lower() == "externalcustomerid" else text


class _AnyPastEvent(_AnyEvent):
    """The base of the two kinds of events of the past."""

    key_value: KeyValue
    occurred: Moment

    def contact_key(self) -> str:
        return self.key_value.lower()


class PastEvent(_AnyPastEvent):
    """An event of the past, for segmentation: an element of POST /v1/past_events' `events`.

    Segmentation by the event's type must be on, and the contact must exist. `occurred` is a
    datetime (with a time zone), a date, or a text of either; a text without a time zone counts in
    the organisation's.
    """

    operation: ClassVar[str] = "event.add_past"

    params: list[EventParam] | None = None

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[PastEventDict]) -> None: ...


class PastEventV2(_AnyPastEvent):
    """An event of the past whose parameters may be nested JSON: POST /v2/past_events."""

    operation: ClassVar[str] = "event.add_past_v2"

    params: list[EventParamV2] | None = None

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[PastEventV2Dict]) -> None: ...
