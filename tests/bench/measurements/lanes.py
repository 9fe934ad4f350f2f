"""Lanes: does one worker keep several of them going while an API is slow to answer?"""

from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from itertools import cycle, islice

from batchline.producers.lanes import partition_of
from batchline.systems.message import Message
from batchline.systems.salesmanago.messages import ExternalEvent
from tests.bench import payload, roles
from tests.bench.batchline import CHUNK, BatchlineLoad, account
from tests.bench.measurement import Column, Measurement, Round
from tests.bench.run import Run

LANES = (1, 2, 4, 8)
#: Seconds that the API takes for an answer.
ANSWER_SECONDS = 0.1
#: Batches of each lane.
BATCHES = 20


class Lanes(Measurement):
    """One account, whose events are spread over 1 to 8 lanes by contact."""

    name = "lanes"
    title = "Lanes, with an API that takes 100 ms"
    text = (
        "One worker delivers the events of one account, spread over partitions, each a lane of "
        "its own; the API takes 100 ms for each answer. A lane sends one request after the "
        "other, so alone it cannot pass 10 requests/s. The last column is requests/s times "
        "100 ms: how many requests were under way on average."
    )
    columns = (Column("events/s"), Column("requests/s", 1), Column("under way", 2))

    def round(self, run: Run) -> Round:
        figures = {}
        for lanes in LANES:
            load = BatchlineLoad(
                _row(lanes),
                lanes * (BATCHES // 3 if run.quick else BATCHES) * CHUNK,
                account=partial(account, partitions=lanes),
                source=partial(_full_batches, lanes),
                role=roles.slow(roles.EVENTS, ANSWER_SECONDS),
            )
            drained = run.drain(load)
            requests = drained.requests_per_second(lanes)
            events = drained.messages_per_second(lanes)
            figures[load.name] = (events, requests, requests * ANSWER_SECONDS)
        return figures


def _row(lanes: int) -> str:
    return "1 lane" if lanes == 1 else f"{lanes} lanes"


def _full_batches(lanes: int, n: int) -> Iterator[list[Message]]:
    """`n` events in chunks, as many for each of the lanes, in turn."""
    by_lane = defaultdict(list)
    for event in payload.events(payload.POOL):
        by_lane[partition_of(event["email"], lanes)].append(event)
    endless = [cycle(by_lane[lane]) for lane in range(lanes)]
    for _ in range(n // lanes // CHUNK):
        for events in endless:
            yield [ExternalEvent.model_validate(event) for event in islice(events, CHUNK)]
