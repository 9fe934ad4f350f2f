"""Plain Celery: `.delay()` per event, one POST per task."""

from dataclasses import dataclass

from celery import Celery

from tests.bench import payload, roles
from tests.bench.drain import Load, Place, Progress, Worker, celery_worker
from tests.bench.peers import BROKER, SINK, celery_per_event_app
from tests.bench.sink import Role


class Delayer:
    """An application that calls `deliver.delay(event)`, its connection open already.

    The event is ready JSON, which is cheaper to publish than a dict.
    """

    def __init__(self, app: Celery) -> None:
        self._app = app
        self._task = app.tasks["deliver"]
        with app.connection_for_write() as connection:
            connection.ensure_connection(timeout=10)

    def delay(self, events: list[str]) -> None:
        """One `.delay()` for each event."""
        for event in events:
            self._task.delay(event)

    def close(self) -> None:
        self._app.close()


def delay_all(app: Celery, n: int, progress: Progress) -> None:
    """The bench's `n` events are in the queue when this returns."""
    ready = [item.decode() for item in payload.items(n)]
    delayer = Delayer(app)
    for first in range(0, n, 500):
        delayer.delay(ready[first : first + 500])
        progress(min(first + 500, n), n)
    delayer.close()


@dataclass(frozen=True)
class CeleryPerEvent(Load):
    """One Celery worker with `pool` and `concurrency`.

    An instant destination leaves nothing to overlap, so few slots are best: of threads 1 to 16
    none differs from another, of prefork 1 to 8 one is fastest on two cores.
    """

    pool: str
    concurrency: int
    messages: int
    role: Role = roles.EVENTS

    @property
    def name(self) -> str:
        return f"Celery task per event ({self.pool} x{self.concurrency})"

    def fill(self, place: Place, progress: Progress) -> None:
        delay_all(celery_per_event_app.make_app(place.redis_url), self.messages, progress)

    def worker(self, place: Place) -> Worker:
        return Worker(
            celery_worker(celery_per_event_app.__name__, self.pool, self.concurrency),
            {BROKER: place.redis_url, SINK: place.sink_url},
        )
