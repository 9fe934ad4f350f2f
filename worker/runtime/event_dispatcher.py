"""The events of a worker's tasks, for Flower; a signal's handler may send them too."""

from __future__ import annotations

import threading
from typing import Any

from celery.app.events import Events as CeleryEvents
from celery.events.dispatcher import EventDispatcher


class Dispatcher(EventDispatcher):
    """Celery's event dispatcher, whose lock the thread that holds it may take again.

    A cold shutdown sends an event of each task that it cancels, and its signal may interrupt the
    sending of another event.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.mutex = _Lock()


class Events(CeleryEvents):
    """Celery's events, sent by this dispatcher."""

    dispatcher_cls = "batchline.worker.runtime.event_dispatcher:Dispatcher"


class _Lock:
    """A reentrant lock, with as much of a lock's interface as Celery uses."""

    def __init__(self) -> None:
        self._lock = threading.RLock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *error: object) -> None:
        self._lock.release()

    def locked(self) -> bool:
        """False. When Celery closes, it releases a lock that a thread still holds; none does."""
        return False
