"""Neutral messages belong to no system: one call sends them to accounts of several systems.

`mapping.py` makes each account's own message of a neutral one, by the table in its settings.
"""

from __future__ import annotations

import difflib
import math
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self, Unpack

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    PlainSerializer,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from batchline.producers import tagged
from batchline.systems import amounts, text
from batchline.systems.details import repeated
from batchline.systems.identified import without_empty
from batchline.systems.identifiers import AnyAddress, Identifier
from batchline.systems.message import LARGEST_MILLIS, Sendable, to_millis

if TYPE_CHECKING:
    from batchline.producers.neutral_dicts import ContactDict, EventDict


def _moment(value: object) -> object:
    """The moment in UTC, from a datetime with a time zone, a date, UNIX ms, or ISO 8601 text."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError("must be ISO 8601, such as 2026-11-25T10:00:00+02:00") from None
    millis = to_millis(value)
    if isinstance(millis, bool) or not isinstance(millis, int) or not 0 < millis <= LARGEST_MILLIS:
        raise ValueError("must be a datetime with a time zone, a date, or UNIX milliseconds")
    return datetime.fromtimestamp(millis / 1000, UTC)


def _day(value: object) -> object:
    """The date, from a date or ISO 8601 text; pydantic alone would read digits as UNIX seconds."""
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValueError("must be a day such as 1987-06-05") from None
    if isinstance(value, datetime) or not isinstance(value, date):
        raise ValueError("must be a date, or a text such as 1987-06-05")
    return value


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


#: How like a field's name another name must be to be taken for it (`difflib`).
ALIKE = 0.7
Label = Annotated[str, Field(min_length=1)]
Flag = Annotated[bool, Field(strict=True)]
Moment = Annotated[
    datetime, BeforeValidator(_moment, json_schema_input_type=datetime | date | int | str)
]
#: A float without its noise (`amounts.py`); a Decimal stays one.
Number = (
    Annotated[int, Field(strict=True)]
    | Annotated[
        float, Field(strict=True, allow_inf_nan=False), AfterValidator(amounts.without_noise)
    ]
    | Annotated[Decimal, Field(strict=True, allow_inf_nan=False)]
)
#: A Decimal as `tagged.amount` writes it, in a row of an outbox.
_DECIMAL = re.compile(r"-?\d{1,20}(\.\d{1,20})?", re.ASCII)


def _amount(value: object) -> object:
    """The amount; a Decimal also of its text. No error speaks of the other types of a number."""
    value = tagged.read(value)
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return Decimal(value)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValueError("must be a number such as 19.90")
    if not math.isfinite(value):
        raise ValueError("must be a number, not NaN or infinity")
    return value


Amount = Annotated[
    Number,
    BeforeValidator(_amount, json_schema_input_type=int | float | Decimal),
    PlainSerializer(tagged.amount, when_used="json"),
]
#: A value of a field of your own; a field with None is left out.
Value = (
    Annotated[str, Field(strict=True)]
    | Flag
    | Number
    | Annotated[datetime, Field(strict=True)]
    | Annotated[date, Field(strict=True)]
    | list[str]
)


def _checked(value: object) -> object:
    """The value, with its text checked at once, so that no error speaks of its other types."""
    return text.checked(value) if isinstance(value, str) else tagged.read(value)


def _zoned(value: Value | None) -> Value | None:
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError("this datetime has no time zone: give one, such as timezone.utc")
    return value


#: Fields of your own; no name has a `*`, which stands for every other field in a mapping table.
OwnFields = dict[
    Annotated[str, Field(pattern="^[^*]+$")],
    Annotated[
        Value | None,
        BeforeValidator(_checked),
        AfterValidator(_zoned),
        PlainSerializer(tagged.written, when_used="json"),
    ],
]


class Neutral(Sendable):
    """A message of no system. A field left out (or None) is not sent; "" clears a text.

    `fields` holds values under names of your own. The table `[accounts.NAME.mapping.TYPE]` says
    for each account where a field goes; a field that it does not name is refused, never dropped.

    Each system has limits of its own. They are checked when the message is mapped, before
    anything is enqueued.
    """

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    #: The name of the type in routes, in mapping tables and for `batchline enqueue`.
    type_name: ClassVar[str]
    #: Fields that name the contact: one that is "" beside another one is none.
    identifiers: ClassVar[tuple[str, ...]]

    fields: OwnFields = {}

    def row_kind(self) -> dict[str, str]:
        return {"op": self.type_name}

    def given(self) -> dict[str, Any]:
        """Field -> value of every field that is not None, the fields in `fields` among them."""
        standard = {name: getattr(self, name) for name in standard_fields(type(self))}
        return {
            name: value for name, value in (standard | self.fields).items() if value is not None
        }

    @model_validator(mode="wrap")
    @classmethod
    def _with_its_own_words(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Leave out empty identifiers; tell of an unknown field which one is meant."""
        try:
            return handler(without_empty(value, cls.identifiers))
        except ValidationError as error:
            if not any(one["type"] == "extra_forbidden" for one in error.errors()):
                raise
            details = [cls._explained(one) for one in error.errors(include_url=False)]
            raise ValidationError.from_exception_data(
                error.title, details, hide_input=True
            ) from None

    @classmethod
    def _explained(cls, told: ErrorDetails) -> InitErrorDetails:
        if told["type"] != "extra_forbidden":
            return repeated(told)
        known = standard_fields(cls)
        near = difflib.get_close_matches(str(told["loc"][-1]), known, 1, ALIKE)
        hint = f"; did you mean {near[0]}?" if near else "."
        text = f"there is no such field{hint} Fields of your own go into `fields`"
        return InitErrorDetails(
            type=PydanticCustomError("unknown_field", "{text}", {"text": text}),
            loc=told["loc"],
            input=told["input"],
        )

    @model_validator(mode="after")
    def _own_names(self) -> Self:
        taken = [name for name in self.fields if name in standard_fields(type(self))]
        if taken:
            raise ValueError(
                f"fields: {', '.join(taken)}: is a field of its own, give it outside of `fields`"
            )
        return self


def standard_fields(model: type[Neutral]) -> tuple[str, ...]:
    """The type's own fields, which every mapping table of the type knows."""
    return tuple(name for name in model.model_fields if name != "fields")


class Contact(Neutral):
    """A contact to add or to change, known by its e-mail address, phone number or your own id.

    Each system needs a certain one of the three; none of them can be cleared, and one that is ""
    beside another is none. `tags` and `groups`
    are added, `remove_tags` and `remove_groups` removed.
    """

    type_name: ClassVar[str] = "contact"
    identifiers: ClassVar[tuple[str, ...]] = ("email", "phone", "external_id")

    email: AnyAddress | None = None
    #: The number with its country code, such as +48500100200.
    phone: Identifier | None = None
    #: Your own id of the contact, such as the user id in the shop.
    external_id: Identifier | None = None
    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    birthday: Annotated[date, BeforeValidator(_day, json_schema_input_type=date | str)] | None = (
        None
    )
    #: A language code such as `pl`.
    language: Label | None = None
    street: str | None = None
    postcode: str | None = None
    city: str | None = None
    region: str | None = None
    #: ISO 3166-1 alpha-2, such as PL.
    country: str | None = None
    #: Whether the contact may get e-mail from now on.
    email_opt_in: Flag | None = None
    #: Whether the contact may get text messages from now on.
    sms_opt_in: Flag | None = None
    tags: list[Label] | None = None
    remove_tags: list[Label] | None = None
    groups: list[Label] | None = None
    remove_groups: list[Label] | None = None

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[ContactDict]) -> None: ...

    @model_validator(mode="after")
    def _of_somebody(self) -> Self:
        if self.email is None and self.phone is None and self.external_id is None:
            raise ValueError("email, phone or external_id: give at least one")
        return self


class Event(Neutral):
    """Something that a contact did. `email`, `phone` or `contact_external_id` names the contact."""

    type_name: ClassVar[str] = "event"
    identifiers: ClassVar[tuple[str, ...]] = ("email", "phone", "contact_external_id")

    #: The event's type, such as PURCHASE; `mapping.event_types` has an account's own names.
    type: Label
    email: AnyAddress | None = None
    phone: Identifier | None = None
    #: `Contact.external_id` of the contact.
    contact_external_id: Identifier | None = None
    #: A datetime with a time zone, a date, UNIX ms, or ISO 8601 text; now if left out.
    time: Moment = Field(default_factory=_now)
    value: Amount | None = None
    #: ISO 4217, such as EUR.
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] | None = None
    #: Ids of products in the product catalogue.
    products: list[Label] | None = None
    description: str | None = None
    #: Your own id of the event, such as the order's number.
    external_id: Identifier | None = None

    if TYPE_CHECKING:

        def __init__(self, **values: Unpack[EventDict]) -> None: ...

    @model_validator(mode="after")
    def _of_somebody(self) -> Self:
        if self.email is None and self.phone is None and self.contact_external_id is None:
            raise ValueError("email, phone or contact_external_id: give at least one")
        return self


#: Type name -> class.
NEUTRAL: dict[str, type[Neutral]] = {model.type_name: model for model in (Contact, Event)}
