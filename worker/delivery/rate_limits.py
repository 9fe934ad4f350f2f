"""Rate limits of an account, kept by all workers together in Redis."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from batchline.producers.settings import Account
from batchline.systems.account import Limits, Lockout
from batchline.systems.verdicts import DestinationFailed, Outcome
from batchline.worker.store.scripts import Argument, Script
from batchline.worker.store.store import Store

TAKE = Script("take_grants")
RETURN = Script("return_grants")


@dataclass(frozen=True, slots=True)
class Grant:
    """Requests that may be sent; to be given back when they are answered."""

    name: str
    requests: int
    #: Seconds until there may be more, when none were granted.
    wait: float


def take(store: Store, name: str, account: Account, wanted: int, seconds: float) -> Grant:
    """Up to `wanted` requests, each under way for `seconds` at most."""
    limits = account.limits
    if limits == Limits() and account.lockout is None:
        return Grant("", wanted, 0.0)
    grant = secrets.token_hex(6)
    arguments: list[Argument] = [wanted]
    for limit in (limits.per_second, limits.per_minute, limits.concurrent):
        arguments.append("" if limit is None else str(limit))
    arguments += [round(seconds * 1000), grant]
    granted, wait = TAKE(store, store.keys.limits(name), arguments)
    return Grant(grant, int(granted), int(wait) / 1000)


def give_back(
    store: Store, name: str, account: Account, grant: Grant, outcomes: Sequence[Outcome]
) -> None:
    """The requests are answered, and how: many 429 make the account slower, and where the API then
    refuses everything for a while, nothing is sent meanwhile."""
    if not grant.name:
        return
    refused = [o for o in outcomes if isinstance(o, DestinationFailed) and o.throttled]
    said = max((o.retry_after or 0 for o in refused), default=0)
    lockout = Lockout(said, 0, said) if said else account.lockout or Lockout(0, 0, 0)
    arguments: list[Argument] = [grant.name, len(refused), grant.requests]
    arguments += [round(seconds * 1000) for seconds in lockout]
    RETURN(store, store.keys.limits(name), arguments)
