"""celery-batches: `.delay()` per event, gathered in the worker, one POST per 1,000."""

from dataclasses import dataclass

from tests.bench import roles
from tests.bench.drain import Load, Place, Progress, Worker, celery_worker
from tests.bench.peers import BROKER, SINK, celery_batches_app
from tests.bench.peers.celery_per_event import delay_all
from tests.bench.sink import Role


@dataclass(frozen=True)
class CeleryBatches(Load):
    """One Celery worker, threads x1: gathering happens in the main thread whatever the pool.

    Prefork x1 and x2 and more threads measured 0 to 20 % lower on two cores.
    """

    #: A multiple of `FLUSH_EVERY`: no rest is left to the flush timer.
    messages: int
    name: str = "celery-batches (threads x1)"
    role: Role = roles.EVENTS

    def fill(self, place: Place, progress: Progress) -> None:
        delay_all(celery_batches_app.make_app(place.redis_url), self.messages, progress)

    def worker(self, place: Place) -> Worker:
        return Worker(
            celery_worker(celery_batches_app.__name__, "threads", 1),
            {BROKER: place.redis_url, SINK: place.sink_url},
        )
