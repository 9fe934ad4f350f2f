"""The dispatcher: in every worker, a thread that dispatches due lanes as Celery tasks.

There is no beat process and no leader: the script dispatches each lane once, whichever worker asks.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from celery import Celery, bootsteps
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from batchline.producers.redis_client import described
from batchline.worker.delivery import confirmations
from batchline.worker.runtime.process import Process, this_process
from batchline.worker.runtime.tasks import send, send_job
from batchline.worker.store import journal
from batchline.worker.store.parking import UNPARK_COUNT, unpark
from batchline.worker.store.scripts import Argument, Script
from batchline.worker.store.store import Store

log = logging.getLogger(__name__)

DISPATCH = Script("dispatch")
REQUEUE = Script("requeue")
#: Seconds until a lane that was dispatched, and that nobody has claimed, is dispatched again.
GRACE = 30.0
#: Lanes dispatched in one call.
MOST_LANES = 100
#: Seconds between two looks for journal lines that are too old.
TRIM_EVERY = 60.0


def dispatch(store: Store, grace: float = GRACE) -> list[tuple[str, int]]:
    """Dispatch the lanes that are due now, each once in `grace` seconds.

    Returns the name of each lane, and how many messages wait in it.
    """
    arguments: list[Argument] = [MOST_LANES, round(grace * 1000), store.keys.start, store.owner]
    answer = DISPATCH(store, [store.keys.due, store.keys.paused, store.keys.workers], arguments)
    return [
        (name.decode(), int(waiting)) for name, waiting in zip(*[iter(answer)] * 2, strict=True)
    ]


class Dispatcher(bootsteps.StartStopStep):
    """Starts the thread with the worker, and ends it before the worker ends."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, worker: Any, **kwargs: Any) -> None:
        super().__init__(worker, **kwargs)
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, worker: Any) -> None:
        self._thread = threading.Thread(
            target=_run, args=(worker.app, this_process(), self._over), name="dispatch", daemon=True
        )
        self._thread.start()

    def stop(self, worker: Any) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join(timeout=10)


def _run(app: Celery, process: Process, over: threading.Event) -> None:
    """Dispatch due lanes until the worker shuts down; wait while Redis is in trouble."""
    every = process.settings.dispatch_every
    troubled = False
    trim_at = 0.0
    while not over.wait(every) and not process.stopping.is_set():
        try:
            _tick(app, process.store)
            if time.monotonic() >= trim_at:
                journal.trim(process.store, process.settings)
                trim_at = time.monotonic() + TRIM_EVERY
            if troubled:
                log.info("Redis answers again")
            troubled = False
        except (RedisError, OperationalError, OSError) as error:
            if not troubled:
                log.warning("dispatch waits for Redis: %s", described(error))
            troubled = True
        except Exception:
            # A worker that stops dispatching lanes looks healthy and does nothing.
            log.exception("dispatch failed, and goes on")
            over.wait(1)


def _tick(app: Celery, store: Store) -> None:
    while unpark(store) == UNPARK_COUNT:
        pass
    due = dispatch(store)
    for index, (lane_name, waiting) in enumerate(due):
        try:
            send(app, lane_name, waiting, GRACE)
        except ValueError:
            # No name of a lane, or of a lane of this release: it stops nobody else.
            log.exception("%r cannot be dispatched; the other lanes go on", lane_name)
        except Exception:
            # No task was sent for these lanes: they are due at once, not when the grace is over.
            REQUEUE(store, [store.keys.due], [name for name, _ in due[index:]])
            raise
    for job in confirmations.dispatch(store):
        send_job(app, job)
