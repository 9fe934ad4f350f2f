"""What eSputnik's answers mean. 2xx is success, "payload per method"; 4xx an error, with or without
words; and a success may hold failures."""

from __future__ import annotations

from batchline.systems.answers import by_status, shorten
from batchline.systems.esputnik.readings import detail, read
from batchline.systems.requests import HttpAnswer, Request
from batchline.systems.verdicts import (
    Ambiguous,
    CredentialsRefused,
    Dead,
    DestinationFailed,
    Judged,
    Outcome,
    Refused,
)

#: Text of an answer, neither 2xx nor of a known status, to a request that equals one just taken
#: (the vendor's own plug-in knows it).
DUPLICATED = "duplicated request"
#: Seconds after which it is sent again: a third party's description says "within 1 minute".
AFTER_DUPLICATED = 60.0
#: Whose path names one thing, beside the items: with a 404 it is that which is missing.
_OF_ONE_PATH = ("message.send", "segment.attach", "segment.detach")


def judge(request: Request, answer: HttpAnswer, now: float, idempotent: bool) -> Outcome:
    """The verdicts of a request; an answer that the documents do not know is never success.

    `idempotent`: whether its operation is.
    """
    if _is_duplicated(answer):
        return _duplicated(request, detail(answer), idempotent)
    by_its_status = by_status(answer, now)
    if by_its_status is not None:
        return by_its_status
    if answer.status >= 400:
        return _judge_error(request, answer)
    body = read(answer)
    if isinstance(body, dict):
        if str(body.get("status")) == "401":
            return CredentialsRefused("status 401")
        if body.get("errorMessage"):
            return Refused(shorten(str(body["errorMessage"])))
    return request.endpoint.judge(request, body) or DestinationFailed(
        f"HTTP {answer.status}, but its body is not one that this API documents", ambiguous=True
    )


def _is_duplicated(answer: HttpAnswer) -> bool:
    speaks = answer.status >= 300 and answer.status not in (401, 403, 429)
    return speaks and DUPLICATED in detail(answer).lower()


def _duplicated(request: Request, text: str, idempotent: bool) -> Outcome:
    """Not a success: it says nothing of how the other request ended, nor in which order the two
    stand to what came between.

    What is idempotent is sent again when the API has forgotten. Of anything else it may be this
    very request that was taken (a gateway may have repeated it): that is ambiguous.
    """
    if idempotent:
        return DestinationFailed(text, retry_after=AFTER_DUPLICATED)
    return Judged(dict.fromkeys(range(len(request.items)), Ambiguous(text)))


def _judge_error(request: Request, answer: HttpAnswer) -> Outcome:
    """4xx: "permanent". A contact that is to be deleted and is not there is as it should be: a
    repetition of a deletion whose answer was lost gets the same."""
    text = detail(answer)
    missing = all(word in text.lower() for word in ("contact", "not found"))
    if request.operation == "contact.delete" and missing:
        return Judged()
    if answer.status == 404 and request.operation in _OF_ONE_PATH:
        return Judged(dict.fromkeys(range(len(request.items)), Dead("rejected", text)))
    return Refused(text)
