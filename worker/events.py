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
        self.mutex = threading.RLock()


class Events(CeleryEvents):
    """Celery's, with this dispatcher."""

    dispatcher_cls = "worker.events:Dispatcher"
