"""The thread of a worker that watches over the alerts, where the settings say whom to tell."""

from __future__ import annotations

import threading
from typing import Any

from celery import bootsteps

from batchline.worker.runtime.process import this_process


class Alerting(bootsteps.StartStopStep):
    """Starts the thread with the worker, and ends it before the worker ends."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, worker: Any, **kwargs: Any) -> None:
        super().__init__(worker, **kwargs)
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, worker: Any) -> None:
        settings = this_process().settings
        if settings.alerts.url is None and settings.alerts.url_file is None:
            return
        from batchline.worker.alerts.watcher import Watcher
        from batchline.worker.metrics.source import Source

        watcher = Watcher(settings, Source.open(settings, by_partition=False))
        self._thread = threading.Thread(
            target=watcher.run, args=(self._over,), name="alerts", daemon=True
        )
        self._thread.start()

    def stop(self, worker: Any) -> None:
        self._over.set()
