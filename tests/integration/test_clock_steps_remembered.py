"""Redis' clock steps by a day: what Redis deletes by its own clock is still there."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

import batchline.producers.producer
from batchline.producers import Producer
from batchline.worker.store import redis_clock
from batchline.worker.troubles import watch
from tests.proxy import LossyProxy
from tests.stepping import DAY, LANE, STEPS, clock, coupon, producer, server, settings, step, store

__all__ = ["clock", "producer", "server", "settings", "store"]


@STEPS
def test_a_call_whose_answer_was_lost_enqueues_once_over_a_step(
    clock, store, server, settings, seconds, monkeypatch
):
    """The clock steps between the call and its repetition."""
    with LossyProxy.before(server.url) as proxy, Producer(settings, proxy.url(server.url)) as one:
        one.send(coupon(1))
        redis_clock.look(store)
        proxy.lose_answers(1)
        stepping = SimpleNamespace(sleep=lambda _: step(clock, store, seconds))
        monkeypatch.setattr(batchline.producers.producer, "time", stepping)
        repeated = one.send(coupon(2))
    assert proxy.lost == 1
    ids = [id.decode() for id, _ in store.client.xrange(store.keys.stream(LANE))]
    assert len(ids) == 2
    assert repeated == f"{LANE}@{ids[-1]}"


@pytest.mark.parametrize("patience", [5, 7200, 900_000])
def test_a_call_is_remembered_a_day_longer_than_it_is_repeated(store, settings, patience):
    with Producer(settings, patience=patience) as one:
        one.send(coupon(1))
    (memory,) = store.client.scan_iter(match=store.keys.caller("*").replace("{", r"\{"))
    assert store.client.pttl(memory) > (patience + DAY) * 1000


@STEPS
def test_what_lasts_is_looked_at_as_often_as_before(clock, store, seconds):
    assert watch.look(store, stall_after=300, every=60)
    assert not watch.look(store, stall_after=300, every=60)
    step(clock, store, seconds)
    redis_clock.look(store)
    assert not watch.look(store, stall_after=300, every=60)
    store.client.hincrby(store.keys.clock, "shift", 61_000)
    assert watch.look(store, stall_after=300, every=60)
