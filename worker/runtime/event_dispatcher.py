"""The events of a worker's tasks, for Flower; a signal's handler may send them too."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from celery.app.events import Events as CeleryEvents
from celery.events.dispatcher import EventDispatcher


class Dispatcher(EventDispatcher):
    """Celery's event dispatcher, for the threads of a pool.

    Its lock may be taken again by the thread that holds it: a cold shutdown sends an event of each
    task that it cancels, and its signal may interrupt the sending of another event.

    Celery's own empties the buffer after it has published it, and so drops what other threads have
    added meanwhile: in Flower such tasks stay RECEIVED for ever.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.mutex = _Lock()

    def flush(self, errors: bool = True, groups: bool = True) -> None:
        """Publish what is in the buffers, as Celery does; what comes meanwhile stays in them."""
        celery: Any = self  # its types lack what is used here
        with self.mutex:
            if errors:
                failed = celery._outbound_buffer
                for event, routing_key, _ in _taken(failed.popleft, len(failed)):
                    celery._publish(event, celery.producer, routing_key)
            for group, buffer in list(celery._group_buffer.items()) if groups else ():
                if events := _taken(partial(buffer.pop, 0), len(buffer)):
                    celery._publish(events, celery.producer, f"{group}.multi")


def _taken(pop: Callable[[], Any], most: int) -> list[Any]:
    """What `pop` takes out of a buffer, one by one: others may use the buffer at any time."""
    taken = []
    with suppress(IndexError):  # a signal's handler has emptied it
        for _ in range(most):
            taken.append(pop())
    return taken


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
