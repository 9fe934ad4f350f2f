"""Batchline as a load: settings, messages, a worker with every promise on, and its counters.

None of it is tuned: an account has its credentials and a backlog limit, and the rest is default.
"""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from redis import Redis

from batchline.producers import Producer, Settings
from batchline.systems.message import Message
from batchline.systems.salesmanago.messages import ExternalEvent
from tests.bench import payload, roles
from tests.bench.drain import Load, Place, Progress, Worker
from tests.bench.errors import CountersMismatch
from tests.bench.sink import Role

#: Messages of one `send_many`.
CHUNK = 1_000
#: Messages that may wait in a lane: more than any measurement enqueues.
BACKLOG_LIMIT = 10_000_000

#: A section of the settings, with nested ones.
Section = Mapping[str, Any]

CREDENTIALS = {"client_id": "bench-client", "api_key": "bench-key", "api_secret": "bench-secret"}


def plain_account(url: str) -> dict[str, Any]:
    """The settings of a SALESmanago account: what it must have."""
    return {"system": "salesmanago", "url": url, **CREDENTIALS, "owner": "admin@vendor.pl"}


def account(url: str, partitions: int = 1) -> dict[str, Any]:
    """The settings of an account whose lanes hold whatever a measurement enqueues."""
    operation = {"backlog_limit": BACKLOG_LIMIT, "partitions": partitions}
    operations = {"event.add": operation, "contact.upsert": operation}
    return {**plain_account(url), "operations": operations}


def write_settings(file: Path, redis_url: str, accounts: Mapping[str, Section]) -> Path:
    """`batchline.toml`: a section for each account."""
    lines = [f"redis_url = {json.dumps(redis_url)}"]
    for name, settings in accounts.items():
        lines += [f"[accounts.{name}]", *_dotted(settings)]
    file.write_text("\n".join(lines) + "\n")
    return file


def _dotted(section: Section, above: str = "") -> Iterator[str]:
    """A line for each value, its key dotted."""
    for name, value in section.items():
        key = above + json.dumps(name)
        if isinstance(value, Mapping):
            yield from _dotted(value, f"{key}.")
        else:
            yield f"{key} = {json.dumps(value)}"


def worker(place: Place, accounts: Mapping[str, Section]) -> Worker:
    """One `batchline worker` on these accounts."""
    file = write_settings(place.folder / "batchline.toml", place.redis_url, accounts)
    argv = [sys.executable, "-m", "batchline", "worker", "--loglevel", "WARNING"]
    return Worker(argv, {"BATCHLINE_CONFIG": str(file)})


def connected_producer(redis_url: str, settings: Section) -> Producer:
    """A producer with `settings` as its account, whose connection is open already."""
    producer = Producer(Settings.model_validate({"accounts": {"default": settings}}), redis_url)
    producer.api_id("default:event.add:0@1-1")
    return producer


def counters(redis_url: str) -> Counter[str]:
    """What the lanes' states count, summed over all lanes."""
    total: Counter[str] = Counter()
    with Redis.from_url(redis_url, decode_responses=True) as redis:
        for lane in redis.smembers("{batchline:0}:lanes"):
            state = redis.hgetall(f"{{batchline:0}}:state:{lane}")
            for name in ("accepted", "delivered", "merged", "parked", "dead"):
                total[name] += int(state.get(name, 0))
    return total


def check_counters(name: str, redis_url: str, messages: int, merged: int = 0) -> None:
    """All messages were accepted and delivered, so many of them merged into others' items."""
    expected = {"accepted": messages, "delivered": messages, "merged": merged}
    found = counters(redis_url)
    if any(found[key] != value for key, value in expected.items()):
        raise CountersMismatch(name, expected, found)


def events(n: int) -> Iterator[list[Message]]:
    """The bench's `n` events in chunks for `send_many`."""
    return chunks(map(ExternalEvent.model_validate, payload.events(n)))


def chunks(messages: Iterable[Message]) -> Iterator[list[Message]]:
    """The messages in lists of `CHUNK`."""
    rest = iter(messages)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


@dataclass(frozen=True)
class BatchlineLoad(Load):
    """One account's messages, and one worker."""

    name: str
    messages: int
    #: The sink's URL -> the account's settings.
    account: Callable[[str], Section] = account
    #: How many -> the messages, in chunks for `send_many`.
    source: Callable[[int], Iterable[Sequence[Message]]] = events
    role: Role = roles.EVENTS

    def fill(self, place: Place, progress: Progress) -> None:
        done = 0
        with connected_producer(place.redis_url, self.account(place.sink_url)) as producer:
            for chunk in self.source(self.messages):
                producer.send_many(chunk)
                done += len(chunk)
                progress(done, self.messages)

    def worker(self, place: Place) -> Worker:
        return worker(place, {"default": self.account(place.sink_url)})

    def check(self, place: Place) -> None:
        check_counters(self.name, place.redis_url, self.messages)
