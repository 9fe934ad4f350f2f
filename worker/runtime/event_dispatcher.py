"""What a worker tells Flower about its tasks, also from inside a signal's handler."""

from __future__ import annotations

import threading
from typing import Any

from celery.app.events import Events as CeleryEvents
from celery.events.dispatcher import EventDispatcher


class Dispatcher(EventDispatcher):
    """Celery's, whose lock the thread that holds it may take again: a cold shutdown tells of the
    tasks that it cancels, and its signal may come while another event is being told."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.mutex = _Lock()


class Events(CeleryEvents):
    """Celery's, with this dispatcher."""

    dispatcher_cls = "batchline.worker.runtime.event_dispatcher:Dispatcher"


class _Lock:
    """As much of a lock as Celery uses."""

    def __init__(self) -> None:
        self._lock = threading.RLock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *error: object) -> None:
        self._lock.release()

    def locked(self) -> bool:
        """Celery asks when it closes, to release what a thread has left held; none does."""
        return False
