"""Rate limits of an account, kept by all workers together in Redis."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

import redis

from batchline.producers import lanes
from batchline.producers.settings import Account
from batchline.systems.account import Limits, Lockout
from batchline.systems.verdicts import DestinationFailed, Outcome
from batchline.worker.store.scripts import Argument, Script

LIMITS = Script("limits")


@dataclass(frozen=True, slots=True)
class Grant:
    """Leave to send so many requests; to be given back when they are answered."""

    name: str
    requests: int
    #: Seconds until there may be more, when none were granted.
    wait: float


def take(client: redis.Redis, name: str, account: Account, wanted: int, seconds: float) -> Grant:
    """Leave for up to `wanted` requests, each under way for `seconds` at most."""
    limits = account.limits
    if limits == Limits() and account.lockout is None:
        return Grant("", wanted, 0.0)
    grant = secrets.token_hex(6)
    arguments: list[Argument] = ["take", wanted]
    for limit in (limits.per_second, limits.per_minute, limits.concurrent):
        arguments.append("" if limit is None else str(limit))
    arguments += [round(seconds * 1000), grant]
    granted, wait = LIMITS(client, lanes.limits(name), arguments)
    return Grant(grant, int(granted), int(wait) / 1000)


def give_back(
    client: redis.Redis, name: str, account: Account, grant: Grant, outcomes: Sequence[Outcome]
) -> None:
    """Say that the requests are answered, and what came: many 429 make it slower, and where the
    API then refuses everything for a while, nothing is sent meanwhile."""
    if not grant.name:
        return
    refused = [o for o in outcomes if isinstance(o, DestinationFailed) and o.throttled]
    said = max((o.retry_after or 0 for o in refused), default=0)
    lockout = Lockout(said, 0, said) if said else account.lockout or Lockout(0, 0, 0)
    arguments: list[Argument] = ["done", grant.name, len(refused), grant.requests]
    arguments += [round(seconds * 1000) for seconds in lockout]
    LIMITS(client, lanes.limits(name), arguments)
