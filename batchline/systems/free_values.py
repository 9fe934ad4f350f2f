"""Values that an API takes as they are: any JSON, with every text and number inside checked."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, JsonValue

from batchline.systems import amounts, text

#: Lists and objects inside of each other, at most.
DEEPEST = 100


def checked(value: Any) -> Any:
    """The value, its amounts as the shortest decimals that are meant.

    Raises ValueError, which says where, for a text that no message may hold and for a number that
    JSON cannot hold.
    """
    return _checked(value, ())


def _checked(value: Any, path: tuple[str, ...]) -> Any:
    if len(path) > DEEPEST:
        raise ValueError(f"has more than {DEEPEST} lists and objects inside of each other")
    if isinstance(value, dict):
        return {_name(name, path): _checked(one, (*path, str(name))) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_checked(one, (*path, str(number))) for number, one in enumerate(value)]
    try:
        if isinstance(value, str):
            return text.checked(value)
        return amounts.shortest(value) if isinstance(value, float | Decimal) else value
    except ValueError as error:
        raise _at(path, error) from None


def _name(name: Any, path: tuple[str, ...]) -> Any:
    try:
        return text.checked(name) if isinstance(name, str) else name
    except ValueError as error:
        raise _at(path, ValueError(f"a field's name {error}")) from None


def _at(path: tuple[str, ...], error: ValueError) -> ValueError:
    return ValueError(": ".join([*filter(None, [".".join(path)]), str(error)]))


#: Any JSON value.
FreeValue = Annotated[JsonValue, BeforeValidator(checked)]
