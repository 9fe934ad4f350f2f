"""Delivery: a full queue and one worker, of Batchline and of its peers."""

from tests.bench.batchline import BatchlineLoad
from tests.bench.drain import Load
from tests.bench.measurement import Column, Measurement, Round, Target
from tests.bench.peers.bare_loop import BareLoop
from tests.bench.peers.celery_batches import CeleryBatches
from tests.bench.peers.celery_per_event import CeleryPerEvent
from tests.bench.run import Run

OURS = "Batchline, one worker"
BARE = "bare Python loop"
BATCHES = "celery-batches (threads x1)"
WHAT = "delivered events/s, one worker, all promises"


class Delivery(Measurement):
    """Both pools of plain Celery run, because which is faster depends on the machine."""

    name = "delivery"
    title = "Delivered events"
    text = (
        "A queue is filled, then one worker drains it. The span runs from the end of the first "
        "request to the end of the last one. The bare loop reads 1,000 entries of a stream, joins "
        "them, POSTs them and trims the stream, and promises nothing: it has no lease, no retry, "
        "no journal. celery-batches gathers 1,000 tasks for a request. Of plain Celery, compare "
        "with the better pool."
    )
    columns = (Column("events/s"),)
    targets = (
        Target(WHAT, OURS, BARE, "the bare loop", 0.8),
        Target(WHAT, OURS, BATCHES, "celery-batches", 150),
    )

    def round(self, run: Run) -> Round:
        loads: tuple[Load, ...] = (
            CeleryPerEvent("prefork", 1, run.size(3_000)),
            CeleryPerEvent("threads", 4, run.size(3_000)),
            CeleryBatches(run.size(6_000)),
            BatchlineLoad(OURS, run.size(300_000)),
            BareLoop(run.size(600_000)),
        )
        return {load.name: (run.drain(load).messages_per_second(),) for load in loads}
