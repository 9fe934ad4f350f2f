"""The Celery application of `celery_batches`: tasks gathered by the worker, one POST per 1,000."""

import os

import requests
from celery import Celery
from celery_batches import Batches, SimpleRequest  # type: ignore[import-untyped]

from tests.bench.payload import body
from tests.bench.peers import BROKER, HEADERS, SINK

#: Events per request, the API's own limit.
FLUSH_EVERY = 1_000
#: Seconds. Longer than a run, so that every batch is full and the last one, full as well, does
#: not wait for the timer: with 2 s the peer measures a quarter lower.
FLUSH_INTERVAL = 60.0

_sessions: list[requests.Session] = []


def session() -> requests.Session:
    """The pool's session (it has one thread), its connection kept alive."""
    if not _sessions:
        _sessions.append(requests.Session())
        _sessions[0].trust_env = False  # no look-up of proxies and .netrc at every call
    return _sessions[0]


def deliver(batch: list[SimpleRequest]) -> None:
    """Send one batch of ready JSON; a refusal raises (celery-batches then drops the batch)."""
    events = (request.args[0].encode() for request in batch)
    answer = session().post(os.environ[SINK], data=body(events), headers=HEADERS, timeout=(5, 30))
    if not answer.json()["success"]:
        raise RuntimeError(answer.text)


def make_app(broker_url: str) -> Celery:
    """Prefetch and acknowledgement as celery-batches needs them.

    Its documentation asks for a prefetch count of zero (no limit) or above `flush_every`: two
    batches here, one being gathered while the other is sent. It says nothing of acknowledgement;
    late, because early loses a batch with the worker, and both measure the same.
    """
    app = Celery("batches", broker=broker_url, set_as_current=False)
    app.conf.update(
        task_ignore_result=True,
        worker_send_task_events=False,
        broker_connection_retry_on_startup=True,
        worker_prefetch_multiplier=2 * FLUSH_EVERY,  # times a concurrency of one
    )
    app.task(  # type: ignore[no-untyped-call]
        name="deliver",
        base=Batches,
        flush_every=FLUSH_EVERY,
        flush_interval=FLUSH_INTERVAL,
        acks_late=True,
    )(deliver)
    return app


app = make_app(os.environ.get(BROKER, "memory://"))
