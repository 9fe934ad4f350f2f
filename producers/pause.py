"""After a call that Redis did not answer, a process leaves Redis alone for a while.

Otherwise every request of a shop would wait for `enqueue_timeout`, until all its threads do. So
only one call at a time finds out whether Redis is back, and all others fail at once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from batchline.producers.errors import NotTried
from batchline.producers.forks import this_process
from batchline.producers.settings import EnqueuePause, Settings


class Pause:
    """The pause of one Redis. Producers, threads and event loops of the process share it."""

    def __init__(
        self, rules: EnqueuePause, trial: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`trial`: the seconds that a call may take. `clock` tells monotonic seconds."""
        self._rules = rules
        self._trial = trial
        self._clock = clock
        # A signal handler may call in the middle of this thread's own call.
        self._lock = threading.RLock()
        #: Seconds of the pause under way; 0: there is none.
        self._length = 0.0
        #: When the last call failed, and when the next one may try.
        self._failed = self._until = 0.0

    def admit(self) -> None:
        """Let a call through, or raise NotTried.

        When the pause is over one call is let through. The others wait for what becomes of it.
        """
        if not self._length:
            return
        with self._lock:
            now = self._clock()
            if not self._length:
                return
            if now < self._until:
                raise NotTried(now - self._failed, self._until - now)
            self._until = now + self._trial

    def begin(self, since: float) -> None:
        """Begin a pause, or a longer one: Redis did not answer the call that began at `since`."""
        with self._lock:
            # A call that began before the pause did says nothing new.
            if not self._length or since >= self._failed:
                longer = self._length * self._rules.factor or self._rules.first
                self._length = min(longer, self._rules.max)
            self._failed = self._clock()
            self._until = self._failed + self._length

    def end(self) -> None:
        """End the pause: Redis answered."""
        if self._length:
            with self._lock:
                self._length = 0.0


_PAUSES: dict[tuple[object, ...], Pause] = {}


class PauseOf:
    """The pause for one Redis of whichever process asks; a forked child has its own."""

    def __init__(self, url: str | None, settings: Settings) -> None:
        """`url`: the Redis' address; None: the one of the settings."""
        self._of = url, settings
        self._process: tuple[int, int] | None = None
        self._pause: Pause

    def this_process(self) -> Pause:
        """The pause of this process."""
        if (process := this_process()) != self._process:
            self._pause, self._process = _pause_of(*self._of), process
        return self._pause


def _pause_of(url: str | None, settings: Settings) -> Pause:
    waits = settings.enqueue_timeout + settings.wait_timeout * bool(settings.wait_replicas)
    where = url or settings.redis_url or settings.data_dir.absolute()
    key = (this_process(), where, settings.enqueue_pause, waits)
    return _PAUSES.get(key) or _PAUSES.setdefault(key, Pause(settings.enqueue_pause, waits))
