"""Guards before every method: a rate limit, and a memory of accepted requests."""

from __future__ import annotations

from collections import deque
from hashlib import sha256


class RateLimit:
    """A limit on the requests in any second."""

    def __init__(self) -> None:
        self._admitted: deque[float] = deque()

    def admits(self, per_second: float, now: float) -> bool:
        """Whether the limit admits a request at `now` (UNIX seconds); 0: there is no limit."""
        while self._admitted and self._admitted[0] <= now - 1:
            self._admitted.popleft()
        if per_second and len(self._admitted) >= per_second:
            return False
        self._admitted.append(now)
        return True


class Repeats:
    """The time at which each request was last accepted."""

    def __init__(self) -> None:
        self._accepted: dict[bytes, float] = {}

    def has(self, path: str, body: bytes, within: float, now: float) -> bool:
        """Whether an equal request was accepted in the last `within` seconds before `now`."""
        accepted = self._accepted.get(_name(path, body))
        return accepted is not None and now < accepted + within

    def note(self, path: str, body: bytes, now: float) -> None:
        """Record that the request was accepted at `now` (UNIX seconds)."""
        self._accepted[_name(path, body)] = now


def _name(path: str, body: bytes) -> bytes:
    return sha256(path.encode() + b"\n" + body).digest()
