"""Plain Celery: `.delay()` per event, one POST per task."""

import time
from dataclasses import dataclass
from pathlib import Path

from celery import Celery

from tests.bench import payload
from tests.bench.frame import Worker, celery_worker
from tests.bench.peers import BROKER, SINK, celery_per_event_app


def delay_all(app: Celery, n: int) -> float:
    """`deliver.delay(event)` `n` times through the application's own pool; seconds."""
    task = app.tasks["deliver"]
    ready = [item.decode() for item in payload.items(n)]
    with app.connection_for_write() as connection:
        connection.ensure_connection(timeout=10)
    started = time.perf_counter()
    for event in ready:
        task.delay(event)
    seconds = time.perf_counter() - started
    app.close()
    return seconds


@dataclass(frozen=True)
class Delay:
    """One `.delay()` per event, the event as ready JSON (cheaper to publish than a dict)."""

    name: str = "Celery .delay()"
    events: int = 3_000

    def fill(self, redis_url: str, n: int) -> float:
        return delay_all(celery_per_event_app.make_app(redis_url), n)


@dataclass(frozen=True)
class CeleryPerEvent:
    """One Celery worker with `pool` and `concurrency`.

    An instant destination leaves nothing to overlap, so few slots are best: of threads 1 to 16
    none differs from another, of prefork 1 to 8 one is fastest on two cores.
    """

    pool: str
    concurrency: int
    events: int = 3_000
    enqueue: Delay = Delay()

    @property
    def name(self) -> str:
        return f"Celery task per event ({self.pool} x{self.concurrency})"

    def worker(self, redis_url: str, sink_url: str, folder: Path) -> Worker:
        return Worker(
            celery_worker(celery_per_event_app.__name__, self.pool, self.concurrency),
            {BROKER: redis_url, SINK: sink_url},
        )
