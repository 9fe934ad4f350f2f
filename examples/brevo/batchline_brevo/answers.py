"""The judgements of the two methods' answers. None: the documents know no such answer."""

from __future__ import annotations

from pydantic import BaseModel, ValidationError

from batchline.systems.answers import identifier, json_object, shorten
from batchline.systems.requests import HttpAnswer, Request
from batchline.systems.verdicts import Dead, Judged


def judge_contact(request: Request, answer: HttpAnswer) -> Judged | None:
    """201 has the `id` of a new contact ("long or null"), 204 is for a contact that was changed.

    The page is reference/create-contact.
    """
    if answer.status == 204:
        return Judged()
    body = json_object(answer)
    if answer.status != 201 or body is None or "id" not in body:
        return None
    api_id = identifier(body["id"])
    return Judged(ids={0: api_id} if api_id else {})


class EventsError(BaseModel):
    """An element of `errors`."""

    #: "Index positions (0-based) of the events that caused the error".
    eventIndex: list[int]
    message: str = "refused without a message"


class EventsAnswer(BaseModel):
    """The schema `batchEventsResponse` of reference/create-batch-events."""

    total_events: int
    successful_events: int
    failed_events: int
    errors: list[EventsError]


def judge_events(request: Request, answer: HttpAnswer) -> Judged | None:
    """202: `count` events are queued. 207 and 400: some and all events failed, named in `errors`.

    The page is reference/create-batch-events, and changelog/2026/3/3 for 207. An answer that counts
    other events than the request has is no answer to it.
    """
    count = len(request.items)
    if answer.status == 202:
        body = json_object(answer)
        return Judged() if body is not None and body.get("count") == count else None
    if answer.status not in (207, 400):
        return None
    try:
        told = EventsAnswer.model_validate_json(answer.body, strict=True)
    except ValidationError:
        return None
    failed = {
        index: Dead("rejected", shorten(error.message))
        for error in told.errors
        for index in error.eventIndex
    }
    numbers = (told.total_events, told.failed_events, told.successful_events)
    agrees = numbers == (count, len(failed), count - len(failed))
    known = failed.keys() <= set(range(count)) and (answer.status == 207 or len(failed) == count)
    return Judged(failed) if agrees and known else None
