"""The base of every message: strictness, dates, and the three parts that a lane stores."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from batchline.systems.text import TextModel

#: A smaller number looks like seconds: in milliseconds it is a moment of early 1970.
SMALLEST_MILLIS = 10_000_000_000
#: A larger number is a moment after the year 9999.
LARGEST_MILLIS = 253_402_300_799_999


def to_millis(value: object) -> object:
    """UNIX ms from a `datetime` with a time zone or a `date` (midnight UTC); else the value itself.

    Raises ValueError for a datetime without a time zone, and for an int that looks like seconds.
    """
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


#: The limits of `Millis`. They come before its validator, so that pydantic's core checks them.
MillisField = Field(strict=True, gt=0, le=LARGEST_MILLIS)
#: What `to_millis` takes. Each validator that takes more than its field holds says so by
#: `json_schema_input_type`, for the types of messages' arguments (`dicts.py`) are made of it.
When = datetime | date | int
#: A moment in UNIX milliseconds; accepts datetime (with a time zone), date, or the number itself.
Millis = Annotated[int, MillisField, BeforeValidator(to_millis, json_schema_input_type=When)]


class ApiModel(TextModel):
    """A part of a message: Python's names in code, the API's own names on the wire.

    Both names are accepted. Unknown fields are refused. A field left out (or None) is not sent,
    while an empty string is sent and clears the value at the API. Errors never repeat the input.
    No text holds half of a character, or a control character (`TextModel`).
    """

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        extra="forbid",
        hide_input_in_errors=True,
        str_strip_whitespace=False,
        # A process validates few of the kinds of messages: most commands and workers none.
        defer_build=True,
    )


class Sendable(TextModel):
    """What a producer sends: a message of a system, or one of no system."""

    def to_row(self) -> str:
        """The message as a text, for a table of yours; `message_from_row` makes it again.

        It is JSON: what kind of message it is, and its data under the API's names.
        """
        data = self.model_dump_json(by_alias=True)
        return f'{json.dumps(self.row_kind())[:-1]}, "data": {data}}}'

    def row_kind(self) -> dict[str, str]:
        """What says in a row which class the message is of."""
        raise NotImplementedError


class Message(ApiModel, Sendable):
    """One validated operation and its payload.

    A subclass names its operation and its system. It also says which of its fields belong not to
    the API's item, but to the request around it (`options_fields`).
    """

    #: The operation's name in lanes, settings and the command line, such as `event.add`.
    operation: ClassVar[str]
    #: The name of the API, such as `salesmanago`.
    system: ClassVar[str]
    #: The operation whose lane it shares, where order between the two matters; "": it has its own.
    #: Only an idempotent operation may share another's lane.
    lane: ClassVar[str] = ""
    #: Whether it only takes something of its contact away, such as a deletion: it is sent for a
    #: suppressed contact too.
    withdraws: ClassVar[bool] = False
    #: Fields (Python names) of the request around the item: `options` has them, `payload` not.
    options_fields: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def lane_operation(cls) -> str:
        """The operation that names the lane."""
        return cls.lane or cls.operation

    def row_kind(self) -> dict[str, str]:
        return {"system": self.system, "op": self.operation}

    def contact_key(self) -> str:
        """The contact that the message is about, as one comparable string; "" for none or several.

        It is the contact's id if given, else the lower-cased e-mail address. Messages of one key
        share a partition, and upserts of one key are merged.
        """
        raise NotImplementedError

    def next_contact_key(self) -> str:
        """The key by which the contact is known after the message; "" if that does not change."""
        return ""

    def contact_keys(self) -> set[str]:
        """Every key by which other messages may name the contact, before or after this one."""
        return {key for key in (self.contact_key(), self.next_contact_key()) if key}

    def with_external_id(self) -> Message:
        """The message with an identifier by which the API can be asked about it.

        It is the message itself where it has an identifier, or can have none.
        """
        return self

    def payload(self) -> bytes:
        """The item as the API wants it: compact UTF-8 JSON under the API's names."""
        # Straight from the serializer, for `model_dump_json` makes a text of the bytes. A field
        # that is not set is None, and is left out anyway.
        has_options = not self.options_fields.isdisjoint(self.__pydantic_fields_set__)
        return self.__pydantic_serializer__.to_json(
            self,
            by_alias=True,
            exclude_none=True,
            exclude=set(self.options_fields) if has_options else None,
        )

    def options(self) -> str:
        """The request's fields around the item, as sorted JSON under the API's names; or "".

        In another operation's lane, `op` names the message's operation (`operation_of`).
        """
        fields: dict[str, Any] = {"op": self.operation} if self.lane else {}
        if not self.options_fields.isdisjoint(self.__pydantic_fields_set__):
            fields |= self.model_dump(
                by_alias=True, exclude_none=True, include=set(self.options_fields), mode="json"
            )
        return json.dumps(fields, sort_keys=True, separators=(",", ":")) if fields else ""


def compact_json(value: object) -> bytes:
    """JSON without blanks, in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def operation_of(lane_operation: str, options: str) -> str:
    """A message's operation: the lane's, unless the message's options name another (`op`)."""
    named = json.loads(options).get("op") if '"op":' in options else None
    return named if isinstance(named, str) else lane_operation


def request_fields(options: str) -> dict[str, Any]:
    """The request's fields around an item, from its stored options."""
    fields: dict[str, Any] = json.loads(options) if options else {}
    fields.pop("op", None)
    return fields
