"""A reading of Batchline's clock (`redis_clock.py`)."""

from __future__ import annotations

from typing import NamedTuple


class Reading(NamedTuple):
    """What the clock showed, and when by `clock.seconds` it was asked and had answered."""

    #: UNIX ms.
    ms: int
    sent: float
    received: float
