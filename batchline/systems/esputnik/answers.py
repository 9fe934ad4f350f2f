"""The meaning of eSputnik's answers.

2xx is success, "payload per method"; 4xx is an error, with or without a text. A success may hold
failures of single items.
"""

from __future__ import annotations

from batchline.systems.answers import blocked, by_status, shorten
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

#: The text of the answer to a request that equals one just taken; its status is neither 2xx nor a
#: documented one (the vendor's own plug-in knows the text).
DUPLICATED = "duplicated request"
#: Seconds after which such a request is sent again; a third party says "within 1 minute".
AFTER_DUPLICATED = 60.0
#: Statuses of gateways, with any answer but an object; of the API's own errors some have no body.
OF_GATEWAYS = (403, 406, 413)
#: Operations whose path names one object, beside the items: a 404 says that the object is missing.
_WITH_OBJECT = ("message.send", "segment.attach", "segment.detach")


def judge(request: Request, answer: HttpAnswer, now: float, idempotent: bool) -> Outcome:
    """The outcome of a request; an undocumented answer is never success.

    `idempotent`: whether the request's operation is idempotent. `now` in UNIX seconds.
    """
    if _is_duplicated(answer):
        return _duplicated(request, detail(answer), idempotent)
    by_its_status = by_status(answer, now)
    if by_its_status is not None:
        return by_its_status
    body = read(answer)
    if answer.status >= 400:
        is_own = isinstance(body, dict) or (body is not None and answer.status not in OF_GATEWAYS)
        return _judge_error(request, answer) if is_own else blocked(answer)
    if isinstance(body, dict):
        if str(body.get("status")) == "401":
            return CredentialsRefused("status 401")
        if body.get("errorMessage"):
            return Refused(shorten(str(body["errorMessage"])))
    return request.endpoint.judge(request, body) or DestinationFailed(
        f"HTTP {answer.status}, but its body is not one that this API documents", ambiguous=True
    )


def _is_duplicated(answer: HttpAnswer) -> bool:
    is_error = answer.status >= 300 and answer.status not in (401, 403, 429)
    return is_error and DUPLICATED in detail(answer).lower()


def _duplicated(request: Request, text: str, idempotent: bool) -> Outcome:
    """The outcome of a duplicated request, which is no success.

    The answer does not say how the equal request ended, nor which requests came between the two. So
    an idempotent request is sent again when the API has forgotten the equal one. Any other request
    is ambiguous: a gateway may have repeated it, so that the equal one was this request itself.
    """
    if idempotent:
        return DestinationFailed(text, retry_after=AFTER_DUPLICATED)
    return Judged(dict.fromkeys(range(len(request.items)), Ambiguous(text)))


def _judge_error(request: Request, answer: HttpAnswer) -> Outcome:
    """The outcome of a 4xx, which is "permanent".

    The deletion of a contact that is not there counts as delivered: the repetition of a deletion
    whose answer was lost gets that answer.
    """
    text = detail(answer)
    missing = all(part in text.lower() for part in ("contact", "not found"))
    if request.operation == "contact.delete" and missing:
        return Judged()
    if answer.status == 404 and request.operation in _WITH_OBJECT:
        return Judged(dict.fromkeys(range(len(request.items)), Dead("rejected", text)))
    return Refused(text)
