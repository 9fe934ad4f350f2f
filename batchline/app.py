"""The Celery app: `celery -A batchline.app worker`, or `batchline worker`.

Celery carries lane names, never payloads. A task is a wake-up: only its lease owns a lane, and a
lost wake-up only delays the lane until the due time that dispatching it has set.
"""

from __future__ import annotations

from typing import Any

from celery import Celery

from batchline.producers.settings import Settings
from batchline.worker.runtime import sentry
from batchline.worker.runtime.dispatcher import Dispatcher
from batchline.worker.runtime.event_dispatcher import Events
from batchline.worker.runtime.shutdown import Shutdown
from batchline.worker.runtime.tasks import QUEUE, register

#: Lanes that one worker delivers at once; their threads mostly wait for HTTP.
DEFAULT_CONCURRENCY = 16


def make_app(settings: Settings) -> Celery:
    """The app for these settings, with a `deliver.…` task for every operation."""
    app = Celery("batchline", broker=settings.celery_url(), events=Events, set_as_current=False)
    app.conf.update(celery_settings(settings))
    register(app)
    app.steps["worker"].update((Dispatcher, Shutdown))
    sentry.start_sentry(settings)
    return app


def celery_settings(settings: Settings) -> dict[str, Any]:
    """Celery's settings, each with the reason for it."""
    return {
        "task_default_queue": QUEUE,
        "task_ignore_result": True,
        # A lost wake-up heals itself; a repeated one finds the lane leased.
        "task_acks_late": False,
        "worker_prefetch_multiplier": 1,
        "worker_pool": "batchline.worker.runtime.pool:Pool",
        "worker_consumer": "batchline.worker.runtime.consumer:Consumer",
        "worker_concurrency": DEFAULT_CONCURRENCY,
        # A worker waits for a broker that is away, however long.
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        # It waits too while the broker is full or a replica; otherwise it would end.
        "broker_channel_error_retry": True,
        # No such task exists, for wake-ups are acknowledged early. Unset, each reconnection warns.
        "worker_cancel_long_running_tasks_on_connection_loss": True,
        "broker_transport_options": {
            # Without both a worker never notices a half-open connection.
            "socket_timeout": settings.redis_timeout,
            "health_check_interval": settings.redis_timeout / 2,
            "priority_steps": [0],
            "ack_emulation": False,
            # Workers and Flower of another prefix on this server are neither seen nor woken.
            "global_keyprefix": f"{settings.key_prefix}:",
        },
        # Flower shows the events that these three send.
        "worker_send_task_events": True,
        "task_send_sent_event": True,
        "task_track_started": True,
        "worker_redirect_stdouts": False,
        "worker_hijack_root_logger": False,
    }


app = make_app(Settings.load())
