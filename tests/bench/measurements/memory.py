"""Memory: how many bytes of Redis does a message take while it waits?"""

from collections.abc import Iterator

from batchline.systems.message import Message
from batchline.systems.salesmanago.messages import ContactUpsert
from tests.bench.batchline import BatchlineLoad, chunks
from tests.bench.drain import Load, place_for
from tests.bench.measurement import Column, Measurement, Round, Target
from tests.bench.peers.bare_loop import BareLoop
from tests.bench.peers.celery_per_event import CeleryPerEvent
from tests.bench.run import Run
from tests.bench.server import bytes_of_keys
from tests.bench.upserts import upserts

BARE = "an event as a bare stream entry"
EVENT = "an event of Batchline"
UPSERT = "an upsert of Batchline (its JSON: 359 bytes)"
CELERY = "an event as a Celery task"


class Memory(Measurement):
    """Nothing is delivered: messages are enqueued, and the server's keys are weighed."""

    name = "memory"
    title = "Redis memory of a waiting message"
    text = (
        "Messages are enqueued, and the server says what all its keys take (MEMORY USAGE, every "
        "element counted). An event's own JSON has 358 bytes. `python -m tests.bench.memory` "
        "shows what a message takes elsewhere: parked, dead, in an open job."
    )
    columns = (Column("bytes"),)
    targets = (
        Target(
            "Redis bytes per waiting message", EVENT, BARE, "a bare stream entry", 1.1, at_most=True
        ),
    )

    def round(self, run: Run) -> Round:
        loads: dict[str, Load] = {
            BARE: BareLoop(run.size(50_000)),
            EVENT: BatchlineLoad(EVENT, run.size(50_000)),
            UPSERT: BatchlineLoad(UPSERT, run.size(50_000), source=_upserts),
            CELERY: CeleryPerEvent("threads", 1, run.size(3_000)),
        }
        return {row: (_bytes_per_message(run, row, load),) for row, load in loads.items()}


def _bytes_per_message(run: Run, row: str, load: Load) -> float:
    progress = run.show(f"memory of {row}")
    with place_for(run.sink) as place:
        load.fill(place, progress)
        return bytes_of_keys(place.redis_url) / load.messages


def _upserts(n: int) -> Iterator[list[Message]]:
    return chunks(map(ContactUpsert.model_validate, upserts(n)))
