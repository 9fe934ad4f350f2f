"""Durations as people write them: 90s, 15m, 2h, 3d."""

from __future__ import annotations

import re

#: Seconds in a unit of a duration.
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
#: The longest duration, in days.
LONGEST = 36_500


def seconds_of(text: str) -> float:
    """A duration such as 90s, 15m, 2h or 3d in seconds, to the millisecond.

    Raises ValueError when it is none.
    """
    match = re.fullmatch(r"(\d{1,10}(?:\.\d{1,9})?)([smhd])", text.strip(), re.ASCII)
    if match is None:
        raise ValueError("must be a duration such as 90s, 15m, 2h or 3d")
    seconds = round(float(match[1]) * UNITS[match[2]], 3)
    if seconds > LONGEST * UNITS["d"]:
        raise ValueError(f"must be at most {LONGEST}d")
    return seconds


def duration_of(seconds: float) -> str:
    """The seconds as such a duration, in the largest unit of which they are a whole number."""
    for unit, length in reversed(UNITS.items()):
        if seconds and seconds % length == 0:
            return f"{seconds / length:.0f}{unit}"
    return f"{seconds:.3f}".rstrip("0").rstrip(".") + "s"
