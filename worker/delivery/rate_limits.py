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
#: The same for somebody who waits for the answer: while Redis is away they are not repeated.
TAKE_ONCE = Script("take_grants", is_patient=False)
RETURN_ONCE = Script("return_grants", is_patient=False)


@dataclass(frozen=True, slots=True)
class Grant:
    """Requests that may be sent; `release` ends it when they are answered."""

    #: "" when the account has no limits.
    name: str
    #: How many requests may be sent.
    requests: int
    #: Seconds until requests may be granted, when none were.
    wait: float


#: The grant of one request of an account that has no limits.
UNLIMITED = Grant("", 1, 0.0)


def is_limited(account: Account) -> bool:
    """Whether the account has limits, or its API locks it after a 429."""
    return account.limits != Limits() or account.lockout is not None


def take(
    store: Store,
    name: str,
    account: Account,
    wanted: int,
    seconds: float,
    is_patient: bool = True,
    reserves: bool = False,
) -> Grant:
    """Take a grant of up to `wanted` requests, each under way for `seconds` at most.

    `name` is the account's. `is_patient`: whether the call is repeated while Redis is away.
    `reserves`: whether the next free grant is kept from the lanes, where there is none now; who
    asks so has to come back when `Grant.wait` is over.
    """
    limits = account.limits
    if not is_limited(account):
        return Grant("", wanted, 0.0)
    grant = secrets.token_hex(6)
    arguments: list[Argument] = [wanted]
    for limit in (limits.per_second, limits.per_minute, limits.concurrent):
        arguments.append("" if limit is None else str(limit))
    arguments += [round(seconds * 1000), grant, "1" if reserves else ""]
    script = TAKE if is_patient else TAKE_ONCE
    granted, wait = script(store, store.keys.limits(name), arguments)
    return Grant(grant, int(granted), int(wait) / 1000)


def release(
    store: Store,
    name: str,
    account: Account,
    grant: Grant,
    outcomes: Sequence[Outcome],
    is_patient: bool = True,
) -> None:
    """End a grant whose requests are answered, with these outcomes.

    Many answers 429 make the account slower. Where the API refuses everything for a while after a
    429, nothing is granted meanwhile.
    """
    if not grant.name:
        return
    failures = [outcome for outcome in outcomes if isinstance(outcome, DestinationFailed)]
    refused = [failure for failure in failures if failure.throttled]
    retry_after = max((failure.retry_after or 0 for failure in refused), default=0)
    own = account.lockout or Lockout(0, 0, 0)
    lockout = Lockout(retry_after, 0, retry_after) if retry_after else own
    arguments: list[Argument] = [grant.name, len(refused), grant.requests]
    arguments += [round(seconds * 1000) for seconds in lockout]
    script = RETURN if is_patient else RETURN_ONCE
    script(store, store.keys.limits(name), arguments)
