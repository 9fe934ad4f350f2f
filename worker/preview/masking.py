"""A request as people may see it: without anything that an account's secrets are in.

What comes of a secret (a hash, an HTTP Basic header) is found by its value: the request is made
once more with other secrets, and what differs is what they went into. So no list of fields can be
out of date.
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
from batchline.systems.contract import System
from batchline.systems.requests import HttpCall, Request

MASK = "***"
#: Characters from which on a secret is hidden wherever its text stands, in data too. A shorter one
#: cannot be told from a word: it is hidden where it went.
LONG = 8
#: What an address consists of.
_PART = re.compile(r"[^/?&=]+")


def masked_call(
    system: System[Any], request: Request, account: BaseAccount, now: float
) -> HttpCall:
    """The request's bytes with every secret, and what was made of one, as stars."""
    own = _secrets(account)
    others = {name: SecretStr(secrets.token_hex(24)) for name in own}
    call = system.call(request, account, now)
    other = system.call(request, account.model_copy(update=others), now)
    shown = replace(
        call,
        url=_masked_url(call.url, other.url),
        headers={
            name: _masked_words(value, other.headers[name]) for name, value in call.headers.items()
        },
        body=_masked_body(call.body, other.body),
    )
    return _without(shown, [secret for secret in own.values() if len(secret) >= LONG])


def _secrets(account: BaseAccount) -> dict[str, str]:
    return {
        name: value.get_secret_value() for name, value in account if isinstance(value, SecretStr)
    }


def _masked_url(url: str, other: str) -> str:
    """Each part that the other has not in its place; all, where a secret changed their number."""
    others = _PART.findall(other)
    count = len(_PART.findall(url))
    indexes = iter(range(count))

    def masked(found: re.Match[str]) -> str:
        index = next(indexes)
        same = count == len(others) and found.group() == others[index]
        return found.group() if same else MASK

    return _PART.sub(masked, url)


def _masked_words(value: str, other: str) -> str:
    parts, others = value.split(" "), other.split(" ")
    if len(parts) != len(others):
        return MASK
    pairs = zip(parts, others, strict=True)
    return " ".join(word if word == another else MASK for word, another in pairs)


def _masked_body(body: bytes, other: bytes) -> bytes:
    """The very bytes, but for the fields whose value is another with other secrets."""
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
    """The fields, name and value, that the other has otherwise."""
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
    """In whichever way they are written: in JSON, and in an address."""
    spelled = {
        spelling
        for one in filter(None, hidden)
        for spelling in (
            one,
            json.dumps(one, ensure_ascii=False)[1:-1],
            json.dumps(one)[1:-1],
            quote(one, safe=""),
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
