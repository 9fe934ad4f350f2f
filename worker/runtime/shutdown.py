"""Leaving: what the signals to a worker do to the lanes that it delivers.

SIGTERM and the first SIGINT (warm): batches in flight are settled, nothing new is begun. SIGQUIT
and the second SIGINT (cold): after Celery's soft shutdown, where one is set, requests under way are
broken off too (`pool.py`). Either way a lane is given back by settling, at once: nothing
waits for a lease to run out, and what the API may have taken of a broken request is in doubt as
after any lost answer.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any

from celery import bootsteps

from batchline.worker.runtime.process import this_process

SIGNALS = ("SIGTERM", "SIGINT", "SIGQUIT")


class Leaving(bootsteps.StartStopStep):
    """Has the first signal heard at once: of a cold shutdown Celery tells only at its end."""

    requires = ("celery.worker.components:Pool",)

    def start(self, worker: Any) -> None:
        for name in SIGNALS:
            if hasattr(signal, name):
                number = signal.Signals[name]
                signal.signal(number, _stopping_first(signal.getsignal(number)))

    def stop(self, worker: Any) -> None:
        """Also when no signal came, but `celery control shutdown`."""
        this_process().stopping.set()


def _stopping_first(handler: Any) -> Callable[..., Any]:
    """Celery's handler, and before it the word that nothing new is begun."""

    def stop(*arguments: Any) -> None:
        this_process().stopping.set()
        handler(*arguments)

    return stop
