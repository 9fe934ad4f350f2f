"""The history is sampled once a minute by one of all workers, from counters that are there."""

from __future__ import annotations

import pytest

from batchline.worker.inspection import overview
from batchline.worker.store import history, redis_clock
from batchline.worker.store.history import DAY, HOUR, MINUTE_MS, QUARTER
from tests.builders import contact, event

KEY = ("default", "event.add")


@pytest.fixture
def minutes(store):
    """Lets so many minutes pass, by Batchline's clock."""

    def pass_by(count=1):
        store.client.hincrby(store.keys.clock, "shift", count * MINUTE_MS)
        store.reading = None

    # Not at the end of a minute: the test may take some seconds.
    store.client.hset(store.keys.clock, "shift", -(redis_clock.read(store).ms % MINUTE_MS))
    store.reading = None
    return pass_by


def enqueue(stack, count):
    with stack.producer() as producer:
        producer.send_many([event(number) for number in range(count)])


def test_each_minute_is_sampled_once_whoever_asks(store, minutes):
    assert [history.sample(store) for _ in range(3)] == [True, False, False]
    minutes(1)
    assert [history.sample(store) for _ in range(3)] == [True, False, False]
    assert store.client.hlen(store.keys.history_minutes) == 2


def test_what_was_enqueued_in_a_minute_is_in_its_step(stack, store, minutes):
    history.sample(store)
    for count in (3, 5):
        enqueue(stack, count)
        minutes(1)
        history.sample(store)
    found = history.last_hour(store)
    assert len(found.times) == HOUR
    series = found.of(*KEY)
    assert series.enqueued[-2:] == (3, 5)
    assert series.backlog[-2:] == (3, 8)
    assert set(series.enqueued[:-2]) == {None}


def test_minutes_in_which_no_worker_ran_are_gaps(stack, store, minutes):
    history.sample(store)
    enqueue(stack, 3)
    minutes(3)
    history.sample(store)
    assert history.last_hour(store).of(*KEY).enqueued[-3:] == (None, None, None)
    minutes(1)
    history.sample(store)
    assert history.last_hour(store).of(*KEY).enqueued[-2:] == (None, 0)
    # The sample of this minute may be still to come: then the series ends with the last.
    minutes(1)
    assert history.last_hour(store).of(*KEY).enqueued[-2:] == (None, 0)
    # Nobody samples any more.
    minutes(1)
    assert history.last_hour(store).of(*KEY).enqueued[-2:] == (0, None)


def test_what_is_kept_is_bounded(store, minutes):
    for _ in range(3):
        history.sample(store)
        minutes(DAY)
    for _ in range(HOUR + 5):
        history.sample(store)
        minutes(1)
    assert store.client.hlen(store.keys.history_minutes) == HOUR + 1
    assert store.client.hlen(store.keys.history_quarters) <= DAY // QUARTER + 2


def test_a_worker_samples_by_itself(stack):
    stack.worker()
    stack.until(lambda _: stack.client.hlen(stack.keys.history_minutes))
    assert history.last_hour(stack.store).totals.backlog[-1] == 0


def test_the_dead_of_a_day_count_also_when_they_were_replayed(stack, store, minutes):
    history.sample(store)
    client = stack.client
    client.sadd(stack.keys.lanes, "default:event.add:0")
    client.hset(stack.keys.state("default:event.add:0"), mapping={"died": 7, "dead": 0})
    minutes(QUARTER)
    history.sample(store)
    found = overview.read(store, stack.settings)
    assert (found.died_in_a_day, found.dead, found.dead_of_a_day) == (7, 0, 0)


def test_the_overview_says_whether_all_is_well(stack):
    enqueue(stack, 2)
    found = overview.read(stack.store, stack.settings)
    assert (found.state, found.sentence) == ("wrong", "No: no worker runs, and 2 messages wait.")
    assert found.oldest_lane == "default:event.add:0"
    with stack.producer() as producer:
        producer.send(contact("ann@shop.example"))
    stack.worker()
    stack.until(lambda now: now.totals["delivered"] == 3)
    found = overview.read(stack.store, stack.settings)
    assert (found.state, found.workers, found.backlog) == ("well", 1, 0)
    assert found.sentence == "Yes: everything that was enqueued is settled, and nothing is wrong."
    stack.run("pause", "default", "--reason", "stocktaking")
    found = overview.read(stack.store, stack.settings)
    assert found.state == "waits"
    assert found.sentence.startswith("Not quite: default: it is paused by a person; nothing is los")
    assert [one["do"] for one in found.troubles] == ["batchline resume default when it may go on"]
