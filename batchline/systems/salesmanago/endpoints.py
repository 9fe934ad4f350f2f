"""Methods of API v2: a JSON body of authorization data, fields around the items, and the items.

The items are joined as the bytes that the producer wrote; only the fields around them are new.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from batchline.systems.columns import Item, payloads
from batchline.systems.message import compact_json, request_fields
from batchline.systems.requests import Endpoint, Request
from batchline.systems.salesmanago.account import SalesmanagoAccount
from batchline.systems.salesmanago.auth import credentials
from batchline.systems.verdicts import Judged, Outcome

#: Makes the fields beside the authorization data, of request, account and UNIX ms.
Fields = Callable[[Request, SalesmanagoAccount, int], dict[str, Any]]
#: Makes the items' bytes, with the closing brace of the body; b"" where the fields are enough.
Content = Callable[[Sequence[Item]], bytes]
#: Makes the outcome of an answer with `success: true`.
JudgeSuccess = Callable[[Request, dict[str, Any]], Outcome]


def no_fields(request: Request, account: SalesmanagoAccount, now: int) -> dict[str, Any]:
    return {}


def no_content(items: Sequence[Item]) -> bytes:
    return b""


def single(items: Sequence[Item]) -> bytes:
    """The fields of the only item."""
    return items[0].payload[1:]


def array(name: str) -> Content:
    """The items as an array under that name."""

    def content(items: Sequence[Item]) -> bytes:
        return b'"%s":[%s]}' % (name.encode(), b",".join(payloads(items)))

    return content


def delivered(request: Request, answer: dict[str, Any]) -> Judged:
    """All items are delivered: the answer has no more than `success: true`."""
    return Judged()


def delivered_with(name: str) -> JudgeSuccess:
    """A judge: all items are delivered, with the API's own id under `name` in the answer."""

    def judge(request: Request, answer: dict[str, Any]) -> Judged:
        api_id = answer.get(name)
        if not isinstance(api_id, str | int) or isinstance(api_id, bool) or api_id == "":
            return Judged()
        return Judged(ids=dict.fromkeys(range(len(request.items)), str(api_id)))

    return judge


def as_owner(request: Request, account: SalesmanagoAccount, now: int) -> dict[str, Any]:
    """The field `owner`: the request's, else the account's."""
    owner = request_fields(request.items[0].options).get("owner", account.owner)
    return {"owner": owner}


def with_user(name: str = "", dated: bool = False) -> Fields:
    """The request's fields, with the account's owner under `name` if they name no user.

    `dated`: the method requires `date` (UNIX ms), which is now if the message has none.
    """

    def fields(request: Request, account: SalesmanagoAccount, now: int) -> dict[str, Any]:
        item = request.items[0]
        user = {name: account.owner} if name else {}
        undated = dated and "date" not in json.loads(item.payload)
        return {**user, **request_fields(item.options), **({"date": now} if undated else {})}

    return fields


def endpoint(
    path: str,
    fields: Fields = no_fields,
    content: Content = single,
    judge: JudgeSuccess = delivered,
) -> Endpoint:
    """One method: its path, the fields around its items, its items, the meaning of its success."""

    def body(request: Request, account: SalesmanagoAccount, now: float) -> bytes:
        millis = round(now * 1000)
        return envelope(account, millis, fields(request, account, millis), content(request.items))

    return Endpoint(path, body, judge)


def envelope(
    account: SalesmanagoAccount, now: int, fields: dict[str, Any], content: bytes = b""
) -> bytes:
    """A body: authorization data (`now` in UNIX ms) and fields as JSON, then the items' bytes."""
    head = {**credentials(account, now), **fields}
    return compact_json(head)[:-1] + (b"," + content if content else b"}")
