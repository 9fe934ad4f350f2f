"""Events: POST /v1/event, /v2/event and /v1/past_events."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, BeforeValidator, JsonValue, model_validator

from batchline.systems.esputnik.messages.common import (
    EventTypeKey,
    KeyValue,
    Moment,
    Name,
    json_text,
)
from batchline.systems.message import ApiModel, Message

#: "How to use the generate event page": 20 KB a body, until support raises it.
LARGEST_EVENT = 20 * 1024
#: Parameters by which v2 finds the contact where there is no keyValue, lower-cased, in the order in
#: which it looks. Where ContactKey stands in that order is not said.
IDENTITY_PARAMS = (
    ("contactid", "contact_id"),
    ("externalcustomerid",),
    ("email", "emailaddress", "useremail", "contactemail"),
    ("phone", "sms", "phonenumber"),
    ("pushtoken",),
    ("contactkey", "contact_key"),
)


def _sayable(value: JsonValue) -> JsonValue:
    json_text(value)  # Python's JSON values hold NaN, which JSON does not.
    return value


class EventParam(ApiModel):
    """params, in v1: a name and a text.

    Of anything but a text, the JSON that says it is sent: v1 wants nested values as text.
    """

    name: Name
    value: Annotated[str, BeforeValidator(json_text)]


class EventParamV2(ApiModel):
    """params, in v2: a name and any JSON value, as it is."""

    name: Name
    value: Annotated[JsonValue, AfterValidator(_sayable)]


class _AnyEvent(Message):
    system: ClassVar[str] = "esputnik"

    #: A type that is unknown is created by the first event.
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

    `key_value` is the event's key, up to 300 characters: as a rule the contact's e-mail address. It
    is not what tells a repeated event from a new one: two events of one contact share it, and no
    document says that a repetition is dropped. Neither key may hold `< ; ' \\ / | " ` ^ ? ! , >`.
    """

    operation: ClassVar[str] = "event.add"

    key_value: KeyValue
    params: list[EventParam] | None = None

    def contact_key(self) -> str:
        return self.key_value.lower()


class EventV2(_AnyEvent):
    """Says that something happened: POST /v2/event, whose parameters may be nested JSON.

    Without `key_value` the contact is found by a parameter such as `ContactId`,
    `externalCustomerId`, `Email`, `Phone` or `PushToken`, in this order: one must be there.
    """

    operation: ClassVar[str] = "event.add_v2"

    key_value: KeyValue | None = None
    params: list[EventParamV2] | None = None

    def contact_key(self) -> str:
        return (self.key_value or self._identity()).lower()

    @model_validator(mode="after")
    def _of_somebody(self) -> Self:
        if not self.contact_key():
            raise ValueError(
                "keyValue: give it, or one of the params ContactId, externalCustomerId, Email, "
                "Phone, PushToken (POST /v2/event)"
            )
        return self

    def _identity(self) -> str:
        said = {param.name.lower(): _identifier(param) for param in self.params or ()}
        found = (said[name] for names in IDENTITY_PARAMS for name in names if said.get(name))
        return next(found, "")


def _identifier(param: EventParamV2) -> str:
    """The value; "" where v2 ignores it: an externalCustomerId that is blank or "null"."""
    value: Any = param.value
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    text = str(value).strip()
    return "" if text == "null" and param.name.lower() == "externalcustomerid" else text


class PastEvent(_AnyEvent):
    """An event of the past, for segmentation: an element of POST /v1/past_events' `events`.

    Segmentation by its type must be on, and the contact must exist. `occurred` is a datetime (with
    a time zone), a date, or the text of either; without a time zone it is the organisation's.
    """

    operation: ClassVar[str] = "event.add_past"

    key_value: KeyValue
    params: list[EventParam] | None = None
    occurred: Moment

    def contact_key(self) -> str:
        return self.key_value.lower()
