"""The Celery application of `celery_per_event`: one task per event, one POST per task."""

import os
import threading

import requests
from celery import Celery

from tests.bench.payload import body
from tests.bench.peers import BROKER, HEADERS, SINK

_local = threading.local()


def session() -> requests.Session:
    """This thread's session, its connection kept alive; made after a fork."""
    if not hasattr(_local, "session"):
        _local.session = requests.Session()
        _local.session.trust_env = False  # no look-up of proxies and .netrc at every call
    found: requests.Session = _local.session
    return found


def deliver(event: str) -> None:
    """Send one event, ready JSON; a refusal raises, so that the task fails."""
    answer = session().post(
        os.environ[SINK], data=body([event.encode()]), headers=HEADERS, timeout=(5, 30)
    )
    if not answer.json()["success"]:
        raise RuntimeError(answer.text)


def make_app(broker_url: str) -> Celery:
    """No results and no task events: nothing that this work does not need.

    `worker_prefetch_multiplier` (4) and early acknowledgement stay as Celery's defaults.
    """
    app = Celery("per_event", broker=broker_url, set_as_current=False)
    app.conf.update(
        task_ignore_result=True,
        worker_send_task_events=False,
        broker_connection_retry_on_startup=True,
    )
    app.task(name="deliver")(deliver)
    return app


app = make_app(os.environ.get(BROKER, "memory://"))
