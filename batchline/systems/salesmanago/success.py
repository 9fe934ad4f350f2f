"""The meaning of an answer of API v2 or of SALESmanago Mobile: its `success` decides."""

from __future__ import annotations

from typing import Any

from batchline.systems import api_text
from batchline.systems.answers import blocked, by_status, json_object, retry_after, shorten
from batchline.systems.columns import payloads
from batchline.systems.requests import HttpAnswer, Request
from batchline.systems.salesmanago.throttling import speaks_of_throttling
from batchline.systems.verdicts import (
    CredentialsRefused,
    Dead,
    DestinationFailed,
    Judged,
    Outcome,
    Refused,
    Verdict,
)

#: Lower-cased `message`s about an unusable account (from a table in the vendor's own client).
ACCOUNT_REFUSED = frozenset(
    {
        "user not authenticated",
        "api key not specified",
        "token not specified",
        "not authorized",
        "not authenticated",
        "authorization failed. wrong token",
        "authorization failed. wrong clientid",
        "invalid account",
    }
)
#: Lower-cased `message`s about `owner`, which may come from the account or from a message.
OWNER_REFUSED = frozenset(
    {"not authenticated, not owner specified", "not authenticated, invalid owner"}
)
#: The methods' names of the field with a SALESmanago user, as a message's `options` hold them.
OWNER_NAMES = ('"owner"', '"user"', '"emailOwner"')
#: Lower-cased `message`s about a loyalty program, which all items of a request share (from the
#: vendor's own client).
PROGRAM_REFUSED = frozenset(
    {"specified loyalty program does not exist", "specified loyalty program is inactive"}
)


def judge(request: Request, answer: HttpAnswer, now: float) -> Outcome:
    """The outcome of a request; an undocumented answer is never success. `now` in UNIX seconds."""
    by_its_status = by_status(answer, now)
    if by_its_status is not None:
        return by_its_status
    body = json_object(answer)
    if answer.status >= 400 and (body is None or not isinstance(body.get("success"), bool)):
        return blocked(answer)
    if body is None:
        return _unknown(answer, "the body is not a JSON object")
    success = body.get("success")
    if success is True and answer.status < 300:
        return request.endpoint.judge(request, body) or _unknown(
            answer, "it says nothing that is documented"
        )
    if success is False:
        return _judge_failure(request, body, retry_after(answer, now))
    if success is True:
        return DestinationFailed(f"HTTP {answer.status}, but success: true", ambiguous=True)
    return _unknown(answer, "the body does not say success: true or false")


def _judge_failure(request: Request, body: dict[str, Any], wait: float | None) -> Outcome:
    """The outcome of `success: false`; `wait`: the seconds of Retry-After, if there are any."""
    words, parts = messages(body), _parts(body)
    detail = shorten("; ".join(words) or "success: false, without a message")
    texts = {message.strip().lower() for message in words}
    if texts & ACCOUNT_REFUSED:
        return CredentialsRefused(detail)
    if texts & OWNER_REFUSED:
        if not request.items or not any(name in request.items[0].options for name in OWNER_NAMES):
            return CredentialsRefused(f"{detail} (the account's owner setting)")
        return _all_rejected(request, detail)
    if speaks_of_throttling(_without_own_values(request, parts)):
        return DestinationFailed(detail, wait, throttled=True, in_words=True)
    if texts & PROGRAM_REFUSED and request.operation.startswith("loyalty."):
        return _all_rejected(request, detail)
    return Refused(detail)


def _all_rejected(request: Request, detail: str) -> Judged:
    """Reject every item for a common reason: halves of the request would be refused too."""
    dead: dict[int, Verdict] = {
        index: Dead("rejected", detail) for index in range(len(request.items))
    }
    return Judged(dead)


def messages(body: dict[str, Any]) -> list[str]:
    """The texts in `message`, an array or (as was seen) a string, and `values` if there are any."""
    values = body.get("values")
    return [*_parts(body), f"values: {values}"] if values else _parts(body)


def _parts(body: dict[str, Any]) -> list[str]:
    message = body.get("message")
    parts = message if isinstance(message, list) else [message]
    return [str(part) for part in parts if part not in (None, "")]


def _without_own_values(request: Request, texts: list[str]) -> list[str]:
    """The texts without the values of the request's items that read like throttling themselves.

    A value such as "requests" stays: the API's own words hold it too. So does a text that is such a
    value and nothing else.
    """
    if not speaks_of_throttling(texts):
        return texts
    stored = [*payloads(request.items), *(item.options.encode() for item in request.items)]
    own = {value for value in api_text.values_of(stored) if speaks_of_throttling([value])}
    folded = {value.strip().casefold() for value in own}
    return [
        text if text.strip().casefold() in folded else api_text.without_values(text, own)
        for text in texts
    ]


def _unknown(answer: HttpAnswer, why: str) -> DestinationFailed:
    """An undocumented answer: if its status is a success, the API may have taken the request."""
    return DestinationFailed(f"HTTP {answer.status}, but {why}", ambiguous=answer.status < 300)
