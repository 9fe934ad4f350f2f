"""The Celery app: `celery -A batchline.app worker`, or `batchline worker`.

Celery carries lane names, never payloads. A task is a wake-up: what owns a lane is its lease, and a
lost wake-up only delays the lane until the due time that handing it out has set.
"""

from __future__ import annotations

from typing import Any

from celery import Celery

from batchline.producers.settings import Settings
from batchline.worker.runtime import sentry as observe
from batchline.worker.runtime.dispatcher import Dispatcher
from batchline.worker.runtime.event_dispatcher import Events
from batchline.worker.runtime.shutdown import Leaving
from batchline.worker.runtime.tasks import QUEUE, register

#: Lanes delivered at once by one worker; they mostly wait for HTTP.
DEFAULT_CONCURRENCY = 16


def make_app(settings: Settings) -> Celery:
    """The app for these settings, with a `deliver.…` task for every operation."""
    app = Celery("batchline", broker=settings.celery_url(), events=Events, set_as_current=False)
    app.conf.update(celery_settings(settings))
    register(app)
    app.steps["worker"].update((Dispatcher, Leaving))
    observe.start_sentry(settings)
    return app


def celery_settings(settings: Settings) -> dict[str, Any]:
    """What Celery is set to, and why it is not left as it comes."""
    return {
        "task_default_queue": QUEUE,
        "task_ignore_result": True,
        # A lost wake-up heals itself; a repeated one finds the lane leased.
        "task_acks_late": False,
        "worker_prefetch_multiplier": 1,
        "worker_pool": "batchline.worker.runtime.pool:Pool",
        "worker_consumer": "batchline.worker.runtime.consumer:Consumer",
        "worker_concurrency": DEFAULT_CONCURRENCY,
        # A broker that is away is waited for, however long.
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        # A broker that is full, or a replica for a while, is waited for too: else the worker ends.
        "broker_channel_error_retry": True,
        # There are none: wake-ups are acknowledged early. Unset, each reconnecting warns.
        "worker_cancel_long_running_tasks_on_connection_loss": True,
        "broker_transport_options": {
            # Without these two a worker never notices a half-open connection.
            "socket_timeout": settings.redis_timeout,
            "health_check_interval": settings.redis_timeout / 2,
            "priority_steps": [0],
            "ack_emulation": False,
            # Workers and Flower of another prefix on this server are neither seen nor woken.
            "global_keyprefix": f"{settings.key_prefix}:",
        },
        # Flower shows what these send.
        "worker_send_task_events": True,
        "task_send_sent_event": True,
        "task_track_started": True,
        "worker_redirect_stdouts": False,
        "worker_hijack_root_logger": False,
    }


app = make_app(Settings.load())
