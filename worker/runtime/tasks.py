"""The Celery tasks: one name per operation, so that Flower's table reads well."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from celery import Celery
from redis.exceptions import RedisError

from batchline.producers.lanes import Lane
from batchline.systems.errors import BatchlineError
from batchline.systems.registry import lane_names
from batchline.worker.delivery import confirmations
from batchline.worker.delivery.fault import place_of
from batchline.worker.delivery.lane import deliver
from batchline.worker.runtime.process import this_process
from batchline.worker.store import lease as leases

#: The only queue: a task is small, whatever it wakes a worker for.
QUEUE = "batchline"
#: The task that asks about an open job.
CONFIRM = "confirm.job"


def task_name(operation: str) -> str:
    """The task that delivers the lanes of an operation."""
    return f"deliver.{operation}"


class Fault(Exception):
    """An exception of ours, or of a plug-in, without its own text, which may hold personal data."""


def register(app: Celery) -> None:
    """Give the app a task for every operation that has lanes."""
    for operation in lane_names():
        # Celery would add a shared task to every other app of the process too.
        app.task(name=task_name(operation), shared=False)(deliver_lane)
    app.task(name=CONFIRM, shared=False)(confirm_job)


def deliver_lane(lane_name: str) -> str:
    """Deliver a lane while it is ready; the result counts its messages, as in "1,000 delivered"."""
    lane, process = Lane.parse(lane_name), this_process()
    try:
        context = process.context(lane.account)
    except BatchlineError as error:
        leases.note_error(process.store, lane, str(error))
        raise
    with _without_text():
        return str(deliver(lane, context))


def confirm_job(name: str) -> str:
    """Ask about an open job; the result says what came of it, as in "998 confirmed, 2 dead"."""
    lane = Lane.parse(name.partition("@")[0])
    context = this_process().context(lane.account)
    with _without_text():
        return confirmations.confirm(name, context)


@contextmanager
def _without_text() -> Iterator[None]:
    """Raise `Fault` for an unforeseen exception: Celery logs it, Flower and Sentry show it."""
    try:
        yield
    except (BatchlineError, RedisError):
        raise
    except Exception as error:
        raise Fault(place_of(error)).with_traceback(error.__traceback__) from None


def send_job(app: Celery, name: str) -> None:
    """Have a worker ask about an open job."""
    app.send_task(CONFIRM, args=[name], queue=QUEUE, expires=confirmations.GRACE, retry=False)


def send(app: Celery, lane_name: str, waiting: int, expires: float) -> None:
    """Wake a worker for a lane; `expires` in seconds, when the lane is dispatched again."""
    app.send_task(
        task_name(Lane.parse(lane_name).operation),
        args=[lane_name],
        argsrepr=f"{lane_name}, {waiting:,} waiting",
        kwargsrepr="",
        queue=QUEUE,
        expires=expires,
        retry=False,
    )
