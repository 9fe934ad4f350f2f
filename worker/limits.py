"""Rate limits of an account, kept by all workers together in Redis."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import redis

from producers import lanes
from producers.settings import Limits
from worker.scripts import Argument, Script

LIMITS = Script("limits")


@dataclass(frozen=True, slots=True)
class Grant:
    """Leave to send so many requests; to be given back when they are answered."""

    name: str
    requests: int
    #: Seconds until there may be more, when none were granted.
    wait: float


def take(client: redis.Redis, account: str, limits: Limits, wanted: int, seconds: float) -> Grant:
    """Leave for up to `wanted` requests, each under way for `seconds` at most."""
    if limits == Limits():
        return Grant("", wanted, 0.0)
    name = secrets.token_hex(6)
    arguments: list[Argument] = ["take", wanted]
    for limit in (limits.per_second, limits.per_minute, limits.concurrent):
        arguments.append("" if limit is None else str(limit))
    arguments += [round(seconds * 1000), name]
    granted, wait = LIMITS(client, lanes.limits(account), arguments)
    return Grant(name, int(granted), int(wait) / 1000)


def give_back(client: redis.Redis, account: str, grant: Grant, refused: int) -> None:
    """Say that the requests are answered, `refused` of them with 429: too many make it slower."""
    if grant.name:
        LIMITS(client, lanes.limits(account), ["done", grant.name, refused, grant.requests])
