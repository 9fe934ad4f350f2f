"""One delivery, measured: a worker drains what waits on a fresh server into the sink.

A load says what waits, which command drains it and what the sink plays. Everything else is done
here and so the same for all: the server, the start of the worker, the ledger.
"""

import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.errors import LedgerMismatch
from tests.bench.processes import ROOT, Child, running
from tests.bench.server import running_server
from tests.bench.sink import Role, Sink

#: Called with what is done so far, of how many.
Progress = Callable[[int, int], None]
#: Called with what is done from now on; the progress of it.
Show = Callable[[str], Progress]

#: Seconds without a request after which a worker has failed.
STALL_SECONDS = 30.0
#: Seconds between two questions to the sink how far a worker is.
POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Place:
    """Where one measurement happens: its server, the sink, and a folder of its own."""

    redis_url: str
    sink_url: str
    folder: Path


@dataclass(frozen=True)
class Worker:
    """The command of a worker process, what its environment holds besides, and where it runs."""

    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path = ROOT


class Load(ABC):
    """What waits when a worker starts, and the worker."""

    #: Its row in the table.
    name: str
    #: Messages that are enqueued.
    messages: int
    #: What the sink plays.
    role: Role

    @property
    def items(self) -> int:
        """Items that have to arrive at the sink: fewer than messages where some are merged."""
        return self.messages

    @abstractmethod
    def fill(self, place: Place, progress: Progress) -> None:
        """The messages are in Redis when this returns."""

    @abstractmethod
    def worker(self, place: Place) -> Worker:
        """The worker that drains them: it POSTs to `place.sink_url`, any path."""

    def check(self, place: Place) -> None:
        """What is counted in Redis is right, after the worker has left; else `BenchError`."""
        return  # a peer counts nothing there


@dataclass(frozen=True)
class Drained:
    """What came of one load."""

    messages: int
    #: `perf_counter_ns` of the sink at which each request had arrived whole.
    moments: Sequence[int]
    #: Items of each request.
    counts: Sequence[int]

    def requests_per_second(self, skip: int = 1) -> float:
        """Requests/s from the end of the first `skip` requests to the end of the last.

        The first ones are left out: they came before the span began.
        """
        return (len(self.moments) - skip) / self._seconds(skip)

    def messages_per_second(self, skip: int = 1) -> float:
        """Messages/s of the same span; a merged item stands for its share of messages."""
        items = sum(self.counts[skip:]) / self._seconds(skip)
        return items * self.messages / sum(self.counts)

    def _seconds(self, skip: int) -> float:
        return (self.moments[-1] - self.moments[skip - 1]) / 1e9


def drain(load: Load, sink: Sink, show: Show) -> Drained:
    """One worker drains the load from a fresh server; the sink's ledger must match."""
    with place_for(sink) as place:
        load.fill(place, show(f"{load.name}: filling"))
        sink.play(load.role)
        worker = load.worker(place)
        log = place.folder / "worker.log"
        with running(load.name, worker.argv, log, worker.env, worker.cwd) as child:
            _wait(child, load.items, sink, show(f"{load.name}: delivering"))
        moments, counts = sink.arrivals()
        if sum(counts) != load.items:
            raise LedgerMismatch(load.name, load.items, sum(counts))
        load.check(place)
        return Drained(load.messages, moments, counts)


@contextmanager
def place_for(sink: Sink) -> Iterator[Place]:
    """A fresh server and an empty folder."""
    with tempfile.TemporaryDirectory(prefix="batchline-bench-") as name:
        folder = Path(name)
        with running_server(folder) as redis_url:
            yield Place(redis_url, sink.url, folder)


def _wait(child: Child, items: int, sink: Sink, progress: Progress) -> None:
    done, moved = 0, time.monotonic()
    while done < items:
        child.check()
        time.sleep(POLL_SECONDS)
        received = sink.ledger().items
        if received > done:
            done, moved = received, time.monotonic()
            progress(done, items)
        elif time.monotonic() - moved > STALL_SECONDS:
            raise child.failure(
                f"{STALL_SECONDS:.0f} s without a request after {done:,} of {items:,}"
            )


def celery_worker(module: str, pool: str, concurrency: int) -> list[str]:
    """The command line of a peer's Celery worker, without what costs and brings nothing here."""
    command = [sys.executable, "-m", "celery", "-A", module, "worker", "--loglevel", "WARNING"]
    command += ["--pool", pool, "--concurrency", str(concurrency)]
    return [*command, "--without-gossip", "--without-mingle", "--without-heartbeat"]
