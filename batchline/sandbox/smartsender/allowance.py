"""The rate limit, and the lock that grows with every excess."""

from __future__ import annotations

from collections import deque

from batchline.sandbox.settings import Settings

#: "first excess locks 60 s; each further excess adds 60 s (120, 180, ...) up to 720 s".
LOCKS = 12


class Allowance:
    """What a project may ask for: so many requests in any window.

    The documents do not say when a row of excesses ends: here, with the next request that is
    admitted.
    """

    def __init__(self) -> None:
        self._admitted: deque[float] = deque()
        self._in_a_row = 0
        #: UNIX seconds.
        self.locked_until = 0.0
        #: Requests beyond it so far, those during a lock too.
        self.excesses = 0

    def admits(self, settings: Settings, now: float) -> bool:
        """Whether a request at `now` (UNIX seconds) is answered; if not, it is an excess."""
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
