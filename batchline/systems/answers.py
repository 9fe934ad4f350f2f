"""Judging an HTTP answer as far as its status says, and reading its body."""

from __future__ import annotations

import json
import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

from batchline.systems.requests import HttpAnswer
from batchline.systems.verdicts import CredentialsRefused, DestinationFailed

#: Statuses about the destination, below 500.
_OF_DESTINATION = (408, 425, 429)
#: Those after which the API has certainly not taken the request. After any other it may have: it
#: failed in the middle, a gateway in front of it lost the answer, or a redirection was the answer.
CERTAINLY_NOT_TAKEN = (425, 429, 501, 503, 505)
#: The words of a gateway whose 503 says that it had passed the request on, and lost the answer:
#: Envoy's, unless it had no connection; Varnish's and Fastly's; those of Heroku's router.
_LOST_BY_GATEWAY = re.compile(
    rb"disconnect/reset before headers"
    rb"(?!.*(?:connection failure|connection timeout|delayed connect|overflow))"
    rb"|backend (?:fetch failed|read error)|(?:first byte|between bytes) timeout"
    rb"|herokucdn\.com/error-pages/application-error",
    re.IGNORECASE | re.DOTALL,
)
#: The most bytes of a gateway's page that are looked at.
_LOOKED_AT = 10_000
#: The most characters of an API's text that are kept.
LONGEST_DETAIL = 500
#: The most seconds of Retry-After that are waited for; a longer one is cut.
LONGEST_RETRY_AFTER = 86_400.0


def by_status(answer: HttpAnswer, now: float) -> DestinationFailed | CredentialsRefused | None:
    """The outcome that the status alone decides; None when the body has to be read."""
    status = answer.status
    if status == 401:
        return CredentialsRefused("HTTP 401")
    if status in _OF_DESTINATION or status >= 500:
        wanted = _wanted_wait(answer, now)
        cut = wanted is not None and wanted > LONGEST_RETRY_AFTER
        return DestinationFailed(
            f"HTTP {status}" + (f" (Retry-After of {wanted:.3g} s cut to a day)" if cut else ""),
            retry_after(answer, now),
            ambiguous=not _is_certainly_not_taken(answer),
            throttled=status == 429,
        )
    if status < 200 or 300 <= status < 400:
        detail = f"HTTP {status}, which this API does not document"
        return DestinationFailed(detail, ambiguous=True)
    return None


def _is_certainly_not_taken(answer: HttpAnswer) -> bool:
    """Whether an answer about the destination says that the request was not taken."""
    if answer.status == 503 and _LOST_BY_GATEWAY.search(answer.body[:_LOOKED_AT]):
        return False
    return answer.status in CERTAINLY_NOT_TAKEN


def blocked(answer: HttpAnswer) -> DestinationFailed:
    """The outcome of a 4xx whose body is not the API's own: a gateway's page, a firewall's."""
    detail = (
        f"HTTP {answer.status}, and the answer is not the API's own: a gateway's, or a firewall's"
    )
    return DestinationFailed(detail, blocked=True)


def retry_after(answer: HttpAnswer, now: float) -> float | None:
    """The seconds of `Retry-After`, a number or an HTTP date; None when there is no such header.

    A date in the past is 0; more than a day is cut to a day. `now` in UNIX seconds.
    """
    wanted = _wanted_wait(answer, now)
    return None if wanted is None else min(wanted, LONGEST_RETRY_AFTER)


def _wanted_wait(answer: HttpAnswer, now: float) -> float | None:
    text = next((v for k, v in answer.headers.items() if k.lower() == "retry-after"), "").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return max(moment.timestamp() - now, 0.0)
    except (ValueError, OverflowError):
        return None


def json_object(answer: HttpAnswer) -> dict[str, Any] | None:
    """The body as a JSON object; None when it is anything else."""
    try:
        body = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def identifier(value: object) -> str | None:
    """An API's id as text; None for a value that is no id, such as 0, which stands for "no id"."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value) if str(value) not in ("", "0") else None


def shorten(detail: str) -> str:
    """An API's text, cut to a length that a table and a dead letter can hold."""
    return detail if len(detail) <= LONGEST_DETAIL else detail[: LONGEST_DETAIL - 1] + "…"
