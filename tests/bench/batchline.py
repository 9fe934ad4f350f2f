"""Batchline itself, with the interface of its peers: every promise on, none of it tuned."""

import sys
import time
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from batchline.producers import Producer, Settings
from batchline.systems.salesmanago.messages import ExternalEvent
from tests.bench import payload
from tests.bench.frame import Worker

#: Messages of one `send_many`.
CHUNK = 1000

CONFIG = """
redis_url = "{redis_url}"
[accounts.default]
system = "salesmanago"
url = "{sink_url}"
client_id = "bench-client"
api_key = "bench-key"
api_secret = "bench-secret"
owner = "admin@vendor.pl"
[accounts.default.operations."event.add"]
backlog_limit = 10000000
"""


def _producer(redis_url: str) -> Producer:
    """Connected, so that the seconds are those of enqueueing."""
    account = {
        "system": "salesmanago",
        "url": "http://127.0.0.1:1",
        "client_id": "bench-client",
        "api_key": "bench-key",
        "api_secret": "bench-secret",
        "owner": "admin@vendor.pl",
        "operations": {"event.add": {"backlog_limit": 10_000_000}},
    }
    producer = Producer(Settings.model_validate({"accounts": {"default": account}}), redis_url)
    producer.api_id("default:event.add:0@1-1")  # opens the connection
    return producer


@dataclass(frozen=True)
class Send:
    """One `Producer.send` per event, one round trip each, validation included."""

    name: str = "Batchline send"
    events: int = 20_000

    def fill(self, redis_url: str, n: int) -> float:
        """`payload.events(n)` as an application holds them, into the lane; seconds."""
        events = list(payload.events(n))
        with _producer(redis_url) as producer:
            started = time.perf_counter()
            for event in events:
                producer.send(ExternalEvent.model_validate(event))
            return time.perf_counter() - started


@dataclass(frozen=True)
class SendMany:
    """`Producer.send_many` in chunks of 1,000, validation included."""

    name: str = "Batchline send_many"
    events: int = 200_000

    def fill(self, redis_url: str, n: int) -> float:
        """`payload.events(n)` as an application holds them, into the lane; seconds."""
        events = payload.events(n)
        with _producer(redis_url) as producer:
            started = time.perf_counter()
            while chunk := list(islice(events, CHUNK)):
                producer.send_many([ExternalEvent.model_validate(event) for event in chunk])
            return time.perf_counter() - started


@dataclass(frozen=True)
class Batchline:
    """One `batchline worker` with every promise on."""

    name: str = "Batchline, one worker"
    #: Some 3 s of work, and 12 s of filling.
    events: int = 300_000
    enqueue: SendMany = SendMany()

    def worker(self, redis_url: str, sink_url: str, folder: Path) -> Worker:
        """`batchline worker` on a `batchline.toml` in `folder`: Redis and the sink as account."""
        config = folder / "batchline.toml"
        config.write_text(CONFIG.format(redis_url=redis_url, sink_url=sink_url))
        return Worker(
            [sys.executable, "-m", "batchline", "worker", "--loglevel", "WARNING"],
            {"BATCHLINE_CONFIG": str(config)},
        )
