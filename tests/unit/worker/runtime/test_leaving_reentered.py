"""A cold shutdown's signal may interrupt the main thread anywhere, and must not wait for it."""

from __future__ import annotations

import pytest
from celery import Celery

from batchline.worker.runtime.event_dispatcher import Events
from batchline.worker.runtime.pool import Pool

pytestmark = pytest.mark.timeout(20)


def test_a_pool_stopped_while_it_takes_a_task_does_not_wait_for_its_own_lock(monkeypatch):
    pool, done = Pool(limit=1), []
    taken = pool.executor._adjust_thread_count

    def interrupted():  # the executor holds its lock here
        pool.on_stop()
        taken()

    monkeypatch.setattr(pool.executor, "_adjust_thread_count", interrupted)
    pool.on_apply(lambda: done.append(1), (), {}, callback=lambda _: None).wait(10)
    assert done == [1]
    pool.on_stop()
    with pytest.raises(RuntimeError):
        pool.executor.submit(print)


def test_an_event_may_be_told_while_another_is_being_told():
    app = Celery("test", broker="memory://", events=Events, set_as_current=False)
    with app.connection() as connection, app.events.Dispatcher(connection) as dispatcher:
        with dispatcher.mutex:
            dispatcher.send("worker-heartbeat")
        dispatcher.close()
