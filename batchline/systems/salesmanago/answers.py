"""What API v2's answers of success mean, operation by operation."""

from __future__ import annotations

from typing import Any

from batchline.systems.contract import HttpAnswer, Request
from batchline.systems.salesmanago import (
    contact_changes,
    contacts,
    coupons,
    emails,
    event_changes,
    events,
    funnels,
    success,
    verify,
)
from batchline.systems.salesmanago.success import JudgeSuccess, made
from batchline.systems.verdicts import Judged, Outcome

#: Where an answer says more than that all is delivered.
_JUDGES: dict[str, JudgeSuccess] = {
    "event.add": events.judge_success,
    "coupon.redeem": coupons.judge_success,
    "coupon.add": made("coupon"),
    "funnel.add_contact": funnels.judge_entry,
    "email.send": made("conversationId"),
    "email.send_confirmation": emails.judge_confirmation,
    "email.upsert": made("emailId"),
    "email.send_with_attachment": made("conversationId"),
    "message.send": made("conversationId"),
    "message.send_transactional": made("conversationId"),
    "task.update": made("taskId"),
}


def judge(request: Request, answer: HttpAnswer, now: float) -> Outcome:
    """The verdicts of a request; an answer that the documents do not know is never success."""
    if request.path == contact_changes.DELETE_PATH and _is_silent(answer):
        return contact_changes.judge_silence()
    return success.judge(request, answer, now, _judge_success)


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
    judged = _JUDGES.get(request.operation)
    return judged(request, body) if judged else Judged()
