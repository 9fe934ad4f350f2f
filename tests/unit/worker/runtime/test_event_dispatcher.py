"""Flower sees every event of every task, though many threads send them."""

from __future__ import annotations

from itertools import count

import pytest
from celery import Celery

from batchline.worker.runtime.event_dispatcher import Events


class Producer:
    """Publishes to a list; while it does, another thread sends one more event."""

    def __init__(self, dispatcher, others, fails=0):
        self.dispatcher, self.others, self.fails = dispatcher, others, fails
        self.published = []

    def publish(self, events, **options):
        if self.others:
            self.dispatcher.send("task-started", uuid=self.others.pop())
        if self.fails:
            self.fails -= 1
            raise OSError("the broker is away")
        self.published += events if isinstance(events, list) else [events]


@pytest.mark.parametrize("fails", [0, 1, 3])
def test_an_event_that_comes_while_others_are_published_is_published_too(fails):
    app = Celery("test", broker="memory://", events=Events, set_as_current=False)
    number = count()
    with app.connection() as connection:
        dispatcher = app.events.Dispatcher(
            connection, buffer_group=["task"], buffer_limit=4, on_send_buffered=lambda: None
        )
        others = [f"other-{n}" for n in range(5)]
        expected = {*others}
        dispatcher.producer = producer = Producer(dispatcher, others, fails)
        for _ in range(12):
            uuid = f"own-{next(number)}"
            expected.add(uuid)
            dispatcher.send("task-received", uuid=uuid)
        for _ in range(4):
            dispatcher.flush()
    uuids = [event["uuid"] for event in producer.published]
    assert sorted(uuids) == sorted(expected), "each once"
