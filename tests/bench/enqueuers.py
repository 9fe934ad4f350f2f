"""`python -m tests.bench.enqueuers REDIS_URL SECONDS OUT`: every way to enqueue, in turn.

One process against one server, some hundred milliseconds of each way at a time, over and over:
so a slow second of the machine hits every way. Writes JSON into the file OUT: way -> seconds per
message of each turn.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from redis import Redis

from batchline.producers import Producer
from batchline.systems.salesmanago.messages import ExternalEvent
from tests.bench import payload
from tests.bench.batchline import CHUNK, account, connected_producer
from tests.bench.peers import celery_per_event_app
from tests.bench.peers.bare_loop import xadd_each, xadd_pipelined
from tests.bench.peers.celery_per_event import Delayer

#: Turns of each way at least.
LEAST_TURNS = 3

XADD = "XADD, one per round trip"
SEND = "send, one message, validated"
SEND_READY = "send, one message, validated before"
XADD_PIPELINED = "XADD, 1,000 per pipeline"
VALIDATION = "validation alone"
SEND_MANY = "send_many, validated"
DELAY = "Celery .delay()"

#: Seconds per message of each turn.
Turns = dict[str, list[float]]


@dataclass(frozen=True)
class Way:
    """One way to enqueue, and how many messages are one turn of it."""

    size: int
    #: Whatever the way takes: dicts, bytes, text or models.
    events: Sequence[Any]
    put: Callable[[list[Any]], object]

    def turn(self, number: int) -> float:
        """Seconds per message of turn `number`; each turn goes on where the last one ended."""
        start = number * self.size % len(self.events)
        chunk = list(islice(cycle(self.events), start, start + self.size))
        started = time.perf_counter()
        self.put(chunk)
        return (time.perf_counter() - started) / self.size


def validate(events: list[dict[str, Any]]) -> None:
    """Models of these events, a thousand alive at a time, as in `send_many`."""
    for first in range(0, len(events), CHUNK):
        [ExternalEvent.model_validate(event) for event in events[first : first + CHUNK]]


def send_many(producer: Producer, events: list[dict[str, Any]]) -> None:
    """Validated and enqueued, a thousand at a time."""
    for first in range(0, len(events), CHUNK):
        chunk = events[first : first + CHUNK]
        producer.send_many([ExternalEvent.model_validate(event) for event in chunk])


def send_each(producer: Producer, events: list[dict[str, Any]]) -> None:
    """Validated and enqueued, one per round trip."""
    for event in events:
        producer.send(ExternalEvent.model_validate(event))


def send_models(producer: Producer, models: list[ExternalEvent]) -> None:
    """Enqueued, one per round trip."""
    for model in models:
        producer.send(model)


def ways(redis: Redis, producer: Producer, delayer: Delayer) -> Mapping[str, Way]:
    """Those that are compared stand next to one another."""
    events, items = list(payload.events(payload.POOL)), list(payload.items(payload.POOL))
    models = [ExternalEvent.model_validate(event) for event in events[:2_000]]
    texts = [item.decode() for item in items]
    return {
        XADD: Way(2_000, items, lambda chunk: xadd_each(redis, chunk)),
        SEND: Way(2_000, events, lambda chunk: send_each(producer, chunk)),
        SEND_READY: Way(2_000, models, lambda chunk: send_models(producer, chunk)),
        XADD_PIPELINED: Way(20_000, items, lambda chunk: xadd_pipelined(redis, chunk)),
        VALIDATION: Way(10_000, events, validate),
        SEND_MANY: Way(10_000, events, lambda chunk: send_many(producer, chunk)),
        DELAY: Way(500, texts, delayer.delay),
    }


def measure(redis_url: str, seconds: float) -> Turns:
    """All ways in turn, for so many seconds."""
    redis = Redis.from_url(redis_url)
    delayer = Delayer(celery_per_event_app.make_app(redis_url.removesuffix("/0") + "/1"))
    with connected_producer(redis_url, account("http://127.0.0.1:1")) as producer:
        every = ways(redis, producer, delayer)
        for way in every.values():
            way.turn(0)  # connections, scripts and caches are warm after it
        turns: Turns = {name: [] for name in every}
        ends, number = time.monotonic() + seconds, 0
        while time.monotonic() < ends or number < LEAST_TURNS:
            number += 1
            redis.flushdb()  # what waits would else be a gigabyte in the end
            for name, way in every.items():
                turns[name].append(way.turn(number))
    delayer.close()
    return turns


if __name__ == "__main__":
    redis_url, seconds, out = sys.argv[1:]
    Path(out).write_text(json.dumps(measure(redis_url, float(seconds))))
