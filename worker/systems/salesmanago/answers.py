"""What SALESmanago's answers mean: `success` decides, whatever the HTTP status says besides."""

from __future__ import annotations

from typing import Any

from worker.systems.answers import by_status, json_object, shorten
from worker.systems.base import HttpAnswer, Request
from worker.systems.salesmanago import (
    contact_changes,
    contacts,
    coupons,
    event_changes,
    events,
    verify,
)
from worker.verdicts import (
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


def judge(request: Request, answer: HttpAnswer, now: float) -> Outcome:
    """The verdicts of a request; an answer that the documents do not know is never success."""
    by_its_status = by_status(answer, now)
    if by_its_status is not None:
        return by_its_status
    if answer.status == 413:
        return Refused("HTTP 413")
    if request.path == contact_changes.DELETE_PATH and _is_silent(answer):
        return contact_changes.judge_silence()
    body = json_object(answer)
    if body is None:
        return _unknown(answer, "the body is not a JSON object")
    success = body.get("success")
    if success is True and answer.status < 300:
        return _judge_success(request, body)
    if success is False:
        return _judge_failure(request, body)
    return _unknown(answer, "the body does not say success: true or false")


def _is_silent(answer: HttpAnswer) -> bool:
    return answer.status == 200 and not answer.body.strip()


def _judge_success(request: Request, body: dict[str, Any]) -> Outcome:
    if request.path in verify.PATHS and request.operation == event_changes.UPDATE:
        return event_changes.judge_list(request, body)
    if request.path in verify.PATHS:
        return verify.judge_success(request, body)
    if request.path == contacts.BATCH_PATH:
        job = body.get("requestId")
        return Judged(job=str(job) if isinstance(job, int) else None)
    if request.path == contacts.SINGLE_PATH:
        return contacts.judge_single(body)
    if request.path in (events.SINGLE_PATH, *event_changes.PATHS.values()):
        return event_changes.judge_event_id(body)
    if request.operation == "event.add":
        return events.judge_success(request, body)
    if request.operation == "coupon.redeem":
        return coupons.judge_success(request, body)
    return Judged()


def _judge_failure(request: Request, body: dict[str, Any]) -> Outcome:
    messages = _messages(body)
    words = shorten("; ".join(messages) or "success: false, without a message")
    said = {message.strip().lower() for message in messages}
    if said & ACCOUNT_REFUSED:
        return CredentialsRefused(words)
    if said & OWNER_REFUSED:
        if '"owner"' not in request.items[0].options:
            return CredentialsRefused(f"{words} (the account's owner setting)")
        dead: dict[int, Verdict] = {
            place: Dead("rejected", words) for place in range(len(request.items))
        }
        return Judged(dead)
    return Refused(words)


def _messages(body: dict[str, Any]) -> list[str]:
    """`message` is documented as an array; a bare string has been seen. `values` adds fields."""
    message = body.get("message")
    said = message if isinstance(message, list) else [message]
    words = [str(part) for part in said if part not in (None, "")]
    values = body.get("values")
    return [*words, f"values: {values}"] if values else words


def _unknown(answer: HttpAnswer, why: str) -> DestinationFailed:
    """An answer that nobody documents: with a status of success the API may have taken it."""
    return DestinationFailed(f"HTTP {answer.status}, but {why}", ambiguous=answer.status < 300)
