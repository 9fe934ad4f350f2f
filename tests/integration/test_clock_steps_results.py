"""Redis' clock steps by a day: a loop over results is taken to be gone when it is, not before."""

from __future__ import annotations

from itertools import islice

import pytest

import batchline
from batchline.worker.store import redis_clock
from tests.fake_api import configure
from tests.stepping import CONFIG, DAY, LANE, STEPS, clock, server, step, store
from tests.waiting import PATIENCE

__all__ = ["clock", "server", "store"]
GONE, GONE_MS, ALIVE = 0.5, 500, 300


def write(store, numbers):
    """Results as `results.lua` writes them."""
    for number in numbers:
        store.client.hincrby(store.keys.results_numbers, "written", 1)
        result = {"number": number, "message": f"{LANE}@{number}-0", "operation": LANE.operation}
        rest = dict.fromkeys(("reason", "detail", "contact", "key"), "")
        store.client.xadd(store.keys.results, {**result, "outcome": "delivered", **rest})


@pytest.fixture
def settings(server, tmp_path, monkeypatch):
    text = f'redis_url = "{server.url}"\n{CONFIG}results = true\n'
    return configure(tmp_path, monkeypatch, text)


@pytest.fixture
def loop(settings):
    """Begins a loop that is in the middle of its first result, and may be killed there."""
    begun = []

    def begin(claim_after):
        begun.append(batchline.results("crm", claim_after=claim_after, settings=settings))
        next(begun[-1])
        return begun[-1]

    yield begin
    for one in begun:
        one.close()


@pytest.fixture
def read(settings):
    """The numbers of the results that another loop of the group gets, without acknowledging any."""

    def given(claim_after, most, timeout):
        loop = batchline.results("crm", claim_after=claim_after, timeout=timeout, settings=settings)
        return [one.number for one in islice(loop, most)]

    return given


@STEPS
@pytest.mark.parametrize("looked", ["looked", "looks no more", "never looked"])
def test_what_a_killed_loop_had_comes_to_another(clock, store, loop, read, seconds, looked):
    write(store, range(1, 4))
    if looked == "never looked":
        store.client.delete(store.keys.clock)
    loop(GONE)
    step(clock, store, seconds)
    if looked == "looked":
        redis_clock.look(store)
    assert read(GONE, 3, timeout=PATIENCE) == [1, 2, 3]


@STEPS
@pytest.mark.parametrize("looked", [True, False])
def test_what_a_loop_at_work_has_is_given_to_nobody(clock, store, loop, read, seconds, looked):
    """It may be that no worker has found the step yet."""
    write(store, range(1, 4))
    at_work = loop(ALIVE)
    step(clock, store, seconds)
    if looked:
        redis_clock.look(store)
    assert read(ALIVE, 1, timeout=0) == []
    redis_clock.look(store)
    assert read(ALIVE, 1, timeout=0) == []
    assert [one.number for one in islice(at_work, 2)] == [2, 3]


def test_a_loop_that_was_seen_in_a_step_and_is_killed_then_is_not_seen_for_ever(
    clock, store, loop, read
):
    """A worker takes the step out when the loop has read, at a time that is to come."""
    write(store, range(1, 4))
    read(GONE, 1, timeout=0)
    step(clock, store, DAY)
    loop(GONE)
    redis_clock.look(store)
    assert read(GONE, 3, timeout=PATIENCE) == [1, 2, 3]


def test_where_workers_look_what_a_killed_loop_had_comes_at_once_when_its_time_is_over(
    clock, store, loop, read
):
    """Time in which a worker has looked has passed for loops too."""
    write(store, range(1, 4))
    loop(GONE)
    consumer = store.client.xinfo_consumers(store.keys.results, "crm")[0]["name"]
    store.client.hincrby(store.keys.results_seen("crm"), consumer, -GONE_MS)
    redis_clock.look(store)
    assert read(GONE, 3, timeout=0) == [1, 2, 3]
