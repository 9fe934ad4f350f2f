"""The filter of kept requests: `account=default status=5xx,timeout verdict=failed`."""

from __future__ import annotations

from dataclasses import dataclass

from batchline.worker.filters.durations import duration_of, seconds_of
from batchline.worker.filters.language import Condition, Language
from batchline.worker.inspection.kept import KeptRequest
from batchline.worker.store.message_ids import in_order, parse

#: Classes of a request's status.
STATUSES = ("2xx", "3xx", "4xx", "5xx", "timeout", "broken")
#: What came of a request, as `batchline_requests_total` counts it.
VERDICTS = ("taken", "refused", "failed", "throttled", "credentials")
#: The verdicts of `--failed`.
FAILED = VERDICTS[1:]


@dataclass(frozen=True, slots=True)
class RequestsFilter:
    """The conditions that a request must meet; None: any request meets it."""

    account: str | None = None
    #: The request's own operation, or that of its lane.
    operation: str | None = None
    #: It is one of these, at least.
    status: tuple[str, ...] | None = None
    verdict: tuple[str, ...] | None = None
    #: Seconds: it began within the last so many.
    since: float | None = None
    #: A message that it may have held: one between its first and its last.
    message: str | None = None
    #: A text in its path or the API's words, in upper or lower case.
    text: str | None = None

    def fits(self, one: KeptRequest, now: int) -> bool:
        """Whether the request meets every condition; `now` in UNIX ms."""
        return (
            self.account in (None, one.account)
            and self.operation in (None, one.operation, one.lane_operation)
            and (self.status is None or one.status_class in self.status)
            and (self.verdict is None or one.verdict in self.verdict)
            and (self.since is None or now - one.at <= self.since * 1000)
            and (self.message is None or may_hold(one, self.message))
            and (self.text is None or self.text.casefold() in f"{one.path} {one.words}".casefold())
        )


def may_hold(one: KeptRequest, message_id: str) -> bool:
    """Whether the message lies between the request's first and last one, in order of acceptance."""
    if not one.first or message_id.rpartition("@")[0] != one.first.rpartition("@")[0]:
        return message_id in (one.first, one.last)
    first, last = sorted((in_order(one.first), in_order(one.last)))
    return first <= in_order(message_id) <= last


def _message_id(text: str) -> str:
    try:
        parse(text)
    except ValueError as error:
        raise ValueError(f"is {error}") from None
    return text


#: `account=default status=5xx,timeout since=2h`.
LANGUAGE: Language[RequestsFilter] = Language(
    RequestsFilter,
    (
        Condition("account", "Only of this account."),
        Condition("operation", "Only of this operation, or `question`."),
        Condition(
            "status",
            f"Only with one of: {', '.join(STATUSES)}.",
            choices=lambda: list(STATUSES),
            many=True,
        ),
        Condition(
            "verdict",
            f"Only what was one of: {', '.join(VERDICTS)}.",
            choices=lambda: list(VERDICTS),
            many=True,
        ),
        Condition("since", "Sent within the last 90s, 2h, 3d.", seconds_of, duration_of),
        Condition("message", "Only what may have held the message of this id.", _message_id),
        Condition("text", "Only with this in the path or the API's words."),
    ),
)
