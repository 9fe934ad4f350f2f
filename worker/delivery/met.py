"""Which troubles a batch met, and whether its task fails for them. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from batchline.producers.lanes import Lane
from batchline.systems.verdicts import (
    CredentialsRefused,
    Dead,
    DestinationFailed,
    Flooded,
    Newer,
    RateLimited,
    Stop,
)
from batchline.worker.delivery import blame, http
from batchline.worker.delivery.ledger import Ledger
from batchline.worker.troubles.kinds import OF_REASON
from batchline.worker.troubles.trouble import what

#: Seconds from which on waiting for a rate limit is a trouble.
LONG_WAIT = 60.0


def lane_trouble(stop: Stop | None, failing: float) -> tuple[str, str] | None:
    """Kind and detail of the trouble of a lane that stops for this; None: it is none, or no lane's.

    `failing`: seconds for which nothing of the lane has passed. A pause is not the lane's own
    trouble: it ends when a person resumes.
    """
    match stop:
        case DestinationFailed(detail=http.BROKEN_OFF):
            return None
        case RateLimited(seconds, detail) if seconds >= LONG_WAIT:
            return "rate_limited", detail
        case Newer(detail=detail):
            return "newer_format", detail
        case DestinationFailed() if blame.scope_of(stop) == "host":
            return None  # it is the trouble of the host: settle.lua
        case DestinationFailed(throttled=True):
            # Whoever is told so without a time, again and again, waits for as long.
            is_long = max(stop.retry_after or 0, failing) >= LONG_WAIT
            return ("rate_limited", stop.detail) if is_long else None
        case DestinationFailed():
            return "destination_failed", stop.detail
    return None


def letters(dead: Sequence[Dead], lane: Lane) -> list[dict[str, Any]]:
    """The troubles that the dead letters of a batch are, one for each reason."""
    scope, last = f"{lane.account}:{lane.operation}", {one.reason: one.detail for one in dead}
    return [
        what(OF_REASON[reason].name, scope, last[reason], str(lane), count)
        for reason, count in Counter(one.reason for one in dead).items()
        if reason in OF_REASON
    ]


def suspected(details: Sequence[str], lane: Lane) -> list[dict[str, Any]]:
    """The trouble that messages are which a batch has set aside for the first time."""
    scope = f"{lane.account}:{lane.operation}"
    return [what("suspected", scope, details[-1], str(lane), len(details))] if details else []


def miscounted(ledger: Ledger, lane: Lane) -> list[dict[str, Any]]:
    """The trouble that answers are in which the API counts other numbers than it was sent."""
    scope, detail = f"{lane.account}:{lane.operation}", ledger.miscount()
    number = sum(messages for _, messages in ledger.miscounted)
    return [what("miscounted", scope, detail, str(lane), number)] if number else []


def fails(stop: Stop | None) -> bool:
    """Whether the task of a batch that stopped for this is a failure.

    A wait is none, nor is a shutdown.
    """
    if isinstance(stop, DestinationFailed):
        return not stop.throttled and stop.detail != http.BROKEN_OFF
    return isinstance(stop, CredentialsRefused | Flooded)


def failing_reasons(dead: Sequence[Dead], delivered: int) -> list[str]:
    """The reasons of dead letters for which the task is a failure.

    They are those that are told at once, and every one where more messages died than were
    delivered.
    """
    most = len(dead) > delivered
    known = sorted({one.reason for one in dead if one.reason in OF_REASON})
    return [reason for reason in known if most or OF_REASON[reason].least == 1]


def failure(ledger: Ledger, paused: str, dead: Sequence[Dead]) -> str:
    """The name of what makes the task of a batch a failure; "" where it is none."""
    if fails(ledger.stop):
        return type(ledger.stop).__name__
    reasons = failing_reasons(dead, ledger.delivered)
    return "paused" if paused else reasons[0] if reasons else ""
