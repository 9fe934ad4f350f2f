"""Somebody else writes to this Redis: what is of a wrong type is set aside, and stops nobody."""

from __future__ import annotations

import logging
import threading

import pytest
from celery import Celery
from redis.exceptions import ResponseError

from batchline.producers import Producer
from batchline.producers.lanes import Lane
from batchline.worker.inspection import status
from batchline.worker.runtime import dispatcher
from batchline.worker.runtime.process import Process
from batchline.worker.store import lane_states, pause, scripts
from batchline.worker.store.message_ids import parked_member
from batchline.worker.store.parking import unpark
from batchline.worker.troubles import trouble as troubles
from batchline.worker.troubles import watch
from batchline.worker.troubles.unread import Kept
from tests.builders import contact, event
from tests.fake_api import ACCOUNT, configure
from tests.waiting import PATIENCE

THEIRS, OURS = Lane("default", "event.add"), Lane("default", "contact.upsert")
LONG = 600.0


@pytest.fixture
def settings(redis_url, tmp_path, monkeypatch):
    return configure(tmp_path, monkeypatch, f'redis_url = "{redis_url}"\n{ACCOUNT}')


@pytest.fixture
def producer(settings, store):
    with Producer(settings) as producer:
        yield producer


def overwrite(store, key):
    """Somebody else's list in the place of the key `state` or `lane` of a lane that is due."""
    client, keys = store.client, store.keys
    name = {"state": keys.state(THEIRS), "lane": keys.stream(THEIRS)}[key]
    client.delete(name)
    client.rpush(name, "not ours")
    client.sadd(keys.lanes, str(THEIRS))
    client.zadd(keys.due, {str(THEIRS): 1})


def aside(store):
    """What is set aside: key and member -> value."""
    return {
        one.decode(): value.decode()
        for one, value in store.client.hgetall(store.keys.set_aside).items()
    }


def malformed(store):
    return [(one.scope, one.detail) for one in troubles.read(store) if one.kind == "malformed"]


both = pytest.mark.parametrize("key", ["state", "lane"])


@both
def test_a_lane_with_a_key_of_a_wrong_type_does_not_keep_others_from_being_dispatched(
    store, producer, key
):
    producer.send(contact("ann@shop.example"))
    store.client.zadd(store.keys.due, {str(OURS): 2})
    overwrite(store, key)
    assert str(OURS) in [name for name, _ in dispatcher.dispatch(store)]
    assert malformed(store) == [(key, str(THEIRS))]
    (kept,) = aside(store).values()
    assert store.client.lrange(kept, 0, -1) == [b"not ours"]
    producer.send(event(1))
    assert store.client.xlen(store.keys.stream(THEIRS)) == 1, "the lane takes messages again"


@both
def test_what_a_person_reads_leaves_that_lane_out_and_names_it(store, producer, key):
    producer.send(contact("ann@shop.example"))
    overwrite(store, key)
    assert [one.lane for one in status.read(store).lanes] == [str(OURS)]
    assert [(one.kind, one.detail) for one in watch.standing(store, LONG)] == [
        ("malformed", ascii(str(THEIRS).encode()))
    ]


@both
def test_a_look_of_any_worker_sets_it_aside_though_the_lane_is_not_due(store, key):
    overwrite(store, key)
    store.client.delete(store.keys.due)
    watch.look(store, LONG)
    assert malformed(store) == [(key, str(THEIRS))]
    assert lane_states.survey(store).mistyped == []
    assert [one.lane for one in status.read(store).lanes] == [str(THEIRS)]


@both
def test_a_pause_that_ends_sets_it_aside_too(store, producer, key):
    producer.send(contact("ann@shop.example"))
    pause.pause(store, "default", "stocktaking")
    overwrite(store, key)
    assert pause.resume(store, "default").lanes == 2
    assert malformed(store) == [(key, str(THEIRS))]


@both
def test_a_parked_message_comes_back_to_its_lane_beside_what_is_set_aside(store, producer, key):
    ids = [producer.send(one, delay=1) for one in (event(1), contact("ann@shop.example"))]
    overwrite(store, key)
    for one in ids:
        store.client.zadd(store.keys.parked, {parked_member(one): 1})
    assert unpark(store) == 2
    assert [store.client.xlen(store.keys.stream(lane)) for lane in (THEIRS, OURS)] == [1, 1]
    assert store.client.hlen(store.keys.parked_body) == 0


def test_a_counter_that_is_no_number_begins_anew(store, producer):
    message_id = producer.send(event(1), delay=1)
    store.client.hset(store.keys.state(THEIRS), "parked", "many")
    store.client.zadd(store.keys.parked, {parked_member(message_id): 1})
    assert unpark(store) == 1
    assert store.client.hget(store.keys.state(THEIRS), "parked") == b"0"
    assert store.client.xlen(store.keys.stream(THEIRS)) == 1


def test_fields_of_a_lane_that_are_no_numbers_keep_nobody_from_reading_the_others(store, producer):
    producer.send_many([event(1), contact("ann@shop.example")])
    fields = ("accepted", "parked", "moved", "until", "claims", "attempts", "in_flight", "error_at")
    store.client.hset(store.keys.state(THEIRS), mapping=dict.fromkeys(fields, "inf or so"))
    store.client.hset(store.keys.state(THEIRS), mapping={"error": b"\xff", "delivered": "inf"})
    store.client.hset(store.keys.paused, "another", b"\xff")
    accepted = {one.lane: one.accepted for one in status.read(store).lanes}
    assert accepted == {str(THEIRS): 0, str(OURS): 1}
    assert [one.scope for one in watch.standing(store, LONG)] == ["another"]
    assert watch.look(store, LONG)


def test_a_message_that_cannot_come_back_is_kept_and_told(store, producer):
    """The lane's last id is the greatest that there is: nothing can be added any more."""
    message_id = producer.send(event(1), delay=1)
    stream = store.keys.stream(THEIRS)
    store.client.xadd(stream, {"a": "b"}, id=f"{2**64 - 1}-{2**64 - 1}")
    store.client.zadd(store.keys.parked, {parked_member(message_id): 1})
    assert unpark(store) == 1
    (kept,) = aside(store).values()
    assert "order-1" in kept
    assert [scope for scope, _ in malformed(store)] == ["parked"]


def test_an_error_while_messages_come_back_loses_none(store, producer):
    """The hash for what is set aside is no hash: the script ends half-way."""
    store.client.set(store.keys.set_aside, "not ours")
    store.client.zadd(store.keys.parked, {"no message": 0})
    message_id = producer.send(event(1), delay=1)
    store.client.zadd(store.keys.parked, {parked_member(message_id): 1})
    with pytest.raises(ResponseError):
        unpark(store)
    assert store.client.zcard(store.keys.parked) == 2
    assert store.client.hexists(store.keys.parked_body, message_id)


def test_redis_that_answers_with_an_error_is_not_called_away(store, settings, redis_url, caplog):
    store.client.set(store.keys.due, "not ours")
    app = Celery(broker=redis_url, set_as_current=False)
    over = threading.Event()
    thread = threading.Thread(
        target=dispatcher._run, args=(app, "queue", Process(settings, store), over), daemon=True
    )
    with caplog.at_level(logging.WARNING):
        thread.start()
        while not caplog.records:
            thread.join(0.02)
        over.set()
        thread.join(PATIENCE)
    assert {one.levelno for one in caplog.records} == {logging.ERROR}
    assert "Redis answers with an error: WRONGTYPE" in caplog.text
    assert "away" not in caplog.text
    app.close()


@pytest.mark.parametrize(
    ("text", "is_the_server"),
    [
        ("WRONGTYPE Operation against a key holding the wrong kind of value", False),
        ("ERR value is not an integer or out of range script: 5a, on @user_script:7", False),
        ("OOM command not allowed when used memory > 'maxmemory'", True),
        ("NOPERM this user has no permissions to run the 'evalsha' command", True),
        ("MISCONF Redis is configured to save RDB snapshots", True),
    ],
)
def test_an_error_is_the_servers_or_this_commands(text, is_the_server):
    assert scripts.is_of_the_server(ResponseError(text)) == is_the_server


@pytest.mark.parametrize("rubbish", ["a text", "a stream"])
def test_what_somebody_else_wrote_in_place_of_results_stops_no_look(store, rubbish):
    if rubbish == "a text":
        store.client.set(store.keys.results, "x")
    else:
        store.client.xadd(store.keys.results, {"not": "ours"})
        store.client.xgroup_create(store.keys.results, "crm", id="0")
    kept = Kept(100, ["hook"])
    assert watch.look(store, LONG, kept=kept)
    assert watch.standing(store, LONG, kept) == []
