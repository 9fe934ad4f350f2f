"""What an answer of API v2 or of SALESmanago Mobile means: `success` decides, whatever the HTTP
status says besides."""

from __future__ import annotations

from typing import Any

from batchline.systems.answers import by_status, json_object, shorten
from batchline.systems.requests import HttpAnswer, Request
from batchline.systems.verdicts import (
    CredentialsRefused,
    Dead,
    DestinationFailed,
    Judged,
    Outcome,
    Refused,
    Verdict,
)

#: `message` of an account that cannot be used, lower-cased (the table of the vendor's own client).
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
#: The same for `owner`, which may come from the account or from a message.
OWNER_REFUSED = frozenset(
    {"not authenticated, not owner specified", "not authenticated, invalid owner"}
)
#: What the methods call the SALESmanago user that a message may name, as it stands in `options`.
OWNER_NAMES = ('"owner"', '"user"', '"emailOwner"')
#: The words about a loyalty program, which all items of a request share (the vendor's own client).
PROGRAM_REFUSED = frozenset(
    {"specified loyalty program does not exist", "specified loyalty program is inactive"}
)


def judge(request: Request, answer: HttpAnswer, now: float) -> Outcome:
    """The verdicts of a request; an answer that the documents do not know is never success."""
    by_its_status = by_status(answer, now)
    if by_its_status is not None:
        return by_its_status
    if answer.status == 413:
        return Refused("HTTP 413")
    body = json_object(answer)
    if body is None:
        return _unknown(answer, "the body is not a JSON object")
    success = body.get("success")
    if success is True and answer.status < 300:
        return request.endpoint.judge(request, body) or _unknown(
            answer, "it says nothing that is documented"
        )
    if success is False:
        return _judge_failure(request, body)
    return _unknown(answer, "the body does not say success: true or false")


def _judge_failure(request: Request, body: dict[str, Any]) -> Outcome:
    messages = _messages(body)
    detail = shorten("; ".join(messages) or "success: false, without a message")
    said = {message.strip().lower() for message in messages}
    if said & ACCOUNT_REFUSED:
        return CredentialsRefused(detail)
    if said & OWNER_REFUSED:
        if not any(name in request.items[0].options for name in OWNER_NAMES):
            return CredentialsRefused(f"{detail} (the account's owner setting)")
        return _all_rejected(request, detail)
    if said & PROGRAM_REFUSED and request.operation.startswith("loyalty."):
        return _all_rejected(request, detail)
    return Refused(detail)


def _all_rejected(request: Request, detail: str) -> Judged:
    """Every item, for what they have in common: halving the request would find nothing."""
    dead: dict[int, Verdict] = {
        index: Dead("rejected", detail) for index in range(len(request.items))
    }
    return Judged(dead)


def _messages(body: dict[str, Any]) -> list[str]:
    """`message` is documented as an array; a bare string has been seen. `values` adds fields."""
    message = body.get("message")
    said = message if isinstance(message, list) else [message]
    detail = [str(part) for part in said if part not in (None, "")]
    values = body.get("values")
    return [*detail, f"values: {values}"] if values else detail


def _unknown(answer: HttpAnswer, why: str) -> DestinationFailed:
    """An answer that nobody documents: with a status of success the API may have taken it."""
    return DestinationFailed(f"HTTP {answer.status}, but {why}", ambiguous=answer.status < 300)
