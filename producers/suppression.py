"""The suppression list: contacts for whom nothing is accepted, as keyed hashes and never in clear.

The script that enqueues knows from what it reads anyway whether there is a list. If there is, and
the call has no hashes, it answers with the list's key and enqueues nothing: the producer sends the
call again with the hashes, and remembers the key for its next calls.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING

from batchline.producers import entry
from batchline.producers.settings import Settings
from batchline.systems import identities
from batchline.systems.identities import Identity
from batchline.systems.message import operation_of
from batchline.systems.registry import operations

if TYPE_CHECKING:
    from batchline.producers.enqueue import Call

#: Stands for every account.
ALL = "*"
#: The script's answer to a call without hashes: this, and the key.
WANTED = "screen "
#: Times that a call is sent for its hashes, at most: the key changes only where it was deleted.
MOST_TRIES = 3


def hashed(key: str, account: str, one: Identity) -> str:
    """The field of the list that stands for this identifier at this account, or at `ALL`."""
    text = f"{account}\0{one.kind}\0{one.value}".encode(errors="surrogatepass")
    return hmac.new(key.encode(), text, hashlib.sha256).hexdigest()[:32]


def fields(key: str, account: str, found: Iterable[Identity]) -> list[str]:
    """Every field of the list under which one of these may stand, for this account."""
    return [hashed(key, scope, one) for one in sorted(found) for scope in (ALL, account)]


def name_of(key: str) -> str:
    """What the script compares, for the key itself is in no call."""
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def wanted_key(reply: object) -> str | None:
    """The key in the script's answer, if it wants hashes."""
    text = reply.decode(errors="replace") if isinstance(reply, bytes) else ""
    return text.removeprefix(WANTED) if text.startswith(WANTED) else None


def screen(call: Call, key: str, settings: Settings) -> str:
    """The argument `screen` of the script: the hashes of whom each message of the call is about."""
    account, system = call.lane.account, settings.account(call.lane.account).system
    is_dropped = settings.suppressed == "drop"
    found: dict[str, list[str]] = {}
    for number, at in enumerate(range(0, len(call.messages), 2), start=1):
        name, payload = call.messages[at : at + 2]
        contact, options = entry.parse(name.encode() if isinstance(name, str) else name)
        if withdraws(system, operation_of(call.lane.operation, options.decode())):
            continue
        # A worker leaves a single one of several contacts out.
        several = is_dropped and identities.elements(payload)
        own = set() if several else identities.about(contact.decode(), payload)
        if own:
            found[str(number)] = fields(key, account, own)
    return json.dumps({"name": name_of(key), "of": found}, separators=(",", ":"))


@cache
def withdraws(system: str, operation: str) -> bool:
    """Whether messages of the operation only take something of their contact away."""
    record = operations(system).get(operation)
    return record is not None and record.message.withdraws


class Screen:
    """What a producer knows of the list: its key, once the script has asked for hashes."""

    def __init__(self) -> None:
        self.key: str | None = None

    def wants(self, replies: Sequence[object]) -> bool:
        """Whether the call is to be sent again, with hashes: the script asked for them."""
        key = wanted_key(replies[0]) if replies else None
        if key is None:
            return False
        self.key = key
        return True
