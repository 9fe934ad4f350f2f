"""What is measured, and how: the interface of a peer, and one measurement of it.

A peer says how its queue is filled and which command drains it. Everything else is done here and
so the same for all: a fresh server, the memory, the start of the worker, the ledger.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.bench.errors import LedgerMismatch
from tests.bench.processes import Child, running
from tests.bench.server import running_server, used_memory
from tests.bench.sink import Sink

#: Called with the events delivered so far.
Progress = Callable[[int], None]

#: A worker that delivers nothing for this long has failed, seconds.
STALL_SECONDS = 20.0
#: How often the sink is asked how far a worker is, seconds.
POLL_SECONDS = 0.1


class Enqueue(Protocol):
    """One way for one process to put events into Redis."""

    @property
    def name(self) -> str:
        """Its row in the table; the same name may serve several peers."""

    @property
    def events(self) -> int:
        """How many a measurement of it alone puts, in a full run."""

    def fill(self, redis_url: str, n: int) -> float:
        """Put `n` events (`payload.events` or `payload.items`); the seconds that took.

        Connecting and building the events beforehand are left out of the seconds.
        """


@dataclass(frozen=True)
class Worker:
    """The command of a worker process and what it needs in its environment."""

    argv: Sequence[str]
    env: Mapping[str, str]


class Peer(Protocol):
    """One way to get events from Redis to the API."""

    @property
    def name(self) -> str:
        """Its row in the table."""

    @property
    def events(self) -> int:
        """How many wait when its worker starts, in a full run: some 5 to 15 seconds of work."""

    @property
    def enqueue(self) -> Enqueue:
        """How they are put."""

    def worker(self, redis_url: str, sink_url: str, folder: Path) -> Worker:
        """What drains the queue: POSTs to `sink_url` (any path), files of its own in `folder`."""


@dataclass(frozen=True)
class Drained:
    """One peer, one round."""

    events: int
    requests: int
    per_second: float
    bytes_per_message: float
    enqueued_per_second: float
    stop_seconds: float


def fill_once(enqueue: Enqueue, n: int) -> float:
    """Put `n` events into a fresh server; events/s."""
    with _folder() as folder, running_server(folder) as redis_url:
        return n / enqueue.fill(redis_url, n)


def drain_once(peer: Peer, n: int, sink: Sink, progress: Progress) -> Drained:
    """Fill a fresh server with `n` events, drain it with one worker, check the sink's ledger."""
    with _folder() as folder, running_server(folder) as redis_url:
        before = used_memory(redis_url)
        filled = peer.enqueue.fill(redis_url, n)
        memory = used_memory(redis_url) - before
        sink.reset()
        command = peer.worker(redis_url, sink.url, folder)
        with running(peer.name, command.argv, folder / "worker.log", command.env) as child:
            _wait(child, n, sink, progress)
            stop_seconds = child.stop()
        ledger = sink.ledger()
        if ledger.events != n:
            raise LedgerMismatch(peer.name, n, ledger.events)
        return Drained(
            events=ledger.events,
            requests=ledger.requests,
            per_second=ledger.per_second,
            bytes_per_message=memory / n,
            enqueued_per_second=n / filled,
            stop_seconds=stop_seconds,
        )


def _wait(child: Child, n: int, sink: Sink, progress: Progress) -> None:
    done, moved = 0, time.monotonic()
    while done < n:
        child.check()
        time.sleep(POLL_SECONDS)
        received = sink.ledger().events
        if received > done:
            done, moved = received, time.monotonic()
            progress(done)
        elif time.monotonic() - moved > STALL_SECONDS:
            raise child.failure(f"{STALL_SECONDS:.0f} s without a request after {done:,} of {n:,}")


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="batchline-bench-") as name:
        yield Path(name)


def celery_worker(module: str, pool: str, concurrency: int) -> list[str]:
    """The command line of a peer's Celery worker, without what costs and brings nothing here."""
    command = [sys.executable, "-m", "celery", "-A", module, "worker", "--loglevel", "WARNING"]
    command += ["--pool", pool, "--concurrency", str(concurrency)]
    return [*command, "--without-gossip", "--without-mingle", "--without-heartbeat"]
