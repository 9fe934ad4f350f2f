"""The shutdown of a worker: what a signal does to the lanes that it delivers.

SIGTERM and the first SIGINT (warm): batches in flight are settled, nothing new is begun. SIGQUIT
and the second SIGINT (cold): after Celery's soft shutdown, where one is set, requests under way are
broken off too (`pool.py`). Either way settling releases a lane at once: nobody waits for a lease to
run out. Whether the API took a request that was broken off is ambiguous, as after any lost answer.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any

from celery import bootsteps

from batchline.worker.runtime.process import this_process

SIGNALS = ("SIGTERM", "SIGINT", "SIGQUIT")


class Shutdown(bootsteps.StartStopStep):
    """Makes the first signal stop the worker at once: Celery reports a cold shutdown at its end."""

    requires = ("celery.worker.components:Pool",)

    def start(self, worker: Any) -> None:
        for name in SIGNALS:
            if hasattr(signal, name):
                number = signal.Signals[name]
                signal.signal(number, _stopping_first(signal.getsignal(number)))

    def stop(self, worker: Any) -> None:
        """Stop the worker also when no signal came, but `celery control shutdown`."""
        this_process().stopping.set()


def _stopping_first(handler: Any) -> Callable[..., Any]:
    """A handler that lets the worker begin nothing new, and then calls Celery's."""

    def stop(*arguments: Any) -> None:
        this_process().stopping.set()
        handler(*arguments)

    return stop
