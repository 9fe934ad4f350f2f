"""Methods of API v2: a JSON body of the auth block, fields around the items, and the items.

Items are joined as the bytes that the producer wrote; only what is around them is made here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from batchline.systems.columns import Item, payloads
from batchline.systems.message import request_fields
from batchline.systems.requests import Endpoint, Request
from batchline.systems.salesmanago.account import SalesmanagoAccount
from batchline.systems.salesmanago.auth import as_json, credentials
from batchline.systems.verdicts import Judged, Outcome

#: From request, account and UNIX ms to what stands beside the auth block.
Fields = Callable[[Request, SalesmanagoAccount, int], dict[str, Any]]
#: The items' own bytes, with the closing brace; b"" where the fields say all.
Content = Callable[[Sequence[Item]], bytes]
#: What an answer with `success: true` means.
JudgeSuccess = Callable[[Request, dict[str, Any]], Outcome]


def no_fields(request: Request, account: SalesmanagoAccount, now: int) -> dict[str, Any]:
    return {}


def no_content(items: Sequence[Item]) -> bytes:
    return b""


def single(items: Sequence[Item]) -> bytes:
    """The only item's fields."""
    return items[0].payload[1:]


def array(name: str) -> Content:
    """The items as an array under that name."""

    def content(items: Sequence[Item]) -> bytes:
        return b'"%s":[%s]}' % (name.encode(), b",".join(payloads(items)))

    return content


def delivered(request: Request, answer: dict[str, Any]) -> Judged:
    """`success: true` is all that the method says."""
    return Judged()


def delivered_with(name: str) -> JudgeSuccess:
    """All delivered; what the answer has under `name` is the API's own id of what it made."""

    def judge(request: Request, answer: dict[str, Any]) -> Judged:
        api_id = answer.get(name)
        if not isinstance(api_id, str | int) or isinstance(api_id, bool) or api_id == "":
            return Judged()
        return Judged(ids=dict.fromkeys(range(len(request.items)), str(api_id)))

    return judge


def as_owner(request: Request, account: SalesmanagoAccount, now: int) -> dict[str, Any]:
    """`owner`: the request's, or the account's."""
    owner = request_fields(request.items[0].options).get("owner", account.owner)
    return {"owner": owner}


def with_user(name: str = "", dated: bool = False) -> Fields:
    """The request's fields, and under `name` the account's owner where they name no user.

    `dated`: the method requires `date` (UNIX ms), which is now where the message says none.
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
    """One method: its path, what stands around its items, and what its success means."""

    def body(request: Request, account: SalesmanagoAccount, now: float) -> bytes:
        millis = round(now * 1000)
        return envelope(account, millis, fields(request, account, millis), content(request.items))

    return Endpoint(path, body, judge)


def envelope(
    account: SalesmanagoAccount, now: int, fields: dict[str, Any], content: bytes = b""
) -> bytes:
    """Auth block (`requestTime` in UNIX ms) and fields as JSON, and the items' bytes behind."""
    head = {**credentials(account, now), **fields}
    return as_json(head)[:-1] + (b"," + content if content else b"}")
