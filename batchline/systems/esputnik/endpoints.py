"""Methods of eSputnik, and the meaning of their successes: "payload per method"."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from batchline.systems.answers import identifier
from batchline.systems.esputnik.account import EsputnikAccount
from batchline.systems.esputnik.readings import complains
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
    """Judge a method whose payload is empty or not documented, such as events and unsubscribes.

    An object is the API's own where it has a field that the documents show of a success, or none at
    all; a gateway answers objects as well.
    """
    if not body:
        return Judged() if body is not None else None
    if not isinstance(body, dict) or _OF_SUCCESS.isdisjoint(body) or complains(body):
        return None
    return Judged()


def judge_sentence(word: str) -> Judge:
    """A judge of a sentence with this word, such as "Contact with id='N' has been updated"."""

    def judge(request: Request, body: Read) -> Judged | None:
        words = set(re.findall(r"\w+", body.lower())) if isinstance(body, str) else set()
        if word in words and "not" not in words:
            return Judged()
        return judge_plain(request, body)

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
