"""What Smart Sender's answers mean: `state` or the object made is success, `error` is a refusal.

The vendor's own SDK looks for `error` in the body, whatever the HTTP status; `error.code` mirrors
the status.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from batchline.systems.answers import by_status, identifier, json_object, shorten
from batchline.systems.requests import HttpAnswer, Request
from batchline.systems.verdicts import (
    CredentialsRefused,
    Dead,
    DestinationFailed,
    Judged,
    Outcome,
    Refused,
)

#: `message` of a request without a token that is known.
UNAUTHENTICATED = "unauthenticated"


def judge(request: Request, answer: HttpAnswer, now: float) -> Outcome:
    """The verdict of a request's one item; an answer that nobody documents is never success."""
    body = json_object(answer)
    if body is not None and isinstance(body.get("error"), dict):
        return _judge_error(body["error"], answer, now)
    by_its_status = by_status(answer, now)
    if by_its_status is not None:
        return by_its_status
    if answer.status == 413:
        return Refused("HTTP 413")
    success = answer.status < 300
    judged = _judge_success(request, body) if success and body is not None else None
    return judged or DestinationFailed(
        f"HTTP {answer.status}, but its body is not one that this API documents",
        ambiguous=success,
    )


def _judge_success(request: Request, body: dict[str, Any]) -> Outcome | None:
    if body.get("state") is False:
        return Refused("state: false")
    return request.endpoint.judge(request, body)


def judge_state(request: Request, body: dict[str, Any]) -> Judged | None:
    """`state: true` is all that the method says."""
    return Judged() if body.get("state") is True else None


def judge_made(member: str) -> Callable[[Request, dict[str, Any]], Judged | None]:
    """The answer is what was made: it has an `id`, and the member that tells that it is that."""

    def judge(request: Request, body: dict[str, Any]) -> Judged | None:
        api_id = identifier(body.get("id"))
        return Judged(ids={0: api_id}) if api_id and isinstance(body.get(member), dict) else None

    return judge


def _judge_error(error: Mapping[str, Any], answer: HttpAnswer, now: float) -> Outcome:
    """As the code says, or the HTTP status where there is no code; a 429 in either is an excess.

    A contact that is not found is refused at once, not parked: its id comes from Smart Sender, so
    the contact was there before the id was known, and does not come later.
    """
    said = _detail(error)
    if said.lower().startswith(UNAUTHENTICATED):
        return CredentialsRefused(said)
    status = answer.status if answer.status == 429 else _code(error) or answer.status
    by_its_status = by_status(replace(answer, status=status), now)
    if by_its_status is not None:
        return replace(by_its_status, detail=shorten(f"{by_its_status.detail}: {said}"))
    if status == 404:
        # What the path names is the same for all messages that were merged.
        return Judged({0: Dead("rejected", said)})
    return Refused(said)


def _code(error: Mapping[str, Any]) -> int | None:
    code = error.get("code")
    return code if type(code) is int and 400 <= code < 600 else None


def _detail(error: Mapping[str, Any]) -> str:
    """`message`, and `description`, which is documented as a list and not what of."""
    description = error.get("description")
    more = description if isinstance(description, list) else [description]
    said = [str(part) for part in (error.get("message"), *more) if part not in (None, "")]
    return shorten("; ".join(said) or f"error {error.get('code')}, without a message")
