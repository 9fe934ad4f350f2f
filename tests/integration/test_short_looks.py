"""A look at what is due is short, however much is due of accounts that have no place free."""

from __future__ import annotations

import pytest

from batchline.worker.delivery import confirmations
from batchline.worker.runtime.dispatcher import dispatch
from batchline.worker.store import redis_clock

FULL = {"full": 0}
#: More than two looks go through.
MANY = 2300


def lanes(count):
    return [f"full:op{number // 250}:{number % 250}" for number in range(count)]


def commands(store, act):
    """How many commands Redis ran for this, those of scripts included."""
    store.client.config_resetstat()
    act()
    stats = store.client.info("commandstats")
    return sum(one["calls"] for name, one in stats.items() if not name.startswith("cmdstat_config"))


@pytest.fixture
def full(store):
    """Lanes and jobs of an account that has no place free, all due since the same ms."""
    at = redis_clock.now(store) - 10_000
    store.client.zadd(store.keys.due, dict.fromkeys(lanes(MANY), at))
    jobs = [f"{lane}@9" for lane in lanes(MANY)]
    store.client.zadd(store.keys.jobs, dict.fromkeys(jobs, at))
    return at


def test_a_look_costs_no_command_for_lanes_and_jobs_of_accounts_that_are_full(store, full):
    dispatch(store, 32, FULL)
    assert commands(store, lambda: dispatch(store, 32, FULL)) < 25
    assert commands(store, lambda: confirmations.dispatch(store, 32, FULL)) < 25


def test_a_look_at_lanes_of_accounts_that_others_know_is_bounded_too(store, full):
    store.client.zadd(store.keys.accounts, {"full": redis_clock.now(store)})
    dispatch(store, 32, {}, ["own"])
    assert commands(store, lambda: dispatch(store, 32, {}, ["own"])) < 3100


def test_what_can_be_dispatched_is_found_behind_all_of_it_within_a_few_looks(store, full):
    store.client.zadd(store.keys.due, {"own:event.add:0": full + 1})
    store.client.zadd(store.keys.jobs, {"own:event.add:0@9": full + 1})
    looks = MANY // 500 + 1
    found = [name for _ in range(looks) for name, _ in dispatch(store, 32, FULL)]
    assert found == ["own:event.add:0"]
    found = [name for _ in range(looks) for name in confirmations.dispatch(store, 32, FULL)]
    assert found == ["own:event.add:0@9"]


def test_a_place_that_gets_free_goes_to_the_lane_that_is_due_for_longest(store, full):
    first = "full:event.add:0"
    store.client.zadd(store.keys.due, {first: full - 1})
    for _ in range(3):
        assert dispatch(store, 32, FULL) == []
    assert dispatch(store, 32, {"full": 1}) == [(first, 0)]


def test_every_lane_has_its_turn_where_looks_go_through_a_part(store, full):
    got = set()
    for _ in range(MANY // 100):
        got |= {name for name, _ in dispatch(store, 100)}
    assert got == set(lanes(MANY))
