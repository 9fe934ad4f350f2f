"""Methods of eSputnik, and what their successes mean: "payload per method"."""

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

#: What an answer's body is read as (`readings.read`): an object, a sentence, or neither.
Read = dict[str, Any] | str | None
Body = Callable[[Request, EsputnikAccount], bytes]
Judge = Callable[[Request, Read], Outcome | None]


def no_body(request: Request, account: EsputnikAccount) -> bytes:
    return b""


def only(request: Request, account: EsputnikAccount) -> bytes:
    """The only item, as it is."""
    return request.items[0].payload


def array(name: str) -> Body:
    """An object with the items under that name."""
    return lambda request, account: json_array(name, request.items)


def judge_plain(request: Request, body: Read) -> Judged | None:
    """Of a method whose payload is not documented, or an empty one: events, unsubscribes."""
    if body == "" or (isinstance(body, dict) and not complains(body)):
        return Judged()
    return None


def judge_sentence(word: str) -> Judge:
    """The word stands in the sentence: "Contact with id='N' has been updated"."""

    def judge(request: Request, body: Read) -> Judged | None:
        words = set(re.findall(r"\w+", body.lower())) if isinstance(body, str) else set()
        if word in words and "not" not in words:
            return Judged()
        return judge_plain(request, body)

    return judge


def judge_id(request: Request, body: Read) -> Judged | None:
    """`{"id": N}`: the contact's."""
    contact_id = identifier(body.get("id")) if isinstance(body, dict) else None
    return Judged(ids={0: contact_id}) if contact_id else None


def endpoint(
    path: str, body: Body = only, judge: Judge = judge_plain, method: str = "POST"
) -> Endpoint:
    """One method: its path, what its body is made of, and what its success means."""
    return Endpoint(path, lambda request, account, now: body(request, account), judge, method)
