"""Amounts: an int, float or Decimal becomes the shortest decimal that is meant, exactly.

`0.1 + 0.2` is 0.30000000000000004 as a float, and 0.3 is meant. A Decimal is taken as it is: if no
number of JSON holds it exactly, it is refused rather than rounded.
"""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

#: Decimals of an amount; a float with more of them is looked at for noise.
_DECIMALS = 6
#: Errors of adding floats are smaller than this part of the amount.
_NOISE = 1e-12
#: Digits of a decimal that a float keeps.
_DIGITS = 15


def shortest(value: float | Decimal) -> int | float:
    """The amount as a number of JSON; a whole Decimal is an int.

    Raises ValueError for a Decimal with more digits than such a number keeps, for NaN and for
    infinity.
    """
    if isinstance(value, int):
        return value
    if not math.isfinite(value):
        raise ValueError("must be a number, not NaN or infinity")
    if isinstance(value, Decimal):
        return _exact(value)
    near = round(value, _DECIMALS)
    if abs(near - value) > abs(value) * _NOISE:
        near = float(f"{value:.{_DIGITS}g}")
    return near


def as_text(value: float | Decimal) -> str:
    """The amount as a text: no exponent, no noise of floats, no zeros at the end."""
    if isinstance(value, int):
        return str(value)
    exact = value if isinstance(value, Decimal) else Decimal(repr(shortest(value)))
    text = f"{exact:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def without_noise(value: Any) -> Any:
    """`shortest` of a float or a Decimal; any other value as it is."""
    return shortest(value) if isinstance(value, float | Decimal) else value


def _exact(value: Decimal) -> int | float:
    if value == value.to_integral_value():
        return int(value)
    near = float(value)
    if Decimal(repr(near)) != value:
        raise ValueError(
            f"{len(value.as_tuple().digits)} digits are more than a number of JSON keeps: round it "
            "the way your books do"
        )
    return near


#: An amount from 0 on; a whole number stays one in JSON.
PositiveAmount = Annotated[
    Annotated[int, Field(ge=0)] | Annotated[float, Field(ge=0, allow_inf_nan=False)],
    BeforeValidator(without_noise, json_schema_input_type=float | Decimal),
]
