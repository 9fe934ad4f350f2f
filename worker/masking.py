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

from producers.accounts import BaseAccount
from worker.systems.base import HttpCall, Request, System

MASK = "***"
#: What an address consists of.
_PART = re.compile(r"[^/?&=]+")


def masked_call(
    system: System[Any], request: Request, account: BaseAccount, now: float
) -> HttpCall:
    """The request's bytes with every secret, and what was made of one, as stars."""
    own = _secrets(account)
    drawn = {name: secrets.token_hex(24) for name in own}
    others = {name: SecretStr(secret) for name, secret in drawn.items()}
    other = system.call(request, account.model_copy(update=others), now)
    call = _without(system.call(request, account, now), own.values())
    return _without(call, _differing(call, _without(other, drawn.values())))


def _secrets(account: BaseAccount) -> dict[str, str]:
    return {
        name: value.get_secret_value() for name, value in account if isinstance(value, SecretStr)
    }


def _differing(call: HttpCall, other: HttpCall) -> Iterator[str]:
    """The parts of the one that the other has not in their place."""
    yield from _parts(_PART.findall(call.url), _PART.findall(other.url))
    for name, value in call.headers.items():
        yield from _parts(value.split(" "), other.headers[name].split(" "))
    if call.body == other.body:
        return
    try:
        yield from _leaves(json.loads(call.body), json.loads(other.body))
    except ValueError:
        yield call.body.decode(errors="replace")


def _parts(parts: list[str], others: list[str]) -> Iterator[str]:
    """All of them, where a secret has changed their number."""
    for place, part in enumerate(parts):
        if len(parts) != len(others) or part != others[place]:
            yield part


def _leaves(value: Any, other: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, other[name])
    elif isinstance(value, list):
        for inner, another in zip(value, other, strict=True):
            yield from _leaves(inner, another)
    elif value != other:
        yield str(value)


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
