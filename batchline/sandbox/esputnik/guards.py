"""What stands before every method: a rate limit, and a memory for requests that repeat."""

from __future__ import annotations

from collections import deque
from hashlib import sha256


class RateLimit:
    """So many requests in any second."""

    def __init__(self) -> None:
        self._admitted: deque[float] = deque()

    def admits(self, per_second: float, now: float) -> bool:
        """Whether a request at `now` (UNIX seconds) is within the limit; 0: there is none."""
        while self._admitted and self._admitted[0] <= now - 1:
            self._admitted.popleft()
        if per_second and len(self._admitted) >= per_second:
            return False
        self._admitted.append(now)
        return True


class Repeats:
    """When each request was last accepted."""

    def __init__(self) -> None:
        self._accepted: dict[bytes, float] = {}

    def has(self, path: str, body: bytes, within: float, now: float) -> bool:
        """Whether the same was accepted in the last `within` seconds."""
        accepted = self._accepted.get(_name(path, body))
        return accepted is not None and now < accepted + within

    def note(self, path: str, body: bytes, now: float) -> None:
        self._accepted[_name(path, body)] = now


def _name(path: str, body: bytes) -> bytes:
    return sha256(path.encode() + b"\n" + body).digest()
