"""The pool of a worker: Celery's threads, whose requests a cold shutdown breaks off."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from celery.concurrency.thread import TaskPool

from batchline.worker.runtime.process import this_process

#: The most threads of a worker. A thread begins when a task finds none idle; how many tasks there
#: are is bounded by the shares of the accounts (`shares.py`).
MOST_THREADS = 10_000


class Pool(TaskPool):
    """Celery's threads: waiting for HTTP, they match processes' rate in a tenth of the memory.

    Its `limit`, the worker's concurrency, is how many lanes of one account are delivered at once.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.executor = ThreadPoolExecutor(MOST_THREADS)
        self._submitting = False

    def on_apply(self, *args: Any, **kwargs: Any) -> Any:
        self._submitting = True
        try:
            return super().on_apply(*args, **kwargs)
        finally:
            self._submitting = False

    def on_stop(self) -> None:
        """Stop the threads, unless that would wait for ever.

        Celery's cold shutdown stops the pool inside a signal's handler. When the signal interrupted
        `on_apply`, the interrupted code holds the executor's lock; then the threads end with the
        process.
        """
        if not self._submitting:
            super().on_stop()

    def terminate_job(self, pid: int, signal: int | None = None) -> None:
        """Break off the requests under way.

        Celery calls this for each running task in a cold shutdown. It also calls it when a single
        task is revoked, which a thread cannot do: then NotImplementedError is raised.
        """
        process = this_process()
        if not process.stopping.is_set():
            raise NotImplementedError("a task that runs in a thread cannot be ended")
        process.break_off()
