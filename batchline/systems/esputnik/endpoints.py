"""Methods of eSputnik, and the meaning of their successes: "payload per method"."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from batchline.systems.answers import identifier
from batchline.systems.esputnik.account import EsputnikAccount
from batchline.systems.esputnik.readings import complains, tells_of_failure, words
from batchline.systems.planning import json_array
from batchline.systems.requests import Endpoint, Request
from batchline.systems.verdicts import Judged, Outcome

#: An answer's body as `readings.read` reads it: an object, a sentence, or None for anything else.
Read = dict[str, Any] | str | None
#: Makes a request's body.
Body = Callable[[Request, EsputnikAccount], bytes]
#: Makes the outcome of a success; None: the documents know no such body.
Judge = Callable[[Request, Read], Outcome | None]


#: Fields of the objects that the documents show of successes.
_OF_SUCCESS = frozenset({"id", "asyncSessionId", "results", "failedContacts", "failedOrders"})


def no_body(request: Request, account: EsputnikAccount) -> bytes:
    return b""


def only(request: Request, account: EsputnikAccount) -> bytes:
    """The payload of the only item, as it is."""
    return request.items[0].payload


def array(name: str) -> Body:
    """A body: an object with the items as an array under that name."""
    return lambda request, account: json_array(name, request.items)


def judge_plain(request: Request, body: Read) -> Judged | None:
    """Judge a method whose payload is not documented, such as events, orders and unsubscribes.

    Of their answers the documents say at most that a success is a status 200. So an empty body and
    a plain sentence are success, unless the sentence is about a failure. An object is the API's own
    where it has a field that the documents show of a success, or none at all; a gateway answers
    objects as well.
    """
    if isinstance(body, str):
        return None if tells_of_failure(body) else Judged()
    if body is None or (body and _OF_SUCCESS.isdisjoint(body)) or complains(body):
        return None
    return Judged()


def judge_sentence_without(opposite: str) -> Judge:
    """`judge_plain`, but for a sentence with a word that says the opposite of the request."""

    def judge(request: Request, body: Read) -> Judged | None:
        contradicts = isinstance(body, str) and opposite in words(body)
        return None if contradicts else judge_plain(request, body)

    return judge


def judge_id(request: Request, body: Read) -> Judged | None:
    """Judge `{"id": N}`, the contact's id."""
    contact_id = identifier(body.get("id")) if isinstance(body, dict) else None
    return Judged(ids={0: contact_id}) if contact_id else None


def endpoint(
    path: str, body: Body = only, judge: Judge = judge_plain, method: str = "POST"
) -> Endpoint:
    """One method: its path, its body, and the meaning of its success."""
    return Endpoint(path, lambda request, account, now: body(request, account), judge, method)
