"""The Celery app: `celery -A worker.app worker`, or `batchline worker`.

Celery carries lane names, never payloads. A task is a wake-up: what owns a lane is its lease, and a
lost wake-up only delays the lane until the due time that handing it out has set.
"""

from __future__ import annotations

from typing import Any

from celery import Celery
from celery.signals import worker_shutting_down

from producers.settings import Settings
from worker import observe
from worker.dispatch import Dispatcher
from worker.processes import this_process
from worker.tasks import QUEUE, register

#: Lanes delivered at once by one worker; they mostly wait for HTTP.
DEFAULT_CONCURRENCY = 16


def make_app(settings: Settings) -> Celery:
    """The app for these settings, with a `deliver.…` task for every operation."""
    app = Celery("batchline", broker=settings.celery_url(), set_as_current=False)
    app.conf.update(celery_settings())
    register(app)
    app.steps["worker"].add(Dispatcher)
    observe.start_sentry(settings)
    return app


def celery_settings() -> dict[str, Any]:
    """What Celery is set to, and why it is not left as it comes."""
    return {
        "task_default_queue": QUEUE,
        "task_ignore_result": True,
        # A lost wake-up heals itself; a repeated one finds the lane leased.
        "task_acks_late": False,
        "worker_prefetch_multiplier": 1,
        # The work is waiting for HTTP: threads give the same rate as processes in a tenth of
        # the memory.
        "worker_pool": "threads",
        "worker_concurrency": DEFAULT_CONCURRENCY,
        "broker_connection_retry_on_startup": True,
        "broker_transport_options": {
            # Without these two a worker never notices a half-open connection.
            "socket_timeout": 10,
            "health_check_interval": 5,
            "priority_steps": [0],
            "ack_emulation": False,
        },
        # Flower shows what these send.
        "worker_send_task_events": True,
        "task_send_sent_event": True,
        "task_track_started": True,
        "worker_redirect_stdouts": False,
        "worker_hijack_root_logger": False,
    }


@worker_shutting_down.connect
def _leave(**_: object) -> None:
    """The batch in flight is settled, nothing new is begun (Celery would run what it has)."""
    this_process().stopping.set()


app = make_app(Settings.load())
