"""What is promised of each account and operation, and the settings that ask for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from batchline.systems.operation import AmbiguousPolicy as Policy
from batchline.systems.registry import operations

#: An account for each policy, of that name; and one whose API takes most of the time that a client
#: waits, for every event and coupon, and that has many lanes.
SLOW = "slow"
ACCOUNTS = ("resend", "hold", "verify", SLOW)
#: The others.
FAST = ACCOUNTS[:-1]
#: The account whose API is at a host of its own, which can be down.
ALONE = "hold"
#: Operations that the run enqueues.
USED = ("contact.upsert", "event.add", "coupon.redeem", "push.send", "push.send_custom")


def policy(account: str, operation: str) -> Policy:
    """What holds for an operation of an account. Upserts are idempotent: always sent again.

    The slow account has the policy that may double messages where an API is slow: `verify`.
    """
    if operation == "contact.upsert" or account == "resend":
        return "resend"
    if account in ("verify", SLOW) and operations("salesmanago")[operation].verified:
        return "verify"
    return "hold"


#: Every wait shortened, so that a minute holds many faults.
_ACCOUNT = """
[accounts.{name}]
system = "salesmanago"
url = "{url}"
client_id = "chaos-{name}"
api_key = "chaos"
api_secret = "chaos-secret"
owner = "{owner}"
timeout = {{connect = 1, read = 1.5}}
lease = 4
backoff = {{first = 0.1, factor = 2, max = 1}}
replay = {{every = 1, until = 5}}
parallel = 4
verify_after = 2.5
suspects = {{every = {every:g}, until = {until:g}}}
breaker = {{open = 1}}
jobs = {{poll = 1, until = 110, hosts = ["{files}"]}}
{special}"""
#: Tries of an event whose contact is missing before it is given up: 1 + until / every.
MISSING_TRIES = 6

#: Seconds between tries of a message on which alone the API fails, and until it is given up.
SUSPECTS = (2.0, 6.0)

#: Of one account each, so that every shape of lane is met.
_SPECIAL = {"hold": "limits = {concurrent = 6}\n"}
_PARTITIONS = {"resend": 3, "hold": 2, "verify": 1, SLOW: 16}
#: Other operations that have as many.
_SPREAD = {(SLOW, "coupon.redeem"), ("verify", "coupon.redeem")}
_BATCH_SIZE = {"contact.upsert": 30, "event.add": 40, "coupon.redeem": 10}


def settings(redis_url: str, urls: Mapping[str, str], files: str, owner: str) -> str:
    """The settings file of a run.

    `urls`: the API of each account. `files`: host and port from which jobs' results are fetched.
    """
    top = f'redis_url = "{redis_url}"\ndispatch_every = 0.1\nenqueue_timeout = 1\n'
    return top + "".join(_account(name, urls[name], files, owner) for name in ACCOUNTS)


def _account(name: str, url: str, files: str, owner: str) -> str:
    text = _ACCOUNT.format(
        name=name,
        url=url,
        files=files,
        owner=owner,
        special=_SPECIAL.get(name, ""),
        every=SUSPECTS[0],
        until=SUSPECTS[1],
    )
    return text + "".join(_operation(name, operation) for operation in USED)


def _operation(account: str, operation: str) -> str:
    lines: dict[str, Any] = {"linger": 0.2, "ambiguous": f'"{policy(account, operation)}"'}
    if operation in _BATCH_SIZE:
        lines["batch_size"] = _BATCH_SIZE[operation]
    if operation in ("contact.upsert", "event.add") or (account, operation) in _SPREAD:
        lines["partitions"] = _PARTITIONS[account]
    body = "".join(f"{key} = {value}\n" for key, value in lines.items())
    return f'[accounts.{account}.operations."{operation}"]\n{body}'
