"""What can go wrong in a run; every one of them makes the exit status 1."""

from collections.abc import Mapping


class BenchError(Exception):
    """A measurement failed; the message says which, and shows the end of its log."""


class LedgerMismatch(BenchError):
    """The sink did not receive exactly the items that were enqueued."""

    def __init__(self, name: str, expected: int, received: int) -> None:
        super().__init__(
            f"{name}: {expected:,} items had to arrive, the sink received {received:,}"
        )


class CountersMismatch(BenchError):
    """Batchline's own counters do not say that every message enqueued was delivered."""

    def __init__(self, name: str, expected: Mapping[str, int], found: Mapping[str, int]) -> None:
        told = ", ".join(f"{key} {found.get(key, 0):,}" for key in expected)
        asked = ", ".join(f"{key} {value:,}" for key, value in expected.items())
        super().__init__(f"{name}: its counters say {told}; they had to say {asked}")
