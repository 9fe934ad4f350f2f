"""Numbers and times as the pages show them. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

from batchline.worker.inspection.surroundings import Use
from batchline.worker.troubles.words import span

#: Where there is no number.
NONE = "\N{EN DASH}"


def age(seconds: float | None) -> str:
    """Seconds as people read them: 4 s, 12 min; a dash for none."""
    return NONE if seconds is None else span(seconds * 1000)


def count(number: int | None) -> str:
    """A number with its thousands apart; a dash for none."""
    return NONE if number is None else f"{number:,}"


def rate(number: float | None) -> str:
    """A number per minute or second, as exact as is of use."""
    if number is None:
        return NONE
    return f"{number:,.0f}" if number >= 10 or number == int(number) else f"{number:,.1f}"


def moment(ms: int) -> str:
    """UNIX ms as a time of UTC."""
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def moment_iso(ms: int) -> str:
    """UNIX ms as machines read it."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="seconds")


def limits(use: Use | None) -> list[str]:
    """How much of each limit is used, in words."""
    if use is None:
        return []
    parts = (
        (use.last_second, use.limits.per_second, "a second"),
        (use.last_minute, use.limits.per_minute, "a minute"),
        (use.under_way, use.limits.concurrent, "at once"),
    )
    found = [f"{used:,} of {limit:,g} {what}" for used, limit, what in parts if limit is not None]
    if use.factor < 1:
        found.append(f"{use.factor:.0%} of it since the API said too much")
    return found
