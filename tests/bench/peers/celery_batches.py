"""celery-batches: `.delay()` per event, gathered in the worker, one POST per 1,000."""

from dataclasses import dataclass
from pathlib import Path

from tests.bench.frame import Worker, celery_worker
from tests.bench.peers import BROKER, SINK, celery_batches_app
from tests.bench.peers.celery_per_event import Delay, delay_all


@dataclass(frozen=True)
class BatchesDelay(Delay):
    """The same `.delay()`, of a task that the worker gathers."""

    def fill(self, redis_url: str, n: int) -> float:
        return delay_all(celery_batches_app.make_app(redis_url), n)


@dataclass(frozen=True)
class CeleryBatches:
    """One Celery worker, threads x1: gathering happens in the main thread whatever the pool.

    Prefork x1 and x2 and more threads measured 0 to 20% lower on two cores.
    """

    name: str = "celery-batches (threads x1)"
    #: A multiple of `FLUSH_EVERY`: no rest is left to the flush timer.
    events: int = 6_000
    enqueue: BatchesDelay = BatchesDelay()

    def worker(self, redis_url: str, sink_url: str, folder: Path) -> Worker:
        return Worker(
            celery_worker(celery_batches_app.__name__, "threads", 1),
            {BROKER: redis_url, SINK: sink_url},
        )
