"""What any HTTP API's answer means before one looks at its own words."""

from __future__ import annotations

import json
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

from batchline.systems.requests import HttpAnswer
from batchline.systems.verdicts import CredentialsRefused, DestinationFailed

#: Of the 5xx, those that say that the request was not worked on. After any other the API may have
#: taken it: it failed in the middle, or a gateway in front of it lost the answer.
CERTAINLY_NOT_TAKEN = (501, 503, 505)
#: Characters of an API's words that are kept.
LONGEST_DETAIL = 500
#: Seconds: a longer Retry-After is cut to this.
LONGEST_RETRY_AFTER = 86_400.0


def by_status(answer: HttpAnswer, now: float) -> DestinationFailed | CredentialsRefused | None:
    """What the status alone decides; None when the body has to be read."""
    status = answer.status
    if status in (401, 403):
        return CredentialsRefused(f"HTTP {status}")
    if status in (408, 425, 429) or status >= 500:
        asked = _asked_for(answer, now)
        cut = asked is not None and asked > LONGEST_RETRY_AFTER
        return DestinationFailed(
            f"HTTP {status}" + (f" (Retry-After of {asked:.3g} s cut to a day)" if cut else ""),
            retry_after(answer, now),
            ambiguous=status >= 500 and status not in CERTAINLY_NOT_TAKEN,
            throttled=status == 429,
        )
    if status < 200 or 300 <= status < 400:
        return DestinationFailed(f"HTTP {status}, which this API does not document")
    return None


def retry_after(answer: HttpAnswer, now: float) -> float | None:
    """Seconds to wait as `Retry-After` says: a number or an HTTP date; None when it says nothing.

    A date in the past is 0; what is absurdly far is cut to a day.
    """
    asked = _asked_for(answer, now)
    return None if asked is None else min(asked, LONGEST_RETRY_AFTER)


def _asked_for(answer: HttpAnswer, now: float) -> float | None:
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
    """An API's id as text; None for what is none, 0 among it, which stands for "no id"."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value) if str(value) not in ("", "0") else None


def shorten(detail: str) -> str:
    """An API's words, cut to what a table and a dead letter can hold."""
    return detail if len(detail) <= LONGEST_DETAIL else detail[: LONGEST_DETAIL - 1] + "…"
