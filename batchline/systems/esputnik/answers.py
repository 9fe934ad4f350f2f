"""What eSputnik's answers mean. 2xx is success, "payload per method"; 4xx an error, with or without
words; and a success may hold failures."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from batchline.systems.answers import by_status, identifier, shorten
from batchline.systems.contract import HttpAnswer, Request
from batchline.systems.esputnik.failures import judge_failed
from batchline.systems.esputnik.operations import OPERATIONS
from batchline.systems.esputnik.prepared_messages import judge_results
from batchline.systems.esputnik.readings import complains, detail, listed, read
from batchline.systems.verdicts import (
    Ambiguous,
    CredentialsRefused,
    Dead,
    DestinationFailed,
    Judged,
    Outcome,
    Refused,
)

#: Words of an answer, neither 2xx nor of a known status, to a request that equals one just taken
#: (the vendor's own plug-in knows them).
DUPLICATED = "duplicated request"
#: Seconds after which it is sent again: a third party's description says "within 1 minute".
AFTER_DUPLICATED = 60.0
_IDEMPOTENT = frozenset(operation.name for operation in OPERATIONS if operation.idempotent)
#: Whose path names one thing, beside the items: with a 404 it is that which is missing.
_OF_ONE_PATH = ("message.send", "segment.attach", "segment.detach")
#: The word in the sentence that each answers: "Contact with id='N' has been updated".
_SENTENCES = {
    "contact.update": "updated",
    "contact.delete": "deleted",
    "segment.attach": "attached",
    "segment.detach": "detached",
}


def judge(request: Request, answer: HttpAnswer, now: float) -> Outcome:
    """The verdicts of a request; an answer that the documents do not know is never success."""
    if _is_duplicated(answer):
        return _duplicated(request, detail(answer))
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
    judged = _JUDGES.get(request.operation, _judge_plain)(request, body)
    return judged or DestinationFailed(
        f"HTTP {answer.status}, but its body is not one that this API documents", ambiguous=True
    )


def _is_duplicated(answer: HttpAnswer) -> bool:
    speaks = answer.status >= 300 and answer.status not in (401, 403, 429)
    return speaks and DUPLICATED in detail(answer).lower()


def _duplicated(request: Request, said: str) -> Outcome:
    """Not a success: it says nothing of how the other request ended, nor in which order the two
    stand to what came between.

    What is idempotent is sent again when the API has forgotten. Of anything else it may be this
    very request that was taken (a gateway may have repeated it): that is in doubt.
    """
    if request.operation in _IDEMPOTENT:
        return DestinationFailed(said, retry_after=AFTER_DUPLICATED)
    return Judged({index: Ambiguous(said) for index in range(len(request.items))})


def _judge_error(request: Request, answer: HttpAnswer) -> Outcome:
    """4xx: "permanent". A contact that is to be deleted and is not there is as it should be: a
    repetition of a deletion whose answer was lost gets the same."""
    said = detail(answer)
    missing = all(word in said.lower() for word in ("contact", "not found"))
    if request.operation == "contact.delete" and missing:
        return Judged()
    if answer.status == 404 and request.operation in _OF_ONE_PATH:
        dead = Dead("rejected", said)
        return Judged(dict.fromkeys(range(len(request.items)), dead))
    return Refused(said)


def _judge_plain(request: Request, body: dict[str, Any] | str | None) -> Judged | None:
    """Methods of which no payload is documented, or an empty one: events, unsubscribes."""
    if body == "" or (isinstance(body, dict) and not complains(body)):
        return Judged()
    return None


def _judge_sentence(request: Request, body: dict[str, Any] | str | None) -> Judged | None:
    said = set(re.findall(r"\w+", body.lower())) if isinstance(body, str) else set()
    if _SENTENCES[request.operation] in said and "not" not in said:
        return Judged()
    return _judge_plain(request, body)


def _judge_id(request: Request, body: dict[str, Any] | str | None) -> Judged | None:
    """`{"id": N}`: the contact's."""
    contact_id = identifier(body.get("id")) if isinstance(body, dict) else None
    return Judged(ids={0: contact_id}) if contact_id else None


def _judge_import(request: Request, body: dict[str, Any] | str | None) -> Judged | Refused | None:
    """`asyncSessionId`, which /v1/importstatus knows, and `failedContacts` where there are some."""
    if not isinstance(body, dict):
        return None
    job = identifier(body.get("asyncSessionId"))
    failed = judge_failed(request, "failedContacts", body.get("failedContacts"), job)
    everything = isinstance(failed, Judged) and len(failed.exceptions) == len(request.items)
    return failed if job or everything or isinstance(failed, Refused) else None


def _judge_orders(request: Request, body: dict[str, Any] | str | None) -> Judged | Refused | None:
    """`failedOrders` where there are some. Whether /v1/importstatus knows the `asyncSessionId` of
    orders, no document says: it is not asked."""
    if isinstance(body, dict) and body.get("failedOrders"):
        return judge_failed(request, "failedOrders", body["failedOrders"], None)
    return _judge_plain(request, body)


def _judge_smartsend(request: Request, body: dict[str, Any] | str | None) -> Judged | None:
    results = listed(body.get("results")) if isinstance(body, dict) else []
    return judge_results(request, results) if results else None


_JUDGES: dict[str, Callable[[Request, dict[str, Any] | str | None], Judged | Refused | None]] = {
    "contact.upsert": _judge_import,
    "contact.upsert_one": _judge_id,
    "contact.subscribe": _judge_id,
    "order.upsert": _judge_orders,
    "message.send": _judge_smartsend,
    **dict.fromkeys(_SENTENCES, _judge_sentence),
}
