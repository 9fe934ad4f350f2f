"""How often a login may fail. Each process counts for itself."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

#: Failed logins of one name, and of one address, in so many seconds.
MOST_OF_NAME, MOST_OF_ADDRESS = 10, 20
WITHIN = 300.0
#: Names and addresses that are remembered.
REMEMBERED = 10_000


class Attempts:
    """The failed logins of the last minutes."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failed: OrderedDict[str, deque[float]] = OrderedDict()

    def wait(self, name: str, address: str) -> float:
        """Seconds until this name may be tried from this address; 0: now."""
        now = self._clock()
        with self._lock:
            return max(self._wait(key, most, now) for key, most in _keys(name, address))

    def begin(self, name: str, address: str) -> None:
        """Note a try, before its password is looked at: it counts as failed until `succeeded`."""
        now = self._clock()
        with self._lock:
            for key, most in _keys(name, address):
                times = self._failed.setdefault(key, deque(maxlen=most))
                times.append(now)
                self._failed.move_to_end(key)
            while len(self._failed) > REMEMBERED:
                self._failed.popitem(last=False)

    def succeeded(self, name: str, address: str) -> None:
        """The password was right: forget the failures of the name, and this try of the address."""
        with self._lock:
            self._failed.pop(f"name {name}", None)
            if times := self._failed.get(f"address {address}"):
                times.pop()

    def _wait(self, key: str, most: int, now: float) -> float:
        times = self._failed.get(key, deque())
        if len(times) < most:
            return 0.0
        return max(0.0, times[0] + WITHIN - now)


def _keys(name: str, address: str) -> tuple[tuple[str, int], tuple[str, int]]:
    return (f"name {name}", MOST_OF_NAME), (f"address {address}", MOST_OF_ADDRESS)
