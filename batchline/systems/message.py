"""What every message has in common: strictness, dates, and the three parts that a lane stores."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

#: Smaller numbers are taken for seconds by mistake: as milliseconds they lie in early 1970.
SMALLEST_MILLIS = 10_000_000_000
#: Larger numbers lie after the year 9999.
LARGEST_MILLIS = 253_402_300_799_999


def to_millis(value: object) -> object:
    """UNIX milliseconds from a `datetime` with a time zone, a `date` (midnight UTC) or an int."""
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(
                "this datetime has no time zone: give one, such as datetime.now(timezone.utc)"
            )
        return round(value.timestamp() * 1000)
    if isinstance(value, date):
        return round(datetime.combine(value, time(), UTC).timestamp() * 1000)
    if isinstance(value, int) and 0 < value < SMALLEST_MILLIS:
        raise ValueError("this looks like seconds: give milliseconds (multiply by 1000)")
    return value


#: A moment in UNIX milliseconds; accepts datetime (with a time zone), date, or the number itself.
#: The limits stand before the validator: so pydantic checks them itself, and not in Python.
MillisField = Field(strict=True, gt=0, le=LARGEST_MILLIS)
Millis = Annotated[int, MillisField, BeforeValidator(to_millis)]


class ApiModel(BaseModel):
    """A part of a message: Python's names in code, the API's own names on the wire.

    Both are accepted. Unknown fields are refused; a field left out (or None) is not sent at all,
    while an empty string is sent and clears the value at the API. Errors never repeat the input.
    """

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        extra="forbid",
        hide_input_in_errors=True,
        str_strip_whitespace=False,
    )


class Message(ApiModel):
    """One validated operation and its payload.

    A subclass names its operation and system, and says which of its fields are not part of the
    API's item but of the request around it (`options_fields`).
    """

    #: The operation as lanes, settings and the command line name it, such as `event.add`.
    operation: ClassVar[str]
    #: The API that understands it, such as `salesmanago`.
    system: ClassVar[str]
    #: The operation whose lane it travels in, where order between the two matters; "": its own.
    #: Only what is idempotent may travel in another's lane.
    lane: ClassVar[str] = ""
    #: Fields (Python names) of the request around the item; they go to `options`, not to `payload`.
    options_fields: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def lane_operation(cls) -> str:
        """The operation that its lane is named after."""
        return cls.lane or cls.operation

    def contact_key(self) -> str:
        """Who the message is about, as one comparable string; "" when it is about nobody.

        The contact's id where given, else the lower-cased e-mail address. Messages of one key
        share a partition, and upserts of one key are merged.
        """
        raise NotImplementedError

    def with_external_id(self) -> Message:
        """The message with an identifier by which the API can be asked about it; itself if none."""
        return self

    def payload(self) -> bytes:
        """The item as the API wants it: compact UTF-8 JSON under the API's names."""
        # Straight from the serializer: `model_dump_json` makes a text of its bytes. What is not
        # set is None, and left out anyway.
        has_options = not self.options_fields.isdisjoint(self.__pydantic_fields_set__)
        return self.__pydantic_serializer__.to_json(
            self,
            by_alias=True,
            exclude_none=True,
            exclude=set(self.options_fields) if has_options else None,
        )

    def options(self) -> str:
        """The request's fields around the item, as sorted JSON under the API's names; or "".

        In another operation's lane, `op` says what the message is (`operation_of`).
        """
        chosen: dict[str, Any] = {"op": self.operation} if self.lane else {}
        if not self.options_fields.isdisjoint(self.__pydantic_fields_set__):
            chosen |= self.model_dump(
                by_alias=True, exclude_none=True, include=set(self.options_fields), mode="json"
            )
        return json.dumps(chosen, sort_keys=True, separators=(",", ":")) if chosen else ""


def operation_of(lane_operation: str, options: str) -> str:
    """What a message asks for: the lane's operation, unless its options name another (`op`)."""
    named = json.loads(options).get("op") if '"op":' in options else None
    return named if isinstance(named, str) else lane_operation


def request_fields(options: str) -> dict[str, Any]:
    """The request's fields around an item, from its stored options."""
    fields: dict[str, Any] = json.loads(options) if options else {}
    fields.pop("op", None)
    return fields
