"""What is noted while Redis' clock is a day ahead, before a worker finds it, holds nothing up."""

from __future__ import annotations

import pytest

from batchline.producers.lanes import Lane
from batchline.systems.account import Limits, Lockout
from batchline.systems.verdicts import DestinationFailed
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.delivery import rate_limits
from batchline.worker.inspection import status
from batchline.worker.store import redis_clock
from batchline.worker.troubles import trouble as troubles
from tests.fake_api import FakeApi, context_of
from tests.stepping import (
    DAY,
    LANE,
    clock,
    coupon,
    producer,
    server,
    settings,
    step,
    store,
    work_once,
)

__all__ = ["clock", "producer", "server", "settings", "store"]
#: Seconds of the longest wait that may be left of a window of a minute.
MINUTE = 65.0


def ahead_and_back(clock, store, act):
    """Do this while Redis' clock is ahead and nobody knows; then a worker looks."""
    step(clock, store, DAY)
    act()
    redis_clock.look(store)


LIMITS = {
    "per second": Limits(per_second=2),
    "per minute": Limits(per_minute=2),
    "at once": Limits(concurrent=2),
}


@pytest.mark.parametrize("answered", [True, False])
@pytest.mark.parametrize("limits", LIMITS.values(), ids=LIMITS)
def test_a_rate_limit_is_free_again_within_its_window(clock, store, settings, limits, answered):
    account = settings.accounts["default"].model_copy(update={"limits": limits})

    def use_up():
        grant = rate_limits.take(store, "default", account, 2, seconds=1)
        assert grant.requests == 2
        if answered:
            rate_limits.release(store, "default", account, grant, ())

    ahead_and_back(clock, store, use_up)
    grant = rate_limits.take(store, "default", account, 1, seconds=1)
    assert grant.requests == 1 or grant.wait < MINUTE


def test_a_lockout_lasts_as_long_as_the_api_said(clock, store, settings):
    account = settings.accounts["default"].model_copy(update={"lockout": Lockout(30.0, 0.0, 30.0)})

    def be_refused():
        grant = rate_limits.take(store, "default", account, 1, seconds=1)
        refused = DestinationFailed("HTTP 429", throttled=True, retry_after=30)
        rate_limits.release(store, "default", account, grant, [refused])

    ahead_and_back(clock, store, be_refused)
    grant = rate_limits.take(store, "default", account, 1, seconds=1)
    assert grant.requests == 0
    assert 20 < grant.wait <= 35


def test_news_of_a_trouble_is_told_again_after_the_minute_in_which_it_is_told_once(clock, store):
    def tell():
        troubles.begin_of_lane(store, LANE, "destination_failed", "HTTP 503")
        assert len(troubles.take_news(store, "taking")) == 1
        troubles.are_told(store, "taking")

    ahead_and_back(clock, store, tell)
    troubles.begin_of_lane(store, Lane("default", "coupon.redeem", 1), "destination_failed", "x")
    assert [one.event for one in troubles.take_news(store, "again")] == ["began"]


def test_a_dead_letter_that_is_replayed_is_due_in_seconds(clock, store, producer, settings):
    producer.send(coupon(1))
    api = FakeApi()
    api.work = lambda url, body: {"success": False, "message": ["no such coupon"]}
    work_once(context_of(store, settings, api))
    assert status.read(store).totals["dead"] == 1

    def replay():
        (letter,) = dead_letters.choose(store)
        assert dead_letters.replay(store, [letter.id]).done == 1

    ahead_and_back(clock, store, replay)
    (lane,) = status.read(store).lanes
    assert lane.due_seconds < 10


def test_an_idempotency_key_is_not_forgotten(clock, store, producer):
    ids = [producer.send(coupon(1), idempotency_key="k")]
    ahead_and_back(clock, store, lambda: ids.append(producer.send(coupon(1), idempotency_key="k")))
    assert ids[0] == ids[1]
