"""The rate limit, and the lock that becomes longer with every excess."""

from __future__ import annotations

from collections import deque

from batchline.sandbox.settings import Settings

#: The most locks that add up: "first excess locks 60 s; each further excess adds 60 s (120, 180,
#: ...) up to 720 s".
LOCKS = 12


class Allowance:
    """A project's limit on the requests in any window, and its lock.

    The documents do not say when a row of excesses ends: here it ends with the next admitted
    request.
    """

    def __init__(self) -> None:
        self._admitted: deque[float] = deque()
        self._in_a_row = 0
        #: UNIX seconds until which the project is locked.
        self.locked_until = 0.0
        #: Number of requests beyond the limit so far, requests during a lock included.
        self.excesses = 0

    def admits(self, settings: Settings, now: float) -> bool:
        """Whether a request at `now` (UNIX seconds) is admitted; otherwise it is an excess."""
        if not settings.smartsender_limit:
            return True
        while self._admitted and self._admitted[0] <= now - settings.smartsender_window:
            self._admitted.popleft()
        if now < self.locked_until or len(self._admitted) >= settings.smartsender_limit:
            self._lock(settings.smartsender_lock, now)
            return False
        self._in_a_row = 0
        self._admitted.append(now)
        return True

    def _lock(self, seconds: float, now: float) -> None:
        self.excesses += 1
        self._in_a_row += 1
        self.locked_until = now + seconds * min(self._in_a_row, LOCKS)
