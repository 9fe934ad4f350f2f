"""The shares of the accounts in one worker: how much of each may be under way at once.

All accounts use one process. An account that answers slowly fills its own share, and no other's.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from batchline.worker.store import clock


class Shares:
    """Counts the lanes (or jobs) that this process has dispatched to itself, by account.

    A name begins with its account's: `account:operation:partition`, and `@job` behind it for a job.
    Safe to use from several threads.
    """

    def __init__(self, most: int, grace: float, freed: Callable[[], object]) -> None:
        """`most`: how many of one account may be under way at once.

        `grace`: seconds after which a dispatched lane that has not begun counts no more, for its
        task is lost. `freed` is called when an account that was full is so no more.
        """
        self.most = most
        self._grace = grace
        self._freed = freed
        self._lock = threading.Lock()
        #: Name -> `clock.seconds` of its dispatch; until its task begins.
        self._dispatched: dict[str, float] = {}
        #: Names whose tasks run, with how many of them.
        self._running: Counter[str] = Counter()
        #: When a dispatched name was last found lost, if none has begun since.
        self._lost_at: float | None = None

    def free(self) -> dict[str, int]:
        """Account -> how many more of it may begin; all other accounts may have `most`."""
        with self._lock:
            self._forget_lost()
            used = Counter(map(account_of, self._under_way()))
            return {account: self.most - count for account, count in used.items()}

    def dispatched(self, names: Iterable[str]) -> None:
        """Note that tasks are sent for these."""
        with self._lock:
            self._dispatched |= dict.fromkeys(names, clock.seconds())

    def withdrawn(self, names: Iterable[str]) -> None:
        """Note that no tasks are sent for these after all."""
        with self._lock:
            for name in names:
                self._dispatched.pop(name, None)

    @contextmanager
    def running(self, name: str) -> Iterator[None]:
        """The time in which the name's task runs."""
        with self._lock:
            self._dispatched.pop(name, None)
            self._running[name] += 1
            self._lost_at = None
        try:
            yield
        finally:
            with self._lock:
                account = account_of(name)
                used = sum(account_of(one) == account for one in self._under_way())
                self._running -= Counter([name])
            if used >= self.most:
                self._freed()

    def is_stuck(self) -> bool:
        """Whether what was dispatched lately has not begun in time, and nothing else has since.

        What cannot begin is dispatched again, and lost again, within each `grace`.
        """
        with self._lock:
            self._forget_lost()
            lost_at = self._lost_at
            return lost_at is not None and clock.seconds() - lost_at < 2 * self._grace

    def running_of(self) -> dict[str, int]:
        """Account -> how many of it run."""
        with self._lock:
            return dict(Counter(map(account_of, self._running.elements())))

    def _under_way(self) -> Iterator[str]:
        yield from self._dispatched
        yield from self._running.elements()

    def _forget_lost(self) -> None:
        oldest = clock.seconds() - self._grace
        kept = {name: at for name, at in self._dispatched.items() if at > oldest}
        if len(kept) < len(self._dispatched):
            self._lost_at = clock.seconds()
        self._dispatched = kept


def account_of(name: str) -> str:
    """The account of a lane's name, or of a job's."""
    return name.partition(":")[0]
