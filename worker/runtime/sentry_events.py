"""Events for Sentry: one issue for each account, operation and reason. Pure.

An event holds names of ours and numbers: no word of an API or of a person, and no exception's text.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any

from sentry_sdk.utils import event_from_exception

from batchline.producers.lanes import Lane
from batchline.producers.traceparent import TraceParent
from batchline.worker.delivery.fault import place_of
from batchline.worker.delivery.tracing import trace_of
from batchline.worker.troubles.trouble import Trouble
from batchline.worker.troubles.words import OF_NO_ACCOUNT, http_status, level_of, parts, sentry_text

#: Kinds that pass by themselves, and that another kind follows if they do not: `breaker_open` or
#: `expired`, `poison`. A `fault` is reported as the exception that it is.
NOT_REPORTED = ("destination_failed", "suspected", "fault")
#: In place of the text of an exception.
WITHHELD = "(its text may hold personal data)"

Event = dict[str, Any]


def of_trouble(trouble: Trouble) -> Event | None:
    """The event of a trouble that begins; None: Sentry does not get it."""
    if trouble.event != "began" or trouble.kind in NOT_REPORTED:
        return None
    account, operation = parts(trouble)
    tags = {
        "account": account,
        "operation": operation,
        "lane": trouble.lane,
        "reason": trouble.kind,
        "attempt": str(trouble.times),
        "status": str(http_status(trouble.detail) or ""),
    }
    return {
        **_context(TraceParent.parse(trouble.trace)),
        "message": sentry_text(trouble),
        "level": level_of(trouble).lower(),
        "fingerprint": ["batchline", *_place(trouble), trouble.kind],
        "tags": {name: value for name, value in tags.items() if value},
        "extra": {
            "messages": trouble.messages,
            "counted": trouble.row.counted,
            "times": trouble.times,
            "more_of_this_kind": trouble.more,
            "since_ms": trouble.since,
        },
    }


def _context(trace: TraceParent | None) -> Event:
    """What makes an event a part of a trace."""
    return {} if trace is None else {"contexts": {"trace": trace._asdict()}}


def _place(trouble: Trouble) -> tuple[str, str]:
    """Account and operation of what it is about; an account, a host, a key has no operation."""
    if trouble.kind in OF_NO_ACCOUNT or trouble.row.ends == "host":
        return trouble.scope, ""
    account, _, rest = trouble.scope.partition(":")
    return account, rest.partition(":")[0]


def of_fault(error: Exception, lane: Lane | None, options: dict[str, Any]) -> Event:
    """The event of an exception of ours, or of a plug-in: its class and its way, without a text.

    `options`: those of Sentry's client.
    """
    traceback: TracebackType | None = error.__traceback__
    event, _ = event_from_exception((type(error), error, traceback), client_options=options)
    values: list[dict[str, Any]] = event["exception"]["values"]
    for value in values:
        value["value"] = WITHHELD
    place = place_of(error) if traceback is not None else type(error).__name__
    values[-1]["value"] = place
    where = [lane.account, lane.operation] if lane else [place]
    tags = {"reason": "fault"}
    if lane:
        tags |= {"account": lane.account, "operation": lane.operation, "lane": str(lane)}
    return {
        **event,
        **_context(trace_of(error)),
        "level": "error",
        "fingerprint": ["batchline", *where, "fault"],
        "tags": tags,
    }


def of_refusal(error: Exception) -> Event:
    """The event of a Redis that answers with an error which does not pass by itself."""
    return {
        "message": f"Redis answers with an error: {type(error).__name__}",
        "level": "error",
        "fingerprint": ["batchline", "redis", "redis_refuses"],
        "tags": {"reason": "redis_refuses"},
    }


def of_check_in(slug: str, identifier: str) -> Event:
    """A check-in: workers run, and Redis answers. Without one for two minutes Sentry alarms."""
    return {
        "type": "check_in",
        "check_in_id": identifier,
        "monitor_slug": slug,
        "status": "ok",
        "monitor_config": {
            "schedule": {"type": "interval", "value": 1, "unit": "minute"},
            "checkin_margin": 2,
            "failure_issue_threshold": 1,
            "recovery_threshold": 1,
        },
    }
