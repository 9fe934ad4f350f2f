"""Whether what is not in trouble went on while one operation was broken and one account slow.

It is asked at the end of the calm (`troubles.py`), in which nothing else goes wrong. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Set

from tests.chaos.oracle import DOOMED, Obligation
from tests.chaos.policies import FAST
from tests.chaos.promises import Name, Violation

#: Seconds after which a message must have been delivered in the calm. Nothing fails then but what
#: lasts, so this is a lane's linger and many times what a request takes, on a busy machine.
PATIENCE = 4.0


def standstills(
    obligations: Iterable[Obligation],
    arrived: Set[Name],
    broken: Collection[tuple[str, str]],
    since: float,
    now: float,
) -> Iterator[Violation]:
    """The messages that are not delivered `now`, though nothing holds them up.

    `arrived`: what was applied or has ended as a dead letter. `broken`: accounts and operations.
    `since`: when the troubles began; both times by the monotonic clock.
    """
    for one in obligations:
        name = (one.account, one.operation, one.id)
        if name not in arrived and _is_due(one, broken, since, now):
            age = now - one.acknowledged_at
            detail = f"acknowledged {age:.1f} s ago, and not delivered while {_words(broken)}"
            yield Violation("standstill", " ".join(name), detail, name)


def _is_due(one: Obligation, broken: Collection[tuple[str, str]], since: float, now: float) -> bool:
    """Upserts do not count, which have no id of their own, nor what waits for its contact."""
    return (
        one.state == "acknowledged"
        and one.account in FAST
        and not one.counter
        and one.fate not in (*DOOMED, "late", "never")
        and (one.account, one.operation) not in broken
        and since <= one.acknowledged_at <= now - PATIENCE
    )


def _words(broken: Collection[tuple[str, str]]) -> str:
    said = ", ".join(f"{operation} of {account}" for account, operation in sorted(broken))
    return f"{said} was broken and another account slow"
