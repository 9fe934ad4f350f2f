"""What a loop over results asks Redis, and what it knows. Nothing here touches Redis.

A result stays with its consumer until it is acknowledged, which is when the loop asks for the next
one. A consumer that ends gives back what it has; what one has that was killed is given to others
when it is idle for `claim_after`.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import socket
import time
from collections import deque
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from batchline.producers.errors import BadArgument, RedisUnavailable
from batchline.producers.keys import Keys
from batchline.producers.result import Result, results_among

_LUA = files("batchline.producers") / "lua"
#: Results given to a consumer at once.
COUNT = 100
#: Seconds after which a consumer that does not acknowledge is taken to be gone.
CLAIM_AFTER = 60.0
#: Seconds of one wait at most: then the loop looks for consumers that are gone, and whether it is
#: to stop.
WAIT = 1.0
#: The consumer to which the others give back what they have when they end.
RETURNED = "returned"
_GROUP = re.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,127}")

Arguments = list[str | int | bytes]


@cache
def script(name: str) -> str:
    """The text of a script, behind what it uses."""
    return "".join((_LUA / f"{one}.lua").read_text() for one in ("clock", "seen", name))


@cache
def sha(name: str) -> str:
    """The hash by which the server knows the script."""
    return hashlib.sha1(script(name).encode(), usedforsecurity=False).hexdigest()


def group_of(account: str) -> str:
    """The group that reads the results for an account of the system `webhook`."""
    return f"webhook-{account}"


def is_seconds(value: object) -> bool:
    """Whether the value is a number of seconds that Redis can count in ms."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 10**10


class Reader:
    """One consumer of a group."""

    def __init__(self, keys: Keys, group: str, claim_after: float = CLAIM_AFTER) -> None:
        """Raises BadArgument."""
        if not isinstance(group, str) or not _GROUP.fullmatch(group):
            raise BadArgument(
                "group must be 1 to 128 letters, digits, `_`, `-` and `.`, a letter or digit first"
            )
        if not is_seconds(claim_after) or claim_after < 0.001:
            raise BadArgument("claim_after must be a number of seconds above 0")
        self.group = group
        self._keys = keys
        self._seen = keys.results_seen(group)
        self._consumer = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        self._idle = round(claim_after * 1000)
        #: Stream id and result, of what was given and is not yet yielded.
        self._given: deque[tuple[bytes, Result]] = deque()
        self._in_hand: bytes | None = None
        #: Monotonic seconds from which on the consumer's time for these runs.
        self._since = 0.0
        #: How many results the group has lost in all, and of how many of them somebody was told.
        self._lost = self._told = 0
        #: The stream's last id when the group was last read.
        self._last = b"0-0"

    def read(self) -> Arguments:
        """Asks for the next results; the numbers of keys, the keys and the arguments."""
        self._since = time.monotonic()
        keys: Arguments = [self._keys.results, self._keys.results_numbers, self._seen]
        arguments: Arguments = [self.group, self._consumer, COUNT, self._idle, RETURNED]
        return [len(keys), *keys, *arguments]

    def given(self, reply: Sequence[Any]) -> None:
        """Take the answer to `read`. Raises RedisUnavailable for one that is none."""
        try:
            entries, self._lost, self._told, self._last = reply
            self._given.extend(results_among(entries))
        except (AssertionError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise RedisUnavailable(
                "Redis cannot be asked for results: its answer is none of ours. Is it a Redis that "
                f"redis_url leads to? ({type(error).__name__})"
            ) from error

    def lost(self) -> int:
        """How many results the group has lost that nobody was told of."""
        return self._lost - self._told

    def told(self) -> Arguments:
        """The command that notes that the application is told of what was lost."""
        return ["HSET", self._keys.results_numbers, f"told:{self.group}", self._lost]

    def keep(self) -> Arguments | None:
        """Asks to keep what is not yet acknowledged, when half of its time has passed."""
        if not self._given or time.monotonic() - self._since < self._idle / 2000:
            return None
        self._since = time.monotonic()
        return self._kept("")

    def kept(self, ids: Sequence[bytes]) -> None:
        """Take the answer to `keep`: what is not there is somebody else's now."""
        still = set(ids)
        self._given = deque(one for one in self._given if one[0] in still)

    def give_back(self) -> Arguments:
        """Asks to give back what is not acknowledged."""
        return self._kept(RETURNED)

    def has_more(self) -> bool:
        return bool(self._given)

    def next(self) -> Result:
        """The next of the results that were given; it is in hand until it is acknowledged."""
        self._in_hand, result = self._given.popleft()
        return result

    def acknowledge(self) -> Arguments:
        """The command that acknowledges the result in hand."""
        assert self._in_hand is not None
        return ["XACK", self._keys.results, self.group, self._in_hand]

    def wait(self, seconds: float) -> Arguments:
        """The command that waits for a result behind the last one; it gives none to the group."""
        millis = max(1, round(min(seconds, WAIT) * 1000))
        return ["XREAD", "COUNT", 1, "BLOCK", millis, "STREAMS", self._keys.results, self._last]

    def _kept(self, to: str) -> Arguments:
        arguments: Arguments = [self.group, self._consumer, COUNT + 1, to]
        return [2, self._keys.results, self._seen, *arguments]
