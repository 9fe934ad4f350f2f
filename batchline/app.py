"""The Celery app: `celery -A batchline.app worker`, or `batchline worker`; so too `flower`.

Celery carries lane names, never payloads. A task is a wake-up: only its lease owns a lane, and a
lost wake-up only delays the lane until the due time that dispatching it has set.
"""

from __future__ import annotations

import os
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import quote

from celery import Celery
from redis.connection import parse_url

from batchline.producers.errors import InvalidSettings
from batchline.producers.redis_client import tls_options
from batchline.producers.settings import Settings
from batchline.worker.runtime import logs, sentry
from batchline.worker.runtime.alerting import Alerting
from batchline.worker.runtime.background import Background
from batchline.worker.runtime.dispatcher import Dispatcher
from batchline.worker.runtime.event_dispatcher import Events
from batchline.worker.runtime.preflight import EX_CONFIG, Preflight
from batchline.worker.runtime.process import LANES_AT_ONCE
from batchline.worker.runtime.shutdown import Shutdown
from batchline.worker.runtime.tasks import QUEUE, register


class App(Celery):
    """Celery, with the broker of the settings whatever Celery's own variables say."""

    #: In place of CELERY_RESULT_BACKEND: no results are kept.
    backend_cls = "disabled://"

    def __init__(self, url: str) -> None:
        self._own_broker = url
        super().__init__("batchline", broker=url, events=Events, set_as_current=False)

    def connection_for_read(self, url: str | None = None, **kwargs: Any) -> Any:
        return super().connection_for_read(url or self._own_broker, **kwargs)

    def connection_for_write(self, url: str | None = None, **kwargs: Any) -> Any:
        return super().connection_for_write(url or self._own_broker, **kwargs)

    def connection(self, hostname: str | None = None, *args: Any, **kwargs: Any) -> Any:
        return super().connection(hostname or self._own_broker, *args, **kwargs)


def make_app(settings: Settings) -> Celery:
    """The app for these settings, with a `deliver.…` task for every operation."""
    url, tls = broker(settings)
    app = App(url)
    app.conf.update(celery_settings(settings), broker_use_ssl=tls)
    register(app)
    steps = (Preflight, Dispatcher, Background, Alerting, Shutdown)
    app.steps["worker"].update(steps)
    sentry.start_sentry(settings)
    logs.install(settings)
    return app


def broker(settings: Settings) -> tuple[str, dict[str, Any] | None]:
    """The broker's address as kombu reads it, and the options of TLS, as the lanes' client's.

    Left to itself, kombu reads no `?username=` or `?password=`, and verifies no certificate.
    """
    url = settings.celery_url()
    parse: Any = parse_url  # it has no types
    read = {**tls_options(url, settings.redis_ca_file), **parse(url)}
    user, password = (quote(read.get(name) or "", safe="") for name in ("username", "password"))
    credentials = f"{user}:{password}@" if user or password else ""
    host = read.get("host", "localhost")
    host = f"[{host}]" if ":" in host else host
    scheme = url.partition("://")[0]
    address = f"{scheme}://{credentials}{host}:{read.get('port', 6379)}/{read.get('db', 0)}"
    if scheme != "rediss":
        return address, None
    tls = {name: value for name, value in read.items() if name.startswith("ssl_")}
    return address, {"ssl_cert_reqs": "required", **tls}


def celery_settings(settings: Settings) -> dict[str, Any]:
    """Celery's settings, each with the reason for it."""
    return {
        "task_default_queue": QUEUE,
        "task_ignore_result": True,
        # A lost wake-up heals itself; a repeated one finds the lane leased.
        "task_acks_late": False,
        # No limit: a worker sends itself only what it can begin at once.
        "worker_prefetch_multiplier": 0,
        "worker_pool": "batchline.worker.runtime.pool:Pool",
        "worker_consumer": "batchline.worker.runtime.consumer:Consumer",
        "worker_concurrency": LANES_AT_ONCE,
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


def configure_flower() -> None:
    """Let Flower show Batchline's tabs and keep to its login, where nobody names another file.

    Celery loads the app before Flower reads its variables.
    """
    if "flower" in sys.argv and not Path("flowerconfig.py").exists():
        ours = files("batchline.worker") / "dashboard" / "flowerconfig.py"
        os.environ.setdefault("FLOWER_CONF", str(ours))


configure_flower()
try:
    app = make_app(Settings.load())
except InvalidSettings as error:
    sys.stderr.write(f"Error: {error}\n")
    sys.exit(EX_CONFIG)
