"""An account whose API is slow delays its own lanes, and no other account's."""

from __future__ import annotations

import pytest

from batchline.producers.redis_client import connect
from batchline.worker.delivery import confirmations
from batchline.worker.devstack.sandbox import sandbox_account
from batchline.worker.runtime.dispatcher import dispatch
from batchline.worker.store import redis_clock
from tests.builders import contact, event, introduced
from tests.held_api import HeldApi

#: An account with many lanes, whose requests may take longer than a test.
SLOW = """
timeout = {connect = 1, read = 60}
lease = 100
operations."event.add" = {linger = 0, partitions = 32, batch_size = 1}
"""
LANES = 32


@pytest.fixture
def held():
    with HeldApi() as api:
        yield api


@pytest.fixture
def beside(stack, held):
    """The stack with a second account, `slow`, whose API keeps every answer back."""
    account = sandbox_account(stack.sandbox, "slow", "salesmanago", SLOW)
    url = account.partition('url = "')[2].partition('"')[0]
    with stack.config.open("a") as config:
        config.write("\n" + account.replace(url, held.url))
    return stack


def fill(stack):
    """Several events for every lane of the slow account."""
    with stack.producer() as producer:
        producer.send_many([event(n, f"c{n}@shop.example") for n in range(150)], account="slow")


@pytest.mark.parametrize("lanes", [1, 3])
def test_an_event_is_delivered_while_every_answer_to_another_account_is_kept_back(
    beside, held, lanes
):
    stack = beside
    stack.sandbox.control.settings(create_delay=0)
    stack.worker("worker", "-c", str(lanes))
    fill(stack)
    stack.until(lambda _: held.held == lanes)
    with stack.producer() as producer:
        producer.send(contact("ann@shop.example"))
        for number in range(3):
            producer.send(event(number))
            stack.until(
                lambda now, done=number + 1: (
                    sum(
                        lane.delivered
                        for lane in now.lanes
                        if lane.lane.startswith("default:event.add:")
                    )
                    == done
                )
            )
    # The slow account has its share, and no more; its other lanes wait in Redis.
    assert (held.held, held.answered) == (lanes, 0)
    held.let_go()
    stack.until_at_rest()
    assert held.answered == 150


def test_lanes_that_wait_for_their_account_s_share_go_on_as_soon_as_one_has_ended(beside, held):
    stack = beside
    stack.config.write_text(
        stack.config.read_text().replace("dispatch_every = 0.05", "dispatch_every = 4")
    )
    held.let_go()
    fill(stack)
    stack.worker("worker", "-c", "1")
    # 32 lanes, one at a time: a wait of `dispatch_every` before each would take two minutes.
    stack.until_at_rest()


def test_a_dispatch_takes_of_each_account_what_it_has_places_for_however_many_are_due(store):
    lanes = {f"a:event.add:{n}": n for n in range(250)}
    store.client.zadd(store.keys.due, {**lanes, "b:event.add:0": 300, "c:event.add:0": 301})
    got = [name for name, _ in dispatch(store, 3, {"a": 2, "b": 0})]
    assert got == ["a:event.add:0", "a:event.add:1", "c:event.add:0"]
    assert [name for name, _ in dispatch(store, 3, {"a": 0})] == ["b:event.add:0"]
    assert [name for name, _ in dispatch(store, 3)] == [f"a:event.add:{n}" for n in (2, 3, 4)]


def test_a_paused_lane_takes_no_place_of_its_account(store):
    store.client.zadd(store.keys.due, {f"a:event.add:{n}": n for n in range(3)})
    store.client.hset(store.keys.paused, "a:event.add:0", "a person")
    assert [name for name, _ in dispatch(store, 1)] == ["a:event.add:1"]


def test_jobs_of_one_account_leave_room_for_those_of_another(store):
    jobs = {f"a:contact.upsert:0@{n}": n for n in range(150)}
    store.client.zadd(store.keys.jobs, {**jobs, "b:contact.upsert:0@1": 200})
    got = confirmations.dispatch(store, 2, {"a": 1})
    assert got == ["a:contact.upsert:0@0", "b:contact.upsert:0@1"]


def test_a_worker_that_is_gone_leaves_no_queue_behind(beside, held):
    stack = beside
    held.let_go()
    worker = introduced(stack)
    worker.stop(20)
    with connect(stack.settings.celery_url(), 10) as client:
        names = [name.decode() for name in client.keys("*")]
    assert not [name for name in names if "@" in name], names


THEIRS = "new:push.send:2"


def takes(store, *known):
    """What a worker that knows these accounts dispatches."""
    lanes = [lane for lane, _ in dispatch(store, known=known)]
    return lanes + confirmations.dispatch(store, known=known)


def due_since(store, ago):
    """A lane and a job of the account `new` are due since so many ms."""
    at = redis_clock.now(store) - ago
    store.client.zadd(store.keys.due, {THEIRS: at})
    store.client.zadd(store.keys.jobs, {f"{THEIRS}@9": at})


HOUR = 3_600_000


def test_a_worker_leaves_what_it_does_not_know_to_the_one_that_knows_it(store):
    takes(store, "new", "old")  # its sign of life
    due_since(store, HOUR)
    assert takes(store, "old", "newer") == []
    assert takes(store, "old", "new") == [THEIRS, f"{THEIRS}@9"]


def test_a_worker_signs_for_its_accounts_a_few_times_in_a_grace_and_not_at_each_look(store):
    known = [f"shop{number}" for number in range(1000)]
    dispatch(store, known=known)
    before = store.client.info("stats")["total_commands_processed"]
    dispatch(store, known=known)
    assert store.client.info("stats")["total_commands_processed"] - before < 20
    signed = store.client.zscore(store.keys.accounts, "shop7")
    store.client.zincrby(store.keys.accounts, -6000, f":{store.owner}")
    store.client.zincrby(store.keys.accounts, -6000, "shop7")
    dispatch(store, known=known)
    assert store.client.zscore(store.keys.accounts, "shop7") >= signed


def test_what_no_worker_knows_is_taken_by_one_that_tells_of_it_but_not_at_once(store):
    due_since(store, 1000)
    assert takes(store, "old") == [], "the worker that knows it may be starting"
    due_since(store, HOUR)
    store.client.zadd(store.keys.accounts, {"new": redis_clock.now(store) - HOUR})
    assert takes(store, "old") == [THEIRS, f"{THEIRS}@9"]


def test_many_lanes_of_others_hide_none_of_its_own(store):
    now = redis_clock.now(store)
    store.client.zadd(store.keys.accounts, {"new": now})
    due = {f"new:event.add:{n}": now - HOUR + n for n in range(250)}
    store.client.zadd(store.keys.due, {**due, "old:event.add:0": now - 1000})
    assert takes(store, "old") == ["old:event.add:0"]
