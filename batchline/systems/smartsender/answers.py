"""The meaning of Smart Sender's answers: `state` or a new object is success, `error` a refusal.

The vendor's own SDK looks for `error` in the body, whatever the HTTP status; `error.code` mirrors
the status.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from batchline.systems.answers import blocked, by_status, identifier, json_object, shorten
from batchline.systems.requests import QUESTION, HttpAnswer, Request
from batchline.systems.verdicts import (
    CredentialsRefused,
    Dead,
    DestinationFailed,
    Judged,
    Outcome,
    Refused,
)

#: The beginning of `message`, lower-cased, in the answer to a request without a known token.
UNAUTHENTICATED = "unauthenticated"
#: `code` in the answer to a request with a token that is not known (seen by public clients).
WRONG_TOKEN = 403


def judge(request: Request, answer: HttpAnswer, now: float) -> Outcome:
    """The outcome of a request's one item; an undocumented answer is never success.

    A question about an item comes after the API has taken the item: the item is delivered even if
    the answer to the question is of no use.
    """
    outcome = _judge(request, answer, now)
    is_of_item = request.operation != QUESTION and bool(request.items)
    return _without_an_answer(outcome) if is_of_item and request.method == "GET" else outcome


def _without_an_answer(outcome: Outcome) -> Outcome:
    """The outcome of a question: only the account and its rate limit stop the item."""
    stops = isinstance(outcome, CredentialsRefused) or (
        isinstance(outcome, DestinationFailed) and outcome.throttled
    )
    is_of_use = isinstance(outcome, Judged) and not outcome.exceptions
    return outcome if stops or is_of_use else Judged()


def _judge(request: Request, answer: HttpAnswer, now: float) -> Outcome:
    body = json_object(answer)
    if body is not None and isinstance(body.get("error"), dict):
        return _judge_error(body["error"], answer, now)
    by_its_status = by_status(answer, now)
    if by_its_status is not None:
        return by_its_status
    if answer.status >= 400 and "state" not in (body or {}):
        return blocked(answer)
    success = answer.status < 300
    judged = _judge_success(request, body) if success and body is not None else None
    return judged or DestinationFailed(
        f"HTTP {answer.status}, but its body is not one that this API documents",
        ambiguous=success or (body is not None and body.get("state") is True),
    )


def _judge_success(request: Request, body: dict[str, Any]) -> Outcome | None:
    if body.get("state") is False:
        return Refused("state: false")
    return request.endpoint.judge(request, body)


def judge_state(request: Request, body: dict[str, Any]) -> Judged | None:
    """Judge the answer of a command: `state: true` is success."""
    return Judged() if body.get("state") is True else None


def judge_object(member: str) -> Callable[[Request, dict[str, Any]], Judged | None]:
    """A judge of an answer that is the new object: it has an `id`, and this member of its kind."""

    def judge(request: Request, body: dict[str, Any]) -> Judged | None:
        api_id = identifier(body.get("id"))
        return Judged(ids={0: api_id}) if api_id and isinstance(body.get(member), dict) else None

    return judge


def _judge_error(error: Mapping[str, Any], answer: HttpAnswer, now: float) -> Outcome:
    """The outcome of the error's code, or of the HTTP status without a code; either may be a 429.

    A message about an unknown contact is rejected at once, not parked. The contact's id comes from
    Smart Sender, so the contact existed before the id was known, and will not come later.
    """
    detail = _detail(error)
    if detail.lower().startswith(UNAUTHENTICATED):
        return CredentialsRefused(detail)
    status = answer.status if answer.status == 429 else _code(error) or answer.status
    by_its_status = by_status(replace(answer, status=status), now)
    if status == WRONG_TOKEN:
        by_its_status = CredentialsRefused(f"HTTP {status}")
    if by_its_status is not None:
        return replace(by_its_status, detail=shorten(f"{by_its_status.detail}: {detail}"))
    if status == 404:
        # All messages of the item name the missing object in their path.
        return Judged({0: Dead("rejected", detail)})
    return Refused(detail)


def _code(error: Mapping[str, Any]) -> int | None:
    code = error.get("code")
    return code if type(code) is int and 400 <= code < 600 else None


def _detail(error: Mapping[str, Any]) -> str:
    """The texts in `message` and `description`, a list whose elements are not documented."""
    description = error.get("description")
    more = description if isinstance(description, list) else [description]
    texts = [str(part) for part in (error.get("message"), *more) if part not in (None, "")]
    return shorten("; ".join(texts) or f"error {error.get('code')}, without a message")
