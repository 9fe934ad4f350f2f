"""What workers do beside delivering: they sample the history, carry out bulk acts, and erase.

Each has a thread of its own, for any may take long, and lanes come first. Of all workers one at
a time does it: the store says which.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from celery import bootsteps
from redis.exceptions import RedisError

from batchline.worker.dead_letters import bulk_work
from batchline.worker.erasure import act
from batchline.worker.runtime import sentry
from batchline.worker.runtime.process import Process, this_process
from batchline.worker.store import history, suppression

log = logging.getLogger(__name__)

#: Seconds between two looks whether there is something to do.
EVERY = 1.0
#: Seconds that a worker which ends waits for a step under way.
PATIENCE = 5.0


class Background(bootsteps.StartStopStep):
    """Starts the threads with the worker, and ends them before the worker ends."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, worker: Any, **kwargs: Any) -> None:
        super().__init__(worker, **kwargs)
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self, worker: Any) -> None:
        process = this_process()
        for name, work in (("history", _sample), ("bulk", _bulk), ("erasure", _erase)):
            arguments = (work, process, self._over)
            thread = threading.Thread(target=_run, args=arguments, name=name, daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self, worker: Any) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(timeout=PATIENCE)


def _run(
    work: Callable[[Process, threading.Event], None], process: Process, over: threading.Event
) -> None:
    """Work until the worker ends; while Redis is in trouble, which the dispatcher tells, wait."""
    while not over.wait(EVERY) and not process.stopping.is_set():
        try:
            work(process, over)
        except (RedisError, OSError) as error:
            log.debug("%s: waits for Redis: %s", threading.current_thread().name, error)
        except Exception as error:
            log.exception("%s failed, and goes on", threading.current_thread().name)
            sentry.reporter.fault(error, process.store)


def _sample(process: Process, over: threading.Event) -> None:
    history.sample(process.store)


def _bulk(process: Process, over: threading.Event) -> None:
    def wait(seconds: float) -> bool:
        return over.wait(seconds) or process.stopping.is_set()

    while bulk_work.work(process.store, process.settings, wait) and not wait(0):
        pass


def _erase(process: Process, over: threading.Event) -> None:
    def wait(seconds: float) -> bool:
        return over.wait(seconds) or process.stopping.is_set()

    suppression.look(process.store)
    while act.work(process.store, process.settings, wait) and not wait(0):
        pass
