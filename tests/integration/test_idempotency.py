"""Idempotency keys: a repeated key gives the first id, or says what became of its message."""

from __future__ import annotations

import asyncio
import json
from itertools import pairwise

import pytest

from batchline import salesmanago
from batchline.producers import (
    AsyncProducer,
    Duplicate,
    LaneFull,
    Outgoing,
    Producer,
    TooManyAtOnce,
)
from batchline.producers.lanes import Lane
from batchline.systems.salesmanago.messages import CouponRedemption
from batchline.worker.dead_letters import bulk, bulk_work
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.dead_letters.filter import Filter
from batchline.worker.delivery import superseded
from batchline.worker.delivery.lane import deliver
from batchline.worker.store import redis_clock
from batchline.worker.store.parking import unpark
from tests.builders import event
from tests.fake_api import BACKLOG, SMALL_LANES, FakeApi, configure, context_of
from tests.stack import waiting_in

COUPONS = Lane("default", "coupon.redeem")
WINDOW = 86_400


class Refusing(FakeApi):
    """Refuses the coupons that it is given."""

    def work(self, url, body):
        return {"success": False, "message": ["no such coupon"]}


@pytest.fixture
def loaded(store, redis_url, tmp_path, monkeypatch):
    return configure(tmp_path, monkeypatch, f'redis_url = "{redis_url}"\n{SMALL_LANES}')


@pytest.fixture
def producer(loaded):
    with Producer(loaded) as producer:
        yield producer


def coupon(number):
    return CouponRedemption(email="kim@shop.example", coupon=f"K{number}")


@pytest.fixture
def dead(store, loaded, producer):
    """The id of a dead letter, which was sent with the key `k`."""
    message_id = producer.send(coupon(1), idempotency_key="k")
    deliver(COUPONS, context_of(store, loaded, Refusing()))
    assert [letter.id for letter in dead_letters.find(store)] == [message_id]
    return message_id


def test_a_repeated_key_gives_the_first_id_where_the_lane_is_full(producer):
    first = producer.send(coupon(0), idempotency_key="k")
    producer.send_many([coupon(n) for n in range(BACKLOG - 1)])
    assert producer.send(coupon(0), idempotency_key="k") == first
    again = [Outgoing(coupon(0), idempotency_key="k")] * 3
    assert producer.send_all(again) == [first] * 3
    with pytest.raises(LaneFull):
        producer.send_all([*again, Outgoing(coupon(1), idempotency_key="other")])


def test_a_key_that_stands_several_times_in_a_call_takes_the_room_of_one(store, producer):
    producer.send_many([coupon(n) for n in range(BACKLOG - 1)])
    ids = producer.send_all([Outgoing(coupon(7), idempotency_key="k")] * 5)
    assert len(set(ids)) == 1
    assert len(waiting_in(store, COUPONS)) == BACKLOG


def test_a_call_that_can_never_be_enqueued_says_so_at_once(store, producer):
    messages = [coupon(n) for n in range(BACKLOG + 1)]
    with pytest.raises(TooManyAtOnce, match=f"takes {BACKLOG} messages at most, and") as told:
        producer.send_many([*messages, event(1)])
    assert told.value.messages == len(messages)
    assert [one is not None for one in told.value.accepted] == [*[False] * len(messages), True]
    assert waiting_in(store, COUPONS) == []


def test_as_many_new_keys_as_a_lane_never_takes_say_so_too(producer):
    outgoing = [Outgoing(coupon(n), idempotency_key=str(n)) for n in range(BACKLOG + 1)]
    with pytest.raises(TooManyAtOnce):
        producer.send_all(outgoing)


def test_a_key_whose_message_is_dead_is_told_and_enqueues_nothing(store, producer, dead):
    with pytest.raises(Duplicate, match="is a dead letter") as told:
        producer.send(coupon(2), idempotency_key="k")
    assert (told.value.message_id, told.value.state) == (dead, "dead")
    assert told.value.accepted == [None]
    assert waiting_in(store, COUPONS) == []


def test_a_key_whose_message_was_purged_is_told(store, producer, dead):
    dead_letters.purge(store, [dead], WINDOW)
    with pytest.raises(Duplicate, match="was purged") as told:
        producer.send(coupon(2), idempotency_key="k")
    assert (told.value.message_id, told.value.state) == (dead, "purged")


@pytest.mark.parametrize("purged", [False, True])
def test_anew_enqueues_it_and_the_key_stands_for_the_new_message(store, producer, dead, purged):
    if purged:
        dead_letters.purge(store, [dead], WINDOW)
    new = producer.send(coupon(2), idempotency_key="k", anew=True)
    assert new != dead
    assert producer.send(coupon(2), idempotency_key="k") == new
    assert producer.send(coupon(2), idempotency_key="k", anew=True) == new
    assert [entry.id(COUPONS) for entry in waiting_in(store, COUPONS)] == [new]


@pytest.mark.parametrize("delay", [None, 60])
def test_a_letter_whose_message_was_sent_anew_is_replayed_only_on_demand(
    store, producer, dead, delay
):
    new = producer.send(coupon(1), idempotency_key="k", anew=True, delay=delay)
    (letter,) = dead_letters.find(store)
    assert (letter.id, letter.anew) == (dead, new)
    assert dead_letters.replay(store, [dead]) == (0, 0, 1)
    assert [one.id for one in dead_letters.find(store)] == [dead]
    assert dead_letters.replay(store, [dead], superseded=True) == (1, 0, 0)
    assert list(dead_letters.find(store)) == []


def test_a_replay_that_was_read_before_its_message_was_sent_anew_sends_nothing(
    store, producer, dead, monkeypatch
):
    letters = list(dead_letters.read(store, [dead]))
    producer.send(coupon(1), idempotency_key="k", anew=True)
    monkeypatch.setattr(dead_letters, "read", lambda store, ids: iter(letters))
    assert dead_letters.replay(store, [dead]).done == 0


def test_a_dead_letter_that_was_replayed_is_no_reason_for_an_error(store, producer, dead):
    dead_letters.replay(store, [dead])
    assert producer.send(coupon(2), idempotency_key="k") == dead


def test_the_other_messages_of_the_call_are_enqueued(store, producer, dead):
    outgoing = [
        Outgoing(coupon(2)),
        Outgoing(coupon(3), idempotency_key="k"),
        Outgoing(event(1)),
        Outgoing(coupon(4), idempotency_key="k"),
    ]
    with pytest.raises(Duplicate, match="1 more like it") as told:
        producer.send_all(outgoing)
    assert list(told.value.duplicates) == [1, 3]
    lanes = (COUPONS, Lane("default", "event.add"))
    one, other = (entry.id(lane) for lane in lanes for entry in waiting_in(store, lane))
    assert told.value.accepted == [one, None, other, None]


@pytest.mark.parametrize("purged", [False, True])
@pytest.mark.parametrize("anew", [[0, 1], [1, 0], [0, 1, 0], [0, 0, 1, 1], [1, 1], [0, 0]], ids=str)
def test_a_key_that_stands_several_times_counts_as_in_calls_one_after_the_other(
    store, producer, dead, anew, purged
):
    if purged:
        dead_letters.purge(store, [dead], WINDOW)
    outgoing = [
        Outgoing(coupon(n), idempotency_key="k", anew=bool(one)) for n, one in enumerate(anew)
    ]
    accepted = accepted_of(producer, outgoing)
    waiting = [entry.id(COUPONS) for entry in waiting_in(store, COUPONS)]
    refused = anew.index(1) if 1 in anew else len(anew)
    assert len(waiting) == (1 in anew)
    assert accepted == [None] * refused + waiting * (len(anew) - refused)
    if waiting:
        assert producer.send(coupon(9), idempotency_key="k") == waiting[0]


def accepted_of(producer, outgoing):
    """The ids of what is enqueued, None for each that is a Duplicate."""
    try:
        return producer.send_all(outgoing)
    except Duplicate as error:
        return error.accepted


def test_a_key_that_is_refused_and_then_sent_anew_takes_the_room_of_one(store, producer, dead):
    producer.send_many([coupon(n) for n in range(BACKLOG - 1)])
    plain, anew = (Outgoing(coupon(1), idempotency_key="k", anew=one) for one in (False, True))
    assert accepted_of(producer, [plain, anew, plain])[0] is None
    assert len(waiting_in(store, COUPONS)) == BACKLOG


def test_a_delayed_message_has_a_key_as_any_other(store, producer):
    first = producer.send(coupon(1), idempotency_key="k", delay=0.001)
    assert producer.send(coupon(1), idempotency_key="k", delay=5) == first
    while not unpark(store):
        pass
    assert [entry.id(COUPONS) for entry in waiting_in(store, COUPONS)] == [first]


def test_anew_without_a_key_is_an_error(producer):
    with pytest.raises(ValueError, match="idempotency_key"):
        producer.send(coupon(1), anew=True)


def test_the_helpers_and_the_async_producer_tell_it_too(loaded, producer, dead):
    options = {"idempotency_key": "k", "producer": producer}
    with pytest.raises(Duplicate):
        salesmanago.redeem_coupon("kim@shop.example", "K1", **options)

    async def send():
        async with AsyncProducer(loaded) as asynchronous:
            with pytest.raises(Duplicate):
                await asynchronous.send(coupon(1), idempotency_key="k")
            return await asynchronous.send(coupon(1), idempotency_key="k", anew=True)

    new = asyncio.run(send())
    assert salesmanago.redeem_coupon("kim@shop.example", "K1", anew=True, **options) == new


def test_more_than_4096_messages_in_one_ms_keep_numbers_in_their_order(store, loaded, producer):
    """As where Redis' clock was ahead for a moment: its streams then stay in that ms."""
    lane = Lane("default", "event.add")
    stream = store.keys.stream(lane)
    next_year = redis_clock.now(store) + 365 * 86_400_000
    store.client.xadd(stream, {"a": "b"}, id=f"{next_year}-3000")
    store.client.xtrim(stream, maxlen=0)
    ids = []
    for start in range(0, 6000, 500):
        ids += producer.send_many([event(n) for n in range(start, start + 500)])
    numbers = [superseded.number_of(one) for one in ids]
    assert all(one < other for one, other in pairwise(numbers))
    assert [entry.id(lane) for entry in waiting_in(store, lane)] == ids


def test_a_line_whose_key_stands_for_a_dead_message_is_bad_unless_it_says_anew(stack):
    with stack.producer() as producer:
        first = producer.send(coupon(1), idempotency_key="line-1")
    dead_letter(stack, first)
    data = {"email": "kim@shop.example", "coupon": "K2"}
    lines = [
        {"op": "coupon.redeem", "key": "line-2", "data": data},
        {"op": "coupon.redeem", "key": "line-1", "data": data},
        {"op": "coupon.redeem", "key": "line-3", "data": data},
    ]
    file = stack.folder / "lines.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    done = stack.run("enqueue", "lines.jsonl", "--rejects", "rejects.jsonl")
    assert done.returncode == 1
    assert f"line 2: key: its message {first} is a dead letter" in done.stderr.decode()
    assert "3 lines: 2 accepted, 1 bad" in done.stdout.decode()
    rejected = json.loads((stack.folder / "rejects.jsonl").read_text())
    assert rejected == lines[1]
    again = json.dumps({**rejected, "anew": True}).encode()
    assert "1 accepted, 0 bad" in stack.run("enqueue", "-", stdin=again).stdout.decode()
    replayed = stack.run("dead", "replay", "--all")
    assert (replayed.returncode, replayed.stdout) == (1, b"0 replayed\n")
    assert b"1 stay: the application has sent their messages anew" in replayed.stderr
    assert (
        b"sent anew: the application has sent it again, as"
        in stack.run("dead", "show", first).stderr
    )
    act = bulk_replay(stack)
    assert (act.done, act.foreign) == (0, 1)


def bulk_replay(stack):
    """A bulk replay of the one that is dead, to its end."""
    bulk.order(stack.store, "again", "replay", Filter(), "ann")
    work_in_bulk(stack)
    bulk.confirm(stack.store, "again", 1, "ann")
    work_in_bulk(stack)
    return bulk.get(stack.store, "again")


def work_in_bulk(stack):
    while bulk_work.work(stack.store, stack.settings, lambda seconds: False):
        pass


def test_a_purge_by_command_is_remembered_until_the_message_is_imported_again(stack):
    with stack.producer() as producer:
        first = producer.send(coupon(1), idempotency_key="k")
        dead_letter(stack, first)
        exported = stack.run("dead", "export", "-").stdout
        assert stack.run("dead", "purge", first, "--yes").returncode == 0
        with pytest.raises(Duplicate) as told:
            producer.send(coupon(1), idempotency_key="k")
        assert told.value.state == "purged"
        assert stack.run("dead", "import", "-", stdin=exported).returncode == 0
        with pytest.raises(Duplicate) as told:
            producer.send(coupon(1), idempotency_key="k")
        assert told.value.state == "dead"


def dead_letter(stack, message_id):
    """The one message in the lane of coupons becomes a dead letter."""
    deliver(COUPONS, context_of(stack.store, stack.settings, Refusing()))
    assert [letter.id for letter in dead_letters.find(stack.store)] == [message_id]
