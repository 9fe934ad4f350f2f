"""Special messages: what does one message that needs care cost the batch that it is in?

The batches of all kinds stand in one lane, some of each kind in turn, and one worker drains them:
so a slow second of the machine hits every kind.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from statistics import median
from typing import Any, Literal

from redis import Redis

from batchline.producers import Producer
from batchline.systems.message import Message
from batchline.systems.salesmanago.messages import ContactUpsert, ExternalEvent
from batchline.worker.store.parking import unpark
from batchline.worker.store.store import Store
from tests.bench import payload, roles
from tests.bench.batchline import CHUNK, account, check_counters, connected_producer, worker
from tests.bench.drain import Drained, Load, Place, Progress, Worker
from tests.bench.errors import BenchError
from tests.bench.measurement import Column, Measurement, Round, Target
from tests.bench.run import Run
from tests.bench.sink import Role
from tests.bench.upserts import upserts

#: What a batch holds: nothing special, an upsert of a contact that came before in it, or a message
#: that was parked and has come back (it carries a `meta` field).
Kind = Literal["none", "repeated", "parked"]
#: Batches of one kind that follow one another.
STRETCH = 10
#: Seconds for which a message is parked while the lane is filled.
PARKED_SECONDS = 0.02

WHAT: dict[Kind, str] = {
    "none": "none special",
    "repeated": "one repeated contact in 1,000",
    "parked": "one that was parked before in 1,000",
}


@dataclass(frozen=True)
class Mixed(Load):
    """One lane whose batches are of each kind in turn, `STRETCH` of a kind at a time."""

    name: str
    kinds: Sequence[Kind]
    #: How often each kind has its turn.
    turns: int
    message: type[Message]
    #: How many -> the fields of so many different messages.
    source: Callable[[int], Iterable[dict[str, Any]]]
    role: Role

    @property
    def stretches(self) -> list[Kind]:
        """The kind of each stretch, from the head of the lane on."""
        return list(self.kinds) * self.turns

    @property
    def messages(self) -> int:
        return len(self.stretches) * STRETCH * CHUNK

    @property
    def items(self) -> int:
        return self.messages - self._merged

    @property
    def _merged(self) -> int:
        return self.stretches.count("repeated") * STRETCH

    def fill(self, place: Place, progress: Progress) -> None:
        with connected_producer(place.redis_url, account(place.sink_url)) as producer:
            store = Store(Redis.from_url(place.redis_url), producer.settings.keys)
            for number, (kind, batch) in enumerate(self._batches(), start=1):
                _put(producer, store, kind, batch)
                progress(number * CHUNK, self.messages)

    def worker(self, place: Place) -> Worker:
        return worker(place, {"default": account(place.sink_url)})

    def check(self, place: Place) -> None:
        check_counters(self.name, place.redis_url, self.messages, self._merged)

    def speeds(self, drained: Drained) -> dict[Kind, float]:
        """Messages/s of each kind: the median of its stretches.

        The span of a stretch runs from the end of its first request to the end of its last: what
        happens between two of its batches counts, what happens between two stretches does not.
        """
        if len(drained.moments) != len(self.stretches) * STRETCH:
            raise BenchError(f"{self.name}: a batch was not one request, so none can be told apart")
        found: dict[Kind, list[float]] = {kind: [] for kind in self.kinds}
        for number, kind in enumerate(self.stretches):
            moments = drained.moments[number * STRETCH : (number + 1) * STRETCH]
            seconds = (moments[-1] - moments[0]) / 1e9
            found[kind].append((STRETCH - 1) * CHUNK / seconds)
        return {kind: median(speeds) for kind, speeds in found.items()}

    def _batches(self) -> Iterator[tuple[Kind, list[Message]]]:
        fields = iter(self.source(self.messages))
        for kind in self.stretches:
            for _ in range(STRETCH):
                batch = list(islice(fields, CHUNK))
                if kind == "repeated":
                    batch[-1]["contact"]["email"] = batch[0]["contact"]["email"]
                yield kind, [self.message.model_validate(one) for one in batch]


def _put(producer: Producer, store: Store, kind: Kind, batch: list[Message]) -> None:
    """A batch stands at the lane's tail; of a `parked` one, the last message was parked before."""
    if kind != "parked":
        producer.send_many(batch)
        return
    *others, last = batch
    producer.send_many(others)
    producer.send(last, delay=PARKED_SECONDS)
    while not unpark(store):
        time.sleep(PARKED_SECONDS / 4)


EVENTS: tuple[Kind, ...] = ("none", "parked")
UPSERTS: tuple[Kind, ...] = ("none", "repeated", "parked")


def _target(messages: str, kind: Kind) -> Target:
    plain = f"{messages}, {WHAT['none']}"
    row = f"{messages}, {WHAT[kind]}"
    return Target(row, row, plain, f"{messages} without", 0.8)


class Special(Measurement):
    """Events and upserts, each kind of batch beside the plain one."""

    name = "special"
    title = "One special message in a batch of 1,000"
    text = (
        "One worker drains a lane in which ten batches of each kind take turns. A batch is plain, "
        "or its last message is about a contact that is in it twice, or its last message was "
        "parked and has come back. The figure is the median of the stretches of ten."
    )
    columns = (Column("messages/s"),)
    targets = (
        _target("upserts", "repeated"),
        _target("upserts", "parked"),
        _target("events", "parked"),
    )

    def round(self, run: Run) -> Round:
        turns = 2 if run.quick else 6
        loads = {
            "upserts": Mixed(
                "upserts, special", UPSERTS, turns, ContactUpsert, upserts, roles.UPSERTS
            ),
            "events": Mixed(
                "events, special", EVENTS, turns, ExternalEvent, payload.events, roles.EVENTS
            ),
        }
        return {
            f"{messages}, {WHAT[kind]}": (speed,)
            for messages, load in loads.items()
            for kind, speed in load.speeds(run.drain(load)).items()
        }
