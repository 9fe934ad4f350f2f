"""The dispatcher: in every worker, a thread that dispatches due lanes as Celery tasks.

There is no beat process and no leader: the script dispatches each lane once, whichever worker asks.
A worker dispatches to itself, by a queue of its own, and of each account only as many lanes as it
can begin at once. So no task waits behind those of a slow account: not in the broker, and not for a
thread.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
from collections.abc import Iterable, Mapping
from typing import Any

from celery import Celery, bootsteps
from kombu import Queue
from kombu.exceptions import ChannelError, OperationalError
from redis.exceptions import RedisError

from batchline.worker.delivery import confirmations
from batchline.worker.runtime import measuring, sentry
from batchline.worker.runtime.heartbeat import VARIABLE, Heartbeat
from batchline.worker.runtime.pool import Pool
from batchline.worker.runtime.process import GRACE, LANES_AT_ONCE, Process, this_process
from batchline.worker.runtime.tasks import QUEUE, send, send_job
from batchline.worker.runtime.teller import Teller
from batchline.worker.store import journal, redis_clock, releases
from batchline.worker.store.parking import UNPARK_COUNT, unpark
from batchline.worker.store.scripts import Argument, Script, is_of_the_server, names_of
from batchline.worker.store.store import NOWHERE, Store

log = logging.getLogger(__name__)

DISPATCH = Script("dispatch")
REQUEUE = Script("requeue")
#: Lanes dispatched in one call.
MOST_LANES = 100
#: Tasks in its queue from which on a worker dispatches nothing: where it begins none of them, the
#: lanes are dispatched again and again.
MOST_TASKS = 1000
#: Seconds between two looks for journal lines that are too old, and for idle connections.
TRIM_EVERY = 60.0
#: Seconds between two looks at the due lanes, where a lane has just ended and others wait for it.
AT_LEAST = 0.01


def dispatch(
    store: Store,
    share: int = LANES_AT_ONCE,
    free: Mapping[str, int] | None = None,
    known: Iterable[str] | None = None,
) -> list[tuple[str, int]]:
    """Dispatch the lanes that are due now, each once in `GRACE` seconds.

    Of one account they are `share` at most, or as many as `free` says. Where very many are due that
    cannot be, this looks at those that are due for longest, and at a part of the others, another
    one with each call: so it blocks Redis for a short time only. Lanes of accounts that are
    not `known` (None: all are) are left to another worker, as long as there is one that knows them.
    Returns the name of each lane, and how many messages wait in it.
    """
    keys = [store.keys.due, store.keys.paused, store.keys.workers, store.keys.accounts]
    arguments: list[Argument] = [MOST_LANES, round(GRACE * 1000), store.keys.start, store.owner]
    arguments += [names_of(known), share, *store.looked_at.get("due", NOWHERE)]
    for account, places in (free or {}).items():
        arguments += [account, places]
    member, score, *answer = DISPATCH(store, keys, arguments)
    store.looked_at["due"] = (member, score)
    return [
        (name.decode(), int(waiting)) for name, waiting in zip(*[iter(answer)] * 2, strict=True)
    ]


class Dispatcher(bootsteps.StartStopStep):
    """Starts the thread with the worker, and ends it before the worker ends."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, worker: Any, **kwargs: Any) -> None:
        super().__init__(worker, **kwargs)
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        #: The server of this worker's metrics.
        self._metrics: Any = None
        # The node's name may be another worker's too, by mistake. Without an exchange the broker
        # keeps nothing of a queue once it is empty.
        self._queue = Queue(f"{QUEUE}.{worker.hostname}.{os.getpid()}", routing_key="")
        worker.app.amqp.queues.select_add(self._queue)

    def start(self, worker: Any) -> None:
        process = this_process()
        process.share(worker.concurrency)
        process.heartbeat = Heartbeat(worker.hostname, process.settings.redis_timeout)
        atexit.register(process.heartbeat.end)
        if process.meter is not None:
            self._metrics = measuring.serve(process, isinstance(worker.pool, Pool))
        self._thread = threading.Thread(
            target=_run,
            args=(worker.app, self._queue.name, process, self._over),
            name="dispatch",
            daemon=True,
        )
        self._thread.start()

    def stop(self, worker: Any) -> None:
        self._over.set()
        this_process().look.set()
        if self._thread is not None:
            self._thread.join(timeout=10)
        if self._metrics is not None:
            self._metrics.shutdown()
            self._metrics.server_close()


def _run(app: Celery, queue: str, process: Process, over: threading.Event) -> None:
    """Dispatch due lanes until the worker shuts down; wait while Redis is in trouble."""
    teller, busy = Teller(), False
    trim_at = 0.0
    _beat(process)
    while _waits(process, over):
        try:
            teller.tell(process.store, process.settings)
            busy = _tick(app, queue, process, busy)
            process.dispatched_at = time.time()
            teller.redis_answers()
            if process.heartbeat is not None:
                process.heartbeat.answered()
            sentry.reporter.check_in(process.store)
            if time.monotonic() >= trim_at:
                trim_at = time.monotonic() + TRIM_EVERY
                process.close_idle()
                releases.tell(process.store)
                journal.trim(process.store, process.settings)
        except (RedisError, OperationalError, OSError) as error:
            if isinstance(error, RedisError) and not is_of_the_server(error):
                teller.redis_refuses(error)
                over.wait(1)
            else:
                teller.redis_is_away(error)
        except Exception as error:
            # A worker that stops dispatching lanes looks healthy and does nothing.
            log.exception("dispatch failed, and goes on")
            sentry.reporter.fault(error, process.store)
            over.wait(1)
        _beat(process)


def _beat(process: Process) -> None:
    """Write the heartbeat; a folder that takes none is told once, and stops nothing."""
    heartbeat = process.heartbeat
    if heartbeat is None:
        return
    try:
        heartbeat.write(process.lanes.is_stuck())
    except OSError as error:
        if not heartbeat.is_refused:
            log.warning(
                "`batchline health` will find no worker here: %s. %s names a folder that can be "
                "written",
                error,
                VARIABLE,
            )
        heartbeat.is_refused = True


def _waits(process: Process, over: threading.Event) -> bool:
    """Wait for the next look at the due lanes; False when there is none."""
    over.wait(AT_LEAST)
    process.look.wait(process.settings.dispatch_every)
    process.look.clear()
    return not over.is_set() and not process.stopping.is_set()


def waiting_tasks(app: Celery, queue: str) -> int:
    """How many tasks wait in the queue."""
    with app.producer_or_acquire() as producer:
        try:
            declared = producer.channel.queue_declare(queue, passive=True)
        except ChannelError:  # an empty queue is none
            return 0
    return int(declared.message_count)


def _tick(app: Celery, queue: str, process: Process, busy: bool = False) -> bool:
    """Dispatch what is due; `busy`, and the result: whether the last tick, or this one, did."""
    store = process.store
    redis_clock.look(store)
    while unpark(store) == UNPARK_COUNT:
        pass
    if busy and waiting_tasks(app, queue) >= MOST_TASKS:
        return busy
    known = process.settings.accounts
    due = dispatch(store, process.lanes.most, process.lanes.free(), known)
    process.lanes.dispatched(name for name, _ in due)
    for index, (lane_name, waiting) in enumerate(due):
        try:
            send(app, lane_name, waiting, queue)
        except Exception:
            # No task was sent for these lanes: they are due at once, not when the grace is over.
            unsent = [name for name, _ in due[index:]]
            process.lanes.withdrawn(unsent)
            REQUEUE(store, [store.keys.due], unsent)
            raise
    jobs = confirmations.dispatch(store, process.jobs.most, process.jobs.free(), known)
    process.jobs.dispatched(jobs)
    for job in jobs:
        send_job(app, job, queue)
    return bool(due or jobs)
