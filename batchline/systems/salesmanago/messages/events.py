"""External events: contact/batchAddContactExtEvent and v2/contact/addContactExtEvent."""

from __future__ import annotations

import math
import secrets
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, ClassVar, Self, Unpack

from pydantic import BeforeValidator, Field, model_validator

from batchline.systems.identified import Identified
from batchline.systems.message import ApiModel, Message
from batchline.systems.salesmanago.messages.common import (
    Code255,
    Email,
    Flag,
    Identifier,
    MillisOrNow,
    OwnId255,
    Text255,
    Text2048,
    Texts,
    comma_separated,
    key_of,
    now_in_millis,
)
from batchline.systems.salesmanago.messages.event_types import EventType

if TYPE_CHECKING:
    from batchline.systems.salesmanago.messages.dicts import ContactEventDict, ExternalEventDict


#: The add's `location`: "only letters a-z, A-Z, numbers 0-9, and _ ... must not start with a
#: number"; "" clears.
LOCATION = r"^([A-Za-z_][A-Za-z0-9_]*)?$"
#: The most digits of `contactEvent.value` before the point. The tables say "float (7.2)", and that
#: of the update explains it: "max 19 digits + 2 after the decimal point".
MOST_DIGITS = 19
#: Errors of adding floats are smaller than this: 0.1 + 0.2 is 0.30000000000000004.
FLOAT_NOISE = 0.000001
#: Below this value the next float is nearer than that.
SMALL = 10**9
TOO_FINE = "must have at most 2 decimals: round it the way your books do"
CENT = Decimal("0.01")
#: A float holds every whole number up to this one.
LARGEST_EXACT = 2**53


def _in_cents(value: float) -> float:
    """A small value, as most are, without noise; a float keeps its cents and a millionth."""
    cents = round(float(value), 2)
    if abs(value - cents) > FLOAT_NOISE:
        raise ValueError(TOO_FINE)
    return cents


def _noise(value: float | Decimal) -> Decimal:
    """The largest error of adding floats of this size; of a million million it is near a cent."""
    ulps = 4 * math.ulp(value) if isinstance(value, float) else 0.0
    return Decimal(max(FLOAT_NOISE, min(ulps, 0.004)))


def _value(value: object) -> object:
    """The value with 19 digits before the point and two behind, without noise of floats."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValueError("must be a number")
    if not isinstance(value, Decimal) and abs(value) < SMALL:
        return _in_cents(value)
    amount = Decimal(value) if isinstance(value, int) else Decimal(str(value))
    if not amount.is_finite() or amount.copy_abs() > 10**MOST_DIGITS:
        raise ValueError(f"must be a number of at most {MOST_DIGITS} digits before the point")
    cents = amount.quantize(CENT)
    if cents.copy_abs() >= 10**MOST_DIGITS:
        raise ValueError(f"must be a number of at most {MOST_DIGITS} digits before the point")
    if abs(amount - cents) > _noise(value):
        raise ValueError(TOO_FINE)
    if cents == cents.to_integral_value() and cents.copy_abs() > LARGEST_EXACT:
        return int(cents)
    number = float(cents)
    if Decimal(str(number)) != cents:
        raise ValueError("has more digits than a JSON number keeps: leave out the cents")
    return number


class ContactEvent(ApiModel):
    """v2/contact/addContactExtEvent, contactEvent: what happened.

    It happened at `date` (datetime, date or UNIX ms), now if left out; the past is allowed.

    `contact_ext_event_type` is one of `EVENT_TYPES`, such as PURCHASE. Another type is accepted;
    when it is sent there is an `UnknownEventType` warning, unless the account's settings list it.

    `products` are ids as in the product catalogue: a text such as "p01,p02" or a list, up to 2,048
    characters in all. A longer text is refused, never cut.

    `value`, "float (7.2)", is an int, float or Decimal of any sign, with up to 19 digits before the
    point and 2 behind it, as v2/contact/updateContactExtEvent explains. More decimals are refused
    rather than rounded, for rounding is yours to decide; only an error of float arithmetic (below a
    millionth) is dropped.

    `location` has letters a-z, A-Z, digits and _, and does not begin with a digit.

    `detail1` to `detail20` take 255 characters each, `description` 2,048. No length is documented
    for `shop_domain`.
    """

    date: MillisOrNow = Field(default_factory=now_in_millis)
    contact_ext_event_type: EventType
    description: Text2048 | None = None
    products: (
        Annotated[Text2048, BeforeValidator(comma_separated, json_schema_input_type=Texts)] | None
    ) = None
    location: Annotated[Text255, Field(pattern=LOCATION)] | None = None
    value: (
        Annotated[int | float, BeforeValidator(_value, json_schema_input_type=float | Decimal)]
        | None
    ) = None
    #: Your own identifier, such as the order's number; SALESmanago accepts it repeatedly.
    external_id: OwnId255 | None = None
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

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[ContactEventDict]) -> None: ...


class ExternalEvent(Identified, Message):
    """Adds an external event to a contact: an element of batchAddContactExtEvent's events.

    `email` or `contact_id` must be given. `owner` (the account's if left out) belongs to the
    request. Raises pydantic's ValidationError for a value that breaks a documented limit.

    With `single` the event has a call of its own, v2/contact/addContactExtEvent. Its answer has the
    eventId, which `Producer.api_id` then returns. But nobody learns whether the contact exists: the
    method accepts events of missing contacts, tries them for an hour by itself, and does not report
    that it gave one up. So no such event is parked or becomes a dead letter, and an event whose
    answer was lost meanwhile may be added twice.
    """

    operation: ClassVar[str] = "event.add"
    system: ClassVar[str] = "salesmanago"
    options_fields: ClassVar[frozenset[str]] = frozenset({"owner", "single"})

    email: Email | None = None
    contact_id: Identifier | None = None
    contact_event: ContactEvent
    #: E-mail address of a user of the SALESmanago account.
    owner: Code255 | None = None
    #: Not a field of the API: whether the event has a call of its own, so that its eventId is
    #: known.
    single: Flag | None = None

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[ExternalEventDict]) -> None: ...

    def contact_key(self) -> str:
        return key_of(self.contact_id, self.email)

    def with_external_id(self) -> ExternalEvent:
        """The event, with an externalId of ours if it has none, which contact/list shows."""
        if self.contact_event.external_id:
            return self
        change = {"external_id": f"batchline-{secrets.token_hex(12)}"}
        return self.model_copy(
            update={"contact_event": self.contact_event.model_copy(update=change)}
        )

    @model_validator(mode="after")
    def _identified(self) -> Self:
        if self.email is None and self.contact_id is None:
            raise ValueError("email or contactId: give at least one (batchAddContactExtEvent)")
        return self
