"""A request as people may see it: every secret of its account is masked.

A value that is made of a secret (a hash, an HTTP Basic header) is found by comparison: the request
is made once more with other secrets, and the values that differ are masked. So no list of fields
can be out of date.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from pydantic import SecretStr

from batchline.systems.account import BaseAccount
from batchline.systems.addresses import MASK, without_credentials
from batchline.systems.contract import System
from batchline.systems.requests import HttpCall, Request

#: Characters from which on a secret is masked wherever its text occurs, in data too. A shorter
#: secret may be an ordinary word: it is masked only where the comparison finds it.
LONG = 8
#: One part of an address.
_PART = re.compile(r"[^/?&=]+")


def masked_call(
    system: System[Any], request: Request, account: BaseAccount, now: float
) -> HttpCall:
    """The call of a request with every secret, and every value made of one, as `MASK`.

    `now` is in UNIX seconds.
    """
    own = _secrets(account)
    others = {name: SecretStr(secrets.token_hex(24)) for name in own}
    call = system.call(request, account, now)
    other = system.call(request, account.model_copy(update=others), now)
    shown = replace(
        call,
        url=without_credentials(_masked_url(call.url, other.url)),
        headers={
            name: _masked_header(value, other.headers[name]) for name, value in call.headers.items()
        },
        body=_masked_body(call.body, other.body),
    )
    return _without(shown, [secret for secret in own.values() if len(secret) >= LONG])


def _secrets(account: BaseAccount) -> dict[str, str]:
    return {
        name: value.get_secret_value() for name, value in account if isinstance(value, SecretStr)
    }


def _masked_url(url: str, other: str) -> str:
    """The address with the parts masked that differ in `other`.

    Every part is masked where a secret changed the number of parts.
    """
    others = _PART.findall(other)
    count = len(_PART.findall(url))
    indexes = iter(range(count))

    def masked(match: re.Match[str]) -> str:
        index = next(indexes)
        same = count == len(others) and match.group() == others[index]
        return match.group() if same else MASK

    return _PART.sub(masked, url)


def _masked_header(value: str, other: str) -> str:
    parts, others = value.split(" "), other.split(" ")
    if len(parts) != len(others):
        return MASK
    pairs = zip(parts, others, strict=True)
    return " ".join(part if part == another else MASK for part, another in pairs)


def _masked_body(body: bytes, other: bytes) -> bytes:
    """The body, byte for byte, but for the fields whose value differs in `other`."""
    if body == other:
        return body
    text = body.decode(errors="replace")
    try:
        fields = list(_differing(json.loads(body), json.loads(other)))
    except ValueError:
        return MASK.encode()
    for name, value in fields:
        spelled = f"{_json(name)}:{_json(value)}"
        if spelled not in text:
            return MASK.encode()
        text = text.replace(spelled, f"{_json(name)}:{_json(MASK)}", 1)
    return text.encode()


def _differing(value: Any, other: Any) -> Iterator[tuple[str, Any]]:
    """Name and value of the fields whose value differs in `other`."""
    if isinstance(value, list):
        for inner, another in zip(value, other, strict=True):
            yield from _differing(inner, another)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if isinstance(inner, dict | list):
                yield from _differing(inner, other[name])
            elif inner != other[name]:
                yield name, inner


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _without(call: HttpCall, hidden: Iterable[str]) -> HttpCall:
    """The call with the hidden texts masked, however JSON or an address spells them."""
    spelled = {
        spelling
        for text in filter(None, hidden)
        for spelling in (
            text,
            json.dumps(text, ensure_ascii=False)[1:-1],
            json.dumps(text)[1:-1],
            quote(text, safe=""),
        )
    }
    longest_first = sorted(spelled, key=len, reverse=True)

    def masked(text: str) -> str:
        for spelling in longest_first:
            text = text.replace(spelling, MASK)
        return text

    return replace(
        call,
        url=masked(call.url),
        headers={name: masked(value) for name, value in call.headers.items()},
        body=masked(call.body.decode(errors="replace")).encode(),
    )
