"""External events: contact/batchAddContactExtEvent and v2/contact/addContactExtEvent."""

from __future__ import annotations

import secrets
from decimal import Decimal
from typing import Annotated, ClassVar, Self

from pydantic import BeforeValidator, Field, model_validator

from batchline.systems.message import ApiModel, Message
from batchline.systems.salesmanago.messages.common import (
    Email,
    Flag,
    Identifier,
    MillisOrNow,
    Name255,
    Text255,
    Text2048,
    comma_separated,
    key_of,
    now_in_millis,
)
from batchline.systems.salesmanago.messages.event_types import EventType

#: value: float (7.2).
LARGEST_VALUE = 9_999_999.99
#: What adding floats leaves behind is smaller: 0.1 + 0.2 is 0.30000000000000004.
FLOAT_NOISE = 0.000001


def _value(value: object) -> object:
    """Seven digits before the point and two behind; noise of floats is dropped, cents are not."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValueError("must be a number")
    amount = float(value) if isinstance(value, Decimal) else value
    if not abs(amount) <= LARGEST_VALUE + FLOAT_NOISE:  # so written, it refuses NaN as well
        raise ValueError(f"must be from -{LARGEST_VALUE} to {LARGEST_VALUE}")
    cents = round(float(amount), 2)
    if abs(amount - cents) > FLOAT_NOISE:
        raise ValueError("must have at most 2 decimals: round it the way your books do")
    return cents


class ContactEvent(ApiModel):
    """v2/contact/addContactExtEvent, contactEvent: what happened.

    `date` (datetime, date or UNIX ms) is when; now if left out, and the past is allowed.

    `contact_ext_event_type` is one of `EVENT_TYPES`, such as PURCHASE; another one is accepted with
    an `UnknownEventType` warning.

    `products` are ids as in the product catalogue, "p01,p02", or a list of them: up to 2,048
    characters in all. Longer ones are refused, never cut.

    `value`, "float (7.2)", is read as up to 7 digits before the point and 2 behind it: an int,
    float or Decimal of any sign. More decimals are refused rather than rounded, for rounding is
    yours to decide; only what float arithmetic leaves behind (below a millionth) is dropped.

    `location`: letters a-z, A-Z, digits and _, the first no digit.

    `detail1` to `detail20` take 255 characters each, `description` 2,048. No length is documented
    for `shop_domain`.
    """

    date: MillisOrNow = Field(default_factory=now_in_millis)
    contact_ext_event_type: EventType
    description: Text2048 | None = None
    products: Annotated[Text2048, BeforeValidator(comma_separated)] | None = None
    location: Annotated[Text255, Field(pattern="^([A-Za-z_][A-Za-z0-9_]*)?$")] | None = None
    value: Annotated[float, BeforeValidator(_value)] | None = None
    #: Your own identifier, such as the order's; SALESmanago does not look for repetitions of it.
    external_id: Text255 | None = None
    shop_domain: str | None = None
    detail1: Text255 | None = None
    detail2: Text255 | None = None
    detail3: Text255 | None = None
    detail4: Text255 | None = None
    detail5: Text255 | None = None
    detail6: Text255 | None = None
    detail7: Text255 | None = None
    detail8: Text255 | None = None
    detail9: Text255 | None = None
    detail10: Text255 | None = None
    detail11: Text255 | None = None
    detail12: Text255 | None = None
    detail13: Text255 | None = None
    detail14: Text255 | None = None
    detail15: Text255 | None = None
    detail16: Text255 | None = None
    detail17: Text255 | None = None
    detail18: Text255 | None = None
    detail19: Text255 | None = None
    detail20: Text255 | None = None


class ExternalEvent(Message):
    """Adds an external event to a contact: an element of batchAddContactExtEvent's events.

    `email` or `contact_id` must be given. `owner` (the account's if left out) is of the request.
    Raises pydantic's ValidationError for what breaks a documented limit.

    With `single` the event travels alone, by v2/contact/addContactExtEvent: its answer brings the
    eventId, which `Producer.api_id` then gives. It costs a call for each event, and the knowledge
    whether the contact exists: that method accepts events of missing contacts, tries them for an
    hour by itself, and never tells that it gave one up. Nothing is parked or dead-lettered then,
    and an event whose answer was lost meanwhile may be added twice.
    """

    operation: ClassVar[str] = "event.add"
    system: ClassVar[str] = "salesmanago"
    options_fields: ClassVar[frozenset[str]] = frozenset({"owner", "single"})

    email: Email | None = None
    contact_id: Identifier | None = None
    contact_event: ContactEvent
    #: E-mail address of a user of the SALESmanago account.
    owner: Name255 | None = None
    #: Ours, not the API's: whether the event travels alone, so that its eventId is known.
    single: Flag | None = None

    def contact_key(self) -> str:
        return key_of(self.contact_id, self.email)

    def with_external_id(self) -> ExternalEvent:
        """With an externalId of ours where the event has none (contact/list shows it)."""
        if self.contact_event.external_id:
            return self
        stamp = {"external_id": f"batchline-{secrets.token_hex(12)}"}
        return self.model_copy(
            update={"contact_event": self.contact_event.model_copy(update=stamp)}
        )

    @model_validator(mode="after")
    def _identified(self) -> Self:
        if self.email is None and self.contact_id is None:
            raise ValueError("email or contactId: give at least one (batchAddContactExtEvent)")
        return self
