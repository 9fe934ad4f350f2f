"""Whether what is not in trouble went on while one operation was broken and one account slow.

It is asked at the end of the calm (`troubles.py`), in which nothing else goes wrong; the calm lasts
until it is answered. How fast messages get on, the machine decides: what counts is that they do,
while the troubles last. Pure.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Set

from tests.chaos.oracle import DOOMED, Obligation
from tests.chaos.policies import FAST
from tests.chaos.promises import Name, Violation

#: Seconds for which an operation of an account may deliver none of what is due. In the calm nothing
#: fails but what lasts: a lane's linger and a request are tenths of a second, and no machine that
#: runs the workers at all is a hundred times as slow.
STANDSTILL = 30.0


class MachineTime:
    """Seconds as a machine with time to spare has them: it is asked again and again.

    On one that is loaded every round of the loop that asks takes longer, as all that is waited for
    does: a round counts for `most` seconds at most.
    """

    def __init__(self, most: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._last = clock()
        self._passed = 0.0

    def passed(self) -> float:
        """Seconds since the beginning."""
        now = self._clock()
        self._passed += min(now - self._last, self._most)
        self._last = now
        return self._passed


class Calm:
    """What must be delivered while the troubles of the calm last."""

    def __init__(
        self,
        obligations: Iterable[Obligation],
        broken: Collection[tuple[str, str]],
        since: float,
        now: float,
    ) -> None:
        """`broken`: accounts and operations. `since`: when the troubles began.

        Both times are of the monotonic clock.
        """
        self._broken = broken
        due = [one for one in obligations if _is_due(one, broken, since, now)]
        #: What has not arrived.
        self._missing = {(one.account, one.operation, one.id): one for one in due}
        #: Account and operation -> when one of its messages arrived last.
        self._moved = {name[:2]: now for name in self._missing}

    def look(self, arrived: Set[Name], now: float) -> bool:
        """Whether it is known by now what stands still, if anything does.

        `arrived`: what was applied or has ended as a dead letter.
        """
        for name in self._missing.keys() & arrived:
            del self._missing[name]
            self._moved[name[:2]] = now
        return all(self._stands_still(name, now) for name in self._missing)

    def standstills(self, now: float) -> Iterator[Violation]:
        """The messages whose operation has delivered nothing of what is due for too long."""
        for name, one in sorted(self._missing.items()):
            if self._stands_still(name, now):
                age, still = now - one.acknowledged_at, now - self._moved[name[:2]]
                detail = (
                    f"acknowledged {age:.1f} s ago, and nothing of its operation that is due was "
                    f"delivered for {still:.0f} s while {_words(self._broken)}"
                )
                yield Violation("standstill", " ".join(name), detail, name)

    def __str__(self) -> str:
        return f"{len(self._missing)} messages of the calm have not arrived yet"

    def _stands_still(self, name: Name, now: float) -> bool:
        return now - self._moved[name[:2]] > STANDSTILL


def _is_due(one: Obligation, broken: Collection[tuple[str, str]], since: float, now: float) -> bool:
    """Upserts do not count, which have no id of their own, nor what waits for its contact."""
    return (
        one.state == "acknowledged"
        and one.account in FAST
        and not one.counter
        and one.fate not in (*DOOMED, "late", "never")
        and (one.account, one.operation) not in broken
        and since <= one.acknowledged_at <= now
    )


def _words(broken: Collection[tuple[str, str]]) -> str:
    said = ", ".join(f"{operation} of {account}" for account, operation in sorted(broken))
    return f"{said} was broken and another account slow"
