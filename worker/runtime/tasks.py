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
from batchline.worker.runtime import sentry
from batchline.worker.runtime.process import Process, this_process
from batchline.worker.troubles import trouble as troubles

#: The queue of workers of older releases. Today's send tasks to themselves (`dispatcher.py`).
QUEUE = "batchline"
#: The beginning of the names of tasks that deliver lanes.
DELIVER = "deliver."
#: The task that asks about an open job.
CONFIRM = "confirm.job"


def task_name(operation: str) -> str:
    """The task that delivers the lanes of an operation."""
    return f"{DELIVER}{operation}"


class Fault(Exception):
    """An exception of ours, or of a plug-in, without its own text, which may hold personal data."""


def register(app: Celery) -> None:
    """Give the app a task for every operation that has lanes."""
    # Celery would add a shared task to every other app of the process too. It logs an error that a
    # task `throws` in one line: whoever meets a trouble tells of it.
    throws = (TroubleMet, BatchlineError)
    for operation in lane_names():
        app.task(name=task_name(operation), shared=False, throws=throws)(deliver_lane)
    app.task(name=CONFIRM, shared=False, throws=throws)(confirm_job)


class TroubleMet(Exception):
    """The end of a task that met a trouble, as in "HTTP 503, 1,000 kept"; not a fault of ours."""


def deliver_lane(lane_name: str) -> str:
    """Deliver a lane while it is ready; the result counts its messages, as in "1,000 delivered".

    Raises `TroubleMet` when a trouble ended the delivery, or made dead letters.
    """
    process = this_process()
    with process.lanes.running(lane_name):
        return _deliver_lane(process, Lane.parse(lane_name))


def _deliver_lane(process: Process, lane: Lane) -> str:
    try:
        context = process.context(lane.account)
    except BatchlineError as error:
        troubles.begin_of_lane(process.store, lane, "unknown_account", str(error))
        raise
    account = context.account
    if lane.operation not in account.known_operations:
        detail = f"account {lane.account!r} is of {account.system}, without {lane.operation}"
        troubles.begin_of_lane(process.store, lane, "foreign", detail)
        raise TroubleMet(detail)
    with _without_text(process, lane):
        report = deliver(lane, context)
    if report.failed:
        raise TroubleMet(str(report))
    return str(report)


def confirm_job(name: str) -> str:
    """Ask about an open job; the result says what came of it, as in "998 confirmed, 2 dead"."""
    process = this_process()
    with process.jobs.running(name):
        return _confirm_job(process, name)


def _confirm_job(process: Process, name: str) -> str:
    try:
        lane = Lane.parse(name.partition("@")[0])
        with _without_text(process, lane):
            result = confirmations.confirm(name, process.context(lane.account))
    except RedisError:
        raise
    except Exception as error:
        detail = str(error) if isinstance(error, BatchlineError | Fault) else place_of(error)
        troubles.begin(process.store, "job_failed", name.partition("@")[0], f"{name}: {detail}")
        raise
    if result.failed:
        raise TroubleMet(str(result))
    return str(result)


@contextmanager
def _without_text(process: Process, lane: Lane) -> Iterator[None]:
    """Report an unforeseen exception to Sentry, and raise `Fault` for it, which Flower shows."""
    try:
        yield
    except (BatchlineError, RedisError):
        raise
    except Exception as error:
        sentry.reporter.fault(error, process.store, lane)
        raise Fault(place_of(error)).with_traceback(error.__traceback__) from None


def send_job(app: Celery, name: str, queue: str) -> None:
    """Have the worker of this queue ask about an open job."""
    app.send_task(CONFIRM, args=[name], queue=queue, retry=False)


def send(app: Celery, lane_name: str, waiting: int, queue: str) -> None:
    """Wake the worker of this queue for a lane.

    The task does not expire, for Celery would compare two clocks: a lane whose task comes late, or
    twice, is not due any more when it is claimed.
    """
    app.send_task(
        task_name(Lane.parse(lane_name).operation),
        args=[lane_name],
        argsrepr=f"{lane_name}, {waiting:,} waiting",
        kwargsrepr="",
        queue=queue,
        retry=False,
    )
