"""What can go wrong in a run; every one of them makes the exit status 1."""


class BenchError(Exception):
    """A measurement failed; the message says which and shows the end of the log."""


class LedgerMismatch(BenchError):
    """The sink did not receive exactly the events that were enqueued."""

    def __init__(self, peer: str, expected: int, received: int) -> None:
        super().__init__(f"{peer}: {expected:,} events enqueued, {received:,} received by the sink")
        self.peer = peer
        self.expected = expected
        self.received = received
