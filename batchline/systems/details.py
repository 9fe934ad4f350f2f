"""Details of a pydantic error, to be raised again among others."""

from __future__ import annotations

from typing import get_args

from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError
from pydantic_core.core_schema import ErrorType

#: Names of pydantic's own errors; others are made anew with their text.
_OWN_TYPES = frozenset(get_args(ErrorType))


def repeated(told: ErrorDetails, above: tuple[int | str, ...] = ()) -> InitErrorDetails:
    """The same detail, at its location below `above`."""
    path = (*above, *told["loc"])
    if told["type"] not in _OWN_TYPES:
        kind = PydanticCustomError(told["type"], "{text}", {"text": told["msg"]})
        return InitErrorDetails(type=kind, loc=path, input=told["input"])
    return InitErrorDetails(
        type=told["type"], loc=path, input=told["input"], ctx=told.get("ctx", {})
    )
