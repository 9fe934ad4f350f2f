"""A clock for durations: no other clock moves it, and it goes on while the machine sleeps."""

from __future__ import annotations

import time

#: Linux' clock; Python's monotonic clock stands still there while the machine sleeps.
_BOOT_TIME = getattr(time, "CLOCK_BOOTTIME", None)


def seconds() -> float:
    """Seconds since a moment of the past that stays the same while this process runs."""
    return time.monotonic() if _BOOT_TIME is None else time.clock_gettime(_BOOT_TIME)
