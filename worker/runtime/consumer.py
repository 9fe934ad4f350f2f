"""The consumer: the part of a worker that listens to the broker."""

from __future__ import annotations

import time
from contextlib import suppress
from functools import partial
from typing import Any

from celery.worker.consumer import Consumer as CeleryConsumer
from redis.exceptions import RedisError

from batchline.worker.runtime.process import this_process
from batchline.worker.runtime.tasks import DELIVER
from batchline.worker.troubles.trouble import begin_of_lane

#: Seconds between two tries to reach a broker that is away; Celery's own pauses grow to 30.
RECONNECT_EVERY = 1.0


class Consumer(CeleryConsumer):
    """Celery's consumer, back within seconds of the broker's return, however long it was away."""

    def ensure_connected(self, conn: Any) -> Any:
        conn.ensure_connection = partial(
            conn.ensure_connection,
            interval_start=RECONNECT_EVERY,
            interval_step=RECONNECT_EVERY,
            interval_max=RECONNECT_EVERY,
        )
        return super().ensure_connected(conn)

    def on_unknown_task(self, body: Any, message: Any, exc: Exception) -> None:
        """A task of an operation that this worker does not know: its lane shows it, and waits."""
        super().on_unknown_task(body, message, exc)
        name = str(message.headers.get("task"))
        if name.startswith(DELIVER):
            detail = f"a worker without {name.removeprefix(DELIVER)} was woken for it"
            with suppress(RedisError):
                lane_name = str(message.payload[0][0])
                begin_of_lane(this_process().store, lane_name, "plugin_missing", detail)

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        errors: tuple[type[Exception], ...] = self.channel_errors  # type: ignore[attr-defined]
        if isinstance(exc, errors):
            time.sleep(RECONNECT_EVERY)  # the broker refuses: asked at once, it would refuse again
        super().on_connection_error_after_connected(exc)
