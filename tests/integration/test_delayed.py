"""Messages that are delayed: their order, and their age."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batchline.producers import Outgoing, Producer
from batchline.producers.lanes import Lane
from batchline.systems.salesmanago.messages import Push
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.delivery.lane import deliver
from batchline.worker.inspection import status
from batchline.worker.store import pause, redis_clock
from batchline.worker.store.parking import unpark
from tests.fake_api import ACCOUNT, FakeApi, configure, context_of
from tests.stack import waiting_in

LANE = Lane("default", "push.send")
#: An hour from now, in ms.
LATER = 3_600_000
#: Calls of so many messages each: a lane's ids of one ms go up to some hundreds.
CALLS = st.lists(
    st.one_of(st.integers(1, 3), st.integers(9, 12), st.sampled_from([100, 1100])), max_size=6
)


def push(number):
    return Push(
        push_id="1c7d0a4e-0000-4000-8000-000000000001",
        application_id="app",
        email="zoe@shop.example",
        properties={"n": str(number)},
    )


@pytest.fixture
def loaded(redis_url, tmp_path, monkeypatch):
    return configure(tmp_path, monkeypatch, f'redis_url = "{redis_url}"\n{ACCOUNT}')


def pass_time(store, millis):
    """Let time go on by so much."""
    store.client.hincrby(store.keys.clock, "shift", millis)
    store.client.hdel(store.keys.clock, "last")
    store.reading = None


@given(CALLS, CALLS)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_is_delayed_to_one_moment_keeps_its_order_over_any_calls(store, loaded, first, second):
    """Whether the moment is given, or one delay in calls of one ms."""
    store.client.flushall()
    store.reading = None
    moment = redis_clock.now(store) + LATER
    with Producer(loaded) as producer:
        ids = []
        for count in (*first, *second):
            ids += producer.send_all([Outgoing(push(n), not_before=moment) for n in range(count)])
    pass_time(store, LATER + 60_000)
    while unpark(store):
        pass
    assert [entry.id(LANE) for entry in waiting_in(store, LANE)] == ids


def test_equal_delays_keep_the_order_of_their_calls(store, loaded):
    with Producer(loaded) as producer:
        ids = [producer.send(push(n), delay=LATER / 1000) for n in range(40)]
        earlier = producer.send(push(40), delay=LATER / 1000 - 60)
    pass_time(store, LATER + 1000)
    assert unpark(store) == 41
    assert [entry.id(LANE) for entry in waiting_in(store, LANE)] == [earlier, *ids]


def test_the_clock_of_the_application_does_not_matter_for_a_delay(store, loaded, monkeypatch):
    monkeypatch.setattr("time.time", lambda: 86_400.0)
    with Producer(loaded) as producer:
        producer.send(push(1), delay=90)
    ((_, at),) = store.client.zrange(store.keys.parked, 0, -1, withscores=True)
    assert 80_000 < at - redis_clock.now(store) <= 90_000


def test_a_message_that_was_delayed_for_longer_than_max_age_is_young_when_it_comes(store, loaded):
    context = context_of(store, loaded, FakeApi(["503", "503"]))
    account = context.account.model_copy(update={"max_age": 600.0})
    context = replace(context, account=account)
    with Producer(loaded) as producer:
        producer.send(push(1), delay=LATER / 1000)
    pass_time(store, LATER + 1000)
    assert unpark(store) == 1
    deliver(LANE, context)
    assert status.read(store).totals["backlog"] == 1
    pass_time(store, 601_000)
    deliver(LANE, context)
    (letter,) = dead_letters.find(store)
    assert letter.reason == "expired"
    assert [detail for _, detail in letter.meta.history] == ["delayed until now", "HTTP 503"]


@pytest.mark.parametrize("failed_before", [False, True], ids=["never tried", "failed before"])
def test_messages_that_grew_old_in_a_pause_outlive_one_failure_after_it(
    store, loaded, failed_before
):
    """They are older than `max_age`, but the API has not failed for so long."""
    context = context_of(store, loaded, FakeApi(["503"] * (1 + failed_before)))
    account = context.account.model_copy(update={"max_age": 600.0})
    context = replace(context, account=account)
    with Producer(loaded) as producer:
        producer.send(push(1))
    if failed_before:
        deliver(LANE, context)
    pause.pause(store, str(LANE), "holiday")
    pass_time(store, 601_000)
    pause.resume(store, str(LANE))
    deliver(LANE, context)
    assert context.http.plan == []
    assert status.read(store).totals["backlog"] == 1
    assert status.read(store).totals["dead"] == 0
