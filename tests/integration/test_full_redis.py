"""A full Redis is told once and until it has room, while the workers go on."""

from __future__ import annotations

import logging
import threading

import pytest
from celery import Celery

from batchline.producers.keys import Keys
from batchline.producers.redis_client import connect
from batchline.worker.devstack.redis_server import EmbeddedRedis
from batchline.worker.runtime import dispatcher, teller
from batchline.worker.runtime.process import Process
from batchline.worker.store import room
from batchline.worker.store.store import Store
from batchline.worker.troubles import trouble as troubles
from batchline.worker.troubles import watch
from tests.fake_api import ACCOUNT, configure
from tests.waiting import PATIENCE, until

LONG = 600.0


class Dispatching:
    """A worker's dispatcher beside a Redis of its own; the broker is another one."""

    def __init__(self, store, settings, caplog):
        self.store, self.client = store, store.client
        self._caplog = caplog
        self.looks = 0
        self._app = Celery(broker=settings.celery_url(), set_as_current=False)
        self._over = threading.Event()
        arguments = (self._app, "queue", Process(settings, store), self._over)
        self._thread = threading.Thread(target=dispatcher._run, args=arguments, daemon=True)
        self._thread.start()

    def stop(self):
        self._over.set()
        self._thread.join(PATIENCE)
        self._app.close()

    def fill(self, maxmemory=1):
        self.client.config_set("maxmemory", maxmemory)

    def lines(self):
        messages = [one.getMessage() for one in self._caplog.records]
        return [one.partition(":")[0] for one in messages if one.startswith("redis_away")]

    def until(self, condition):
        until(condition, lambda: self._caplog.text)


@pytest.fixture
def own(tmp_path, redis_url, monkeypatch, caplog):
    monkeypatch.setattr(teller, "EVERY", 0.05)
    caplog.set_level(logging.INFO)
    with EmbeddedRedis(tmp_path / "own") as server, connect(server.url, 10) as client:
        text = f'redis_url = "{server.url}"\nbroker_url = "{redis_url}"\ndispatch_every = 0.02\n'
        settings = configure(tmp_path, monkeypatch, text + ACCOUNT)
        own = Dispatching(Store(client, Keys("batchline")), settings, caplog)
        refusal = room.refusal

        def counted(store):
            own.looks += 1
            return refusal(store)

        monkeypatch.setattr(room, "refusal", counted)
        yield own
        own.stop()


def test_it_is_told_once_while_it_lasts_and_over_when_something_can_be_written(own):
    own.fill()
    own.until(lambda: own.lines())
    seen = own.looks
    own.until(lambda: own.looks > seen + 20)
    assert own.lines() == ["redis_away"]
    own.fill(0)
    own.until(lambda: len(own.lines()) > 1)
    assert own.lines() == ["redis_away", "redis_away is over"]


def test_other_troubles_are_found_and_told_meanwhile(own, caplog):
    own.fill()
    own.until(lambda: own.lines())
    troubles.begin(own.store, "paused", "default", "stocktaking")
    own.until(lambda: "paused: account default" in caplog.text)
    assert watch.look(Store(own.client, Keys("other")), LONG)


def test_who_asks_what_is_wrong_is_told_that_it_is_full(own):
    assert watch.standing(own.store, LONG) == []
    own.fill()
    (found,) = watch.standing(own.store, LONG)
    assert (found.kind, found.scope) == ("redis_away", "Redis")
    assert found.detail.startswith("full: used_memory ")
    assert "of maxmemory 1, " in found.detail


def test_a_redis_that_makes_room_by_itself_is_not_full(own):
    own.client.config_set("maxmemory-policy", "volatile-ttl")
    own.fill()
    assert room.shortage(own.store) == ""
    own.client.config_set("maxmemory-policy", "noeviction")
    own.fill(2**40)
    assert room.shortage(own.store) == ""
