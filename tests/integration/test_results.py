"""Results: the application is told what became of its messages, each at least once."""

from __future__ import annotations

import asyncio
import itertools
import multiprocessing
import os
import signal
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import batchline
from batchline.producers import Producer, result_reader
from batchline.producers.lanes import Lane
from batchline.producers.redis_client import connect
from batchline.systems.salesmanago.messages import CouponRedemption
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.store import results as kept_results
from batchline.worker.store.store import Store
from tests.builders import contact
from tests.fake_api import (
    ACCOUNT,
    OF_FIVE,
    SMALL_LANES,
    UPSERT_ENDS,
    FakeApi,
    Killed,
    Upserts,
    configure,
    context_of,
    work,
)
from tests.waiting import PATIENCE

COUPONS, UPSERTS = Lane("default", "coupon.redeem"), Lane("default", "contact.upsert")
NAMES = ("xadd", "get", "getdel", "set", "hincrby", "xtrim", "hset", "del")
#: Commands that write or look up something of results.
COUNTED = [
    f"cmdstat_{name}"
    for name in ["xadd", "get", "getdel", "set", "hincrby", "xtrim", "hset", "del"]
]


class Coupons(FakeApi):
    """Refuses coupons that begin with X, until it is mended."""

    mended = False

    def work(self, url, body):
        if body["coupon"].startswith("X") and not self.mended:
            return {"success": False, "message": ["Coupon not found"]}
        return {"success": True, "message": []}


@pytest.fixture
def loaded(store, redis_url, tmp_path, monkeypatch):
    text = f'redis_url = "{redis_url}"\nresults_length = 100\n{SMALL_LANES}results = true\n'
    return configure(tmp_path, monkeypatch, text)


@pytest.fixture
def context(store, loaded):
    return context_of(store, loaded, Coupons())


def pending(store):
    """What loops of the group have been given, and have not acknowledged."""
    return store.client.xpending_range(store.keys.results, "crm", "-", "+", 100)


def redeemed(context, loaded, *coupons, key=None):
    """The ids of coupons that are redeemed, or refused."""
    with Producer(loaded) as producer:
        ids = [
            producer.send(
                CouponRedemption(email="Kim@shop.example", coupon=coupon),
                idempotency_key=key and f"{key}-{coupon}",
            )
            for coupon in coupons
        ]
    work(context, COUPONS)
    return ids


def read(group="crm", timeout=0, most=None, **options):
    """The results of a group: all there are, or so many."""
    return list(itertools.islice(batchline.results(group, timeout=timeout, **options), most))


def test_a_result_says_what_became_of_a_message_and_of_which(context, loaded):
    good, bad = redeemed(context, loaded, "K1", "X1", key="order")
    first, second = sorted(read(), key=lambda result: result.message_id)
    assert (first.message_id, first.outcome, first.reason) == (good, "delivered", "")
    assert (second.message_id, second.outcome, second.reason) == (bad, "dead", "rejected")
    assert second.detail == "Coupon not found"
    assert (second.account, second.operation) == ("default", "coupon.redeem")
    assert (second.contact, second.idempotency_key) == ("kim@shop.example", "order-X1")
    assert read() == []


def test_a_result_whose_loop_broke_off_comes_again_and_one_that_was_done_does_not(context, loaded):
    first, second, third = redeemed(context, loaded, "K1", "K2", "K3")
    seen = []
    for result in batchline.results("crm", timeout=0):
        seen.append(result.message_id)
        if len(seen) == 2:
            break
    assert seen == [first, second]
    assert [result.message_id for result in read()] == [second, third]


def test_each_group_gets_every_result_and_the_loops_of_a_group_share_them(context, loaded):
    ids = redeemed(context, loaded, *(f"K{n}" for n in range(30)))
    one = batchline.results("crm", timeout=0)
    first = next(one)
    more = redeemed(context, loaded, *(f"K{n}" for n in range(30, 40)))
    other = read()
    assert [result.message_id for result in other] == more
    assert [first.message_id, *(result.message_id for result in one)] == ids
    assert [result.message_id for result in read("another")] == ids + more


def test_a_loop_that_is_killed_leaves_its_results_to_another(context, loaded):
    ids = redeemed(context, loaded, "K1", "K2", "K3")
    started = multiprocessing.get_context("spawn").Event()
    killed = multiprocessing.get_context("spawn").Process(target=_hang_after_one, args=(started,))
    killed.start()
    assert started.wait(PATIENCE)
    os.kill(killed.pid, signal.SIGKILL)
    killed.join()
    assert read(claim_after=600) == [], "its results are not given away while it may live"
    assert [
        result.message_id for result in read(timeout=PATIENCE, claim_after=0.01, most=2)
    ] == ids[1:]


def _hang_after_one(started):
    """Acknowledge one result, and never come to an end with the next."""
    for number, _ in enumerate(batchline.results("crm")):
        if number == 1:
            started.set()
            threading.Event().wait()


def test_a_slow_loop_keeps_what_it_was_given(store, context, loaded, monkeypatch):
    redeemed(context, loaded, "K1", "K2", "K3")
    loop = batchline.results("crm", claim_after=100)
    next(loop)
    (owner,) = store.client.xinfo_consumers(store.keys.results, "crm")
    seen = store.keys.results_seen("crm"), owner["name"]
    store.client.hincrby(*seen, -60_000)
    before = int(store.client.hget(*seen))
    now = time.monotonic()
    monkeypatch.setattr(result_reader.time, "monotonic", lambda: now + 60)
    next(loop)
    assert int(store.client.hget(*seen)) >= before + 60_000
    assert len(pending(store)) == 2


def test_what_was_taken_from_a_loop_that_was_too_slow_does_not_come_to_it(
    context, loaded, monkeypatch
):
    ids = redeemed(context, loaded, "K1", "K2", "K3")
    loop = batchline.results("crm", timeout=0, claim_after=100)
    next(loop)
    assert len(read(timeout=PATIENCE, claim_after=0.001, most=3)) == 3
    now = time.monotonic()
    monkeypatch.setattr(result_reader.time, "monotonic", lambda: now + 60)
    # The other loop is done with two, and gave the third back when it broke off.
    assert [result.message_id for result in loop] == ids[2:]


@pytest.mark.parametrize("claim_after", [60.0, 9e9])
def test_what_a_loop_gave_back_comes_at_once_whatever_claim_after_is(context, loaded, claim_after):
    ids = redeemed(context, loaded, *(f"K{n}" for n in range(5)))
    assert len(read(claim_after=claim_after, most=2)) == 2
    assert [one.message_id for one in read(claim_after=claim_after)] == ids[1:]


def test_results_of_several_killed_loops_come_in_their_order(store, context, loaded, monkeypatch):
    monkeypatch.setattr(result_reader, "COUNT", 3)
    ids = redeemed(context, loaded, *(f"K{n}" for n in range(12)))
    loops = [batchline.results("crm", claim_after=100) for _ in range(4)]
    for loop in loops:
        next(loop)
    for consumer in store.client.xinfo_consumers(store.keys.results, "crm"):
        store.client.hincrby(store.keys.results_seen("crm"), consumer["name"], -200_000)
    store.client.hincrby(store.keys.results_seen("crm"), "unlooked", -200_000)
    assert [one.message_id for one in read(claim_after=100)] == ids
    assert store.client.xinfo_consumers(store.keys.results, "crm") == []


def test_results_that_were_dropped_unread_are_told_and_the_loop_goes_on_behind_them(
    context, loaded
):
    redeemed(context, loaded, "K0")
    assert len(read()) == 1
    letters = "ABCDEFGHIJKLMNOPQRSTUVWYZ"
    ids = [one for _ in range(10) for one in redeemed(context, loaded, *letters)]
    with pytest.raises(batchline.ResultsLost, match="results_length") as error:
        read()
    kept = [result.message_id for result in read()]
    assert 100 <= len(kept) < 250
    assert kept == ids[error.value.count :]
    assert read() == [], "it is told once"
    assert len(read("late")) == len(kept), "a group loses nothing before it begins"


def test_results_that_were_dropped_before_a_killed_loop_was_done_are_told(store, context, loaded):
    redeemed(context, loaded, "K0", "K1")
    stopped = batchline.results("crm")
    next(stopped)
    store.client.xtrim(store.keys.results, maxlen=0, approximate=False)
    lost = []
    assert read(claim_after=0.001, on_lost=lost.append) == []
    assert lost == [2]


def test_the_loss_is_told_to_a_group_whose_first_teller_was_killed(store, context, loaded):
    redeemed(context, loaded, "K0")
    read()
    redeemed(context, loaded, *"ABC")
    store.client.xtrim(store.keys.results, maxlen=1, approximate=False)

    def killed(count):
        raise Killed

    with pytest.raises(Killed):
        read(on_lost=killed)
    lost = []
    assert len(read(on_lost=lost.append)) == 1
    assert lost == [2]


def test_a_loop_ends_when_it_is_to_stop_and_when_nothing_came_for_its_timeout(context, loaded):
    redeemed(context, loaded, "K0", "K1")
    seen = []
    for result in batchline.results("crm", stop=lambda: bool(seen)):
        seen.append(result)
    assert len(seen) == 1
    assert len(read(timeout=0.01)) == 1


def test_a_loop_that_waits_gets_what_comes(context, loaded):
    loop = batchline.results("crm", timeout=PATIENCE)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(next, loop)
        (sent,) = redeemed(context, loaded, "K0")
        assert waiting.result(30).message_id == sent


@pytest.mark.parametrize("kind", ["sync", "async", "address"])
def test_a_loop_without_results_outlasts_a_redis_timeout_as_short_as_its_wait(
    context, loaded, monkeypatch, kind
):
    monkeypatch.setattr(result_reader, "WAIT", 0.4)
    update = {"redis_timeout": 0.4}
    if kind == "address":
        update = {"redis_url": f"{loaded.redis_url}?socket_timeout=0.4"}
    short = loaded.model_copy(update=update)

    async def read_async():
        return [one async for one in batchline.results_async("g", timeout=1, settings=short)]

    if kind == "async":
        assert asyncio.run(read_async()) == []
    else:
        assert read("g", timeout=1, settings=short) == []


def test_following_results_outlasts_a_redis_timeout_as_short_as_its_wait(
    context, loaded, redis_url, monkeypatch
):
    monkeypatch.setattr(kept_results, "WAIT", 400)
    client = connect(redis_url, timeout=0.4)
    store, waits, thrice = Store(client, loaded.keys), itertools.count(1), threading.Event()
    send = store.connections.send

    def counted(*commands):
        reply = send(*commands)
        if next(waits) == 3:
            thrice.set()
        return reply

    monkeypatch.setattr(store.connections, "send", counted)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(next, kept_results.browse(store, follow=True))
        waiting.add_done_callback(lambda _: thrice.set())
        assert thrice.wait(PATIENCE)
        (sent,) = redeemed(context, loaded, "K0")
        assert waiting.result(30).message_id == sent
    client.close()


def test_the_same_loop_is_there_for_asyncio(context, loaded):
    ids = redeemed(context, loaded, *(f"K{n}" for n in range(5)))

    async def first(most):
        seen = []
        async with aclosing(batchline.results_async("crm", timeout=0)) as loop:
            async for result in loop:
                seen.append(result.message_id)
                if len(seen) == most:
                    break
        return seen

    assert asyncio.run(first(2)) == ids[:2]
    assert asyncio.run(first(9)) == ids[1:]
    with pytest.raises(ValueError, match="group must be"):
        batchline.results_async("")


def test_redis_away_is_an_error_of_ours_without_values(loaded, monkeypatch):
    away = loaded.model_copy(update={"redis_url": "redis://127.0.0.1:9/0"})
    with pytest.raises(batchline.RedisUnavailable, match="cannot be asked for results"):
        next(batchline.results("crm", settings=away))


def test_a_message_that_a_person_replays_or_purges_has_another_result(store, context, loaded):
    replayed, purged = redeemed(context, loaded, "X1", "X2", key="k")
    assert [result.outcome for result in read()] == ["dead", "dead"]
    context.http.mended = True
    dead_letters.act(store, "replay", [replayed])
    work(context, COUPONS)
    dead_letters.act(store, "purge", [purged], 0, dead_letters.told_of(loaded))
    first, second = read()
    assert (first.message_id, first.outcome, first.reason) == (replayed, "delivered", "")
    assert (second.message_id, second.outcome, second.reason) == (purged, "purged", "rejected")
    assert [first.idempotency_key, second.idempotency_key] == ["k-X1", "k-X2"]
    assert not list(store.client.scan_iter(f"{store.keys.key_of}*")), "no key is left behind"


def test_an_upsert_that_is_superseded_is_told_so(store, upserting):
    context = context_of(store, upserting, Upserts([], bad={1}))
    with Producer(upserting) as producer:
        old = producer.send(contact("ann@shop.example", properties={"n": "1"}))
        work(context, UPSERTS)
        producer.send(contact("ann@shop.example", properties={"n": "2"}))
    work(context, UPSERTS)
    dead_letters.act(store, "replay", [old])
    work(context, UPSERTS)
    outcomes = [(result.outcome, result.reason) for result in read()]
    assert outcomes == [("dead", "rejected"), ("delivered", ""), ("dead", "superseded")]


@pytest.fixture
def upserting(redis_url, tmp_path, monkeypatch):
    lines = f"{ACCOUNT}jobs = {{confirm = false}}\n{OF_FIVE}results = true"
    return configure(tmp_path, monkeypatch, f'redis_url = "{redis_url}"\n{lines}')


@given(
    plan=st.lists(st.sampled_from(UPSERT_ENDS), max_size=20),
    kills=st.lists(st.booleans(), max_size=10),
    bad=st.sets(st.integers(0, 11)),
)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_kills_workers_each_message_has_one_result_and_it_is_true(
    store, upserting, plan, kills, bad
):
    store.client.flushall()
    with Producer(upserting) as producer:
        ids = [
            producer.send(contact(f"c{n % 5}@shop.example", properties={"n": str(n)}))
            for n in range(12)
        ]
    work(context_of(store, upserting, Upserts(plan, bad)), UPSERTS, kills)
    results = read()
    assert [result.number for result in results] == list(range(1, 13))
    assert sorted(result.message_id for result in results) == sorted(ids)
    dead = {letter.id: letter.reason for letter in dead_letters.find(store)}
    told = {result.message_id: result.reason for result in results if not result.is_delivered}
    assert told == dead


@pytest.fixture
def full(store):
    """Makes the server full, until the test is over."""
    yield lambda: store.client.config_set("maxmemory", 1)
    store.client.config_set("maxmemory", 0)


@pytest.mark.parametrize("is_known", [False, True], ids=["a new group", "a known group"])
def test_a_full_server_takes_results_and_gives_them_when_it_has_room(
    store, context, loaded, full, is_known
):
    if is_known:
        read()
    with Producer(loaded) as producer:
        sent = producer.send(CouponRedemption(email="a@b.pl", coupon="K1"))
    full()
    work(context, COUPONS)
    with pytest.raises(batchline.RedisUnavailable, match="maxmemory"):
        read()
    store.client.config_set("maxmemory", 0)
    assert [result.message_id for result in read()] == [sent]


def test_half_of_a_surrogate_pair_in_an_idempotency_key_is_no_trouble(context, loaded):
    redeemed(context, loaded, "K1", key="\ud83d")
    assert [result.idempotency_key for result in read()] == ["?-K1"]


def test_where_results_are_off_nothing_is_written_and_no_command_more_is_given(
    store, redis_url, tmp_path, monkeypatch
):
    def commands(more):
        store.client.flushall()
        text = f'redis_url = "{redis_url}"\n{SMALL_LANES}{more}'
        loaded = configure(tmp_path, monkeypatch, text)
        context = context_of(store, loaded, Coupons())
        store.client.config_resetstat()
        redeemed(context, loaded, "K1", "X1", key="k")
        calls = store.client.info("commandstats")
        return Counter({name[8:]: calls[name]["calls"] for name in calls if name in COUNTED})

    off = commands("")
    assert not [key for key in store.client.scan_iter() if b"results" in key or b"key_of" in key]
    told = commands("results = true")
    # A result: its line and its message's key; a batch: the lines' numbers and the bound.
    more = {"xadd": 2, "get": 1, "getdel": 1, "set": 2, "hincrby": 1, "xtrim": 1}
    assert told - off == Counter(more)


def test_asking_where_nothing_is_told_warns_at_the_callers_line(
    store, redis_url, tmp_path, monkeypatch
):
    configure(tmp_path, monkeypatch, f'redis_url = "{redis_url}"\n{SMALL_LANES}')
    with pytest.warns(UserWarning, match="results = true") as warned:
        assert read() == []
    assert warned[0].filename == __file__
