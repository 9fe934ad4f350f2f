"""Batchline itself, with the interface of its peers; not in `runlist` until its worker exists.

When it does: `Batchline()` joins `runlist.PEERS`, `Send()` joins `runlist.ENQUEUES`, and this
paragraph goes.
"""

from dataclasses import dataclass
from pathlib import Path

from tests.bench.frame import Worker


@dataclass(frozen=True)
class Send:
    """One `Producer.send` per event, one round trip each, validation included."""

    name: str = "Batchline send"
    events: int = 20_000

    def fill(self, redis_url: str, n: int) -> float:
        """`payload.events(n)` as an application holds them, into the lane; seconds."""
        raise NotImplementedError


@dataclass(frozen=True)
class SendMany:
    """`Producer.send_many` in chunks of 1,000, validation included."""

    name: str = "Batchline send_many"
    events: int = 1_000_000

    def fill(self, redis_url: str, n: int) -> float:
        """`payload.events(n)` as an application holds them, into the lane; seconds."""
        raise NotImplementedError


@dataclass(frozen=True)
class Batchline:
    """One `batchline worker` with every promise on."""

    name: str = "Batchline, one worker"
    #: Some 5 to 15 s of work.
    events: int = 1_000_000
    enqueue: SendMany = SendMany()

    def worker(self, redis_url: str, sink_url: str, folder: Path) -> Worker:
        """`batchline worker` on a `batchline.toml` in `folder`: Redis and the sink as account."""
        raise NotImplementedError
