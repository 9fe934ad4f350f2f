"""Messages and calls that are later than a direct call of their contact reach the API after it."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from batchline.direct import upsert_contact_and_wait
from batchline.producers import CallUnanswered, MessagesAhead, Producer
from batchline.producers.lanes import Lane, partition_of
from batchline.systems.salesmanago.messages import ContactUpsert
from batchline.worker.delivery import ahead, superseded
from batchline.worker.delivery.http import Http, NoAnswer
from batchline.worker.delivery.lane import deliver
from batchline.worker.store import redis_clock
from batchline.worker.store.parking import unpark
from tests.fake_api import ACCOUNT, Upserts, configure, context_of, work
from tests.properties import examples

PARTITIONS = 2
SETTINGS = """
jobs = {confirm = false}
[accounts.default.operations."contact.upsert"]
batch_size = 3
linger = 0
partitions = 2
"""
WHO = ["eva@club.example", "leo@club.example"]
EVA, LEO = WHO
LEASE = 60.0


def lane_of(who):
    return Lane("default", "contact.upsert", partition_of(who, PARTITIONS))


LANES = [Lane("default", "contact.upsert", number) for number in range(PARTITIONS)]


@pytest.fixture
def loaded(redis_url, tmp_path, monkeypatch):
    text = f'redis_url = "{redis_url}"\n{ACCOUNT}{SETTINGS}'
    return configure(tmp_path, monkeypatch, text)


@pytest.fixture
def api():
    return Upserts([])


@pytest.fixture
def context(store, loaded, api):
    return context_of(store, loaded, api)


def message(who, value):
    return ContactUpsert(contact={"email": who}, properties={"n": str(value)})


def begin(loaded, who, *others, lease=LEASE, even_if_behind=False):
    """A call's place, or how many are before it."""
    contacts = sorted([who, *others])
    return ahead.take_turn(loaded, lane_of(who), PARTITIONS, contacts, lease, 0.0, even_if_behind)


def finish(context):
    for lane in LANES:
        work(context, lane)


def test_a_later_message_that_is_delivered_while_a_call_is_under_way_reaches_the_api_after_it(
    loaded, context, api, monkeypatch
):
    seen = []

    def answered(http, call):
        with Producer(loaded) as producer:
            producer.send_many([message(EVA, 2), message(LEO, 3)])
        for lane in {lane_of(EVA), lane_of(LEO)}:
            deliver(lane, context)
        seen.append(dict(api.arrived))
        raise NoAnswer("refused", sent=False)

    monkeypatch.setattr(Http, "send", answered)
    with pytest.raises(CallUnanswered):
        upsert_contact_and_wait(EVA, settings=loaded)
    assert seen == [{LEO: [3]}], "only the call's own contact waits"
    finish(context)
    assert api.arrived == {LEO: [3], EVA: [2]}


def test_after_a_call_that_was_sent_and_not_answered_later_ones_wait_for_its_lease(
    store, loaded, monkeypatch
):
    def lost(http, call):
        raise NoAnswer("no answer", sent=True)

    monkeypatch.setattr(Http, "send", lost)
    with pytest.raises(CallUnanswered):
        upsert_contact_and_wait(EVA, settings=loaded)
    ((_, ends),) = store.client.zrange(store.keys.calls, 0, -1, withscores=True)
    account = loaded.account("default")
    lease = account.timeout.connect + account.timeout.read + account.verify_after + ahead.SLACK
    assert 0 < ends - redis_clock.now(store) <= lease * 1000
    with pytest.raises(MessagesAhead):
        upsert_contact_and_wait(EVA, settings=loaded, wait=0)


def end_lease(store):
    for member in store.client.zrange(store.keys.calls, 0, -1):
        store.client.zadd(store.keys.calls, {member: redis_clock.now(store) - 1})


def test_a_caller_that_was_killed_holds_its_contact_up_for_its_lease_and_no_longer(
    store, loaded, context, api
):
    begin(loaded, EVA, "17-an-id")
    with Producer(loaded) as producer:
        producer.send(message(EVA, 2))
    deliver(lane_of(EVA), context)
    assert api.arrived == {}
    end_lease(store)
    finish(context)
    assert api.arrived == {EVA: [2]}


def test_of_a_caller_that_was_killed_nothing_stays_in_redis(store, loaded):
    begin(loaded, EVA, "17-an-id")
    unpark(store)
    assert store.client.zcard(store.keys.parked_blocking("default")) == 2
    end_lease(store)
    unpark(store)
    assert not store.client.exists(store.keys.calls, store.keys.parked_blocking("default"))


def test_a_call_waits_for_an_older_call_of_its_contact_by_whatever_key(store, loaded):
    first = begin(loaded, EVA, "17-an-id")
    assert begin(loaded, LEO, "17-an-id") == 1
    assert isinstance(begin(loaded, LEO), ahead.Place)
    ahead.leave_place(loaded, first)
    assert isinstance(begin(loaded, EVA), ahead.Place)


def test_a_message_that_comes_between_a_calls_look_and_its_place_goes_before_it(
    store, loaded, context, monkeypatch
):
    """The call gives its place back, as if it had never had one."""
    original = ahead._take_place

    def late(*arguments):
        with Producer(loaded) as producer:
            producer.send(message(EVA, 1))
        return original(*arguments)

    table = store.keys.newest_sent("default", "contact.upsert")
    slot = superseded.slot_of(EVA.encode())
    monkeypatch.setattr(ahead, "_take_place", late)
    assert begin(loaded, EVA) == 1
    assert store.client.execute_command("BITFIELD", table, "GET", "u53", f"#{slot}") == [0]
    assert not store.client.exists(store.keys.calls, store.keys.parked_blocking("default"))


def test_a_call_that_stood_still_before_it_was_made_takes_a_new_place(store, loaded, monkeypatch):
    original, places = ahead._take_place, []

    def slow_once(*arguments):
        place = original(*arguments)
        places.append(place)
        return place if len(places) > 1 else place._replace(began=place.began - ahead.SLACK)

    monkeypatch.setattr(ahead, "_take_place", slow_once)
    taken = begin(loaded, EVA)
    assert [taken] == places[1:]


STEPS = st.one_of(
    st.tuples(st.just("send"), st.sampled_from(WHO)),
    st.tuples(st.just("call"), st.sampled_from(WHO)),
    st.tuples(st.just("answer"), st.sampled_from(WHO)),
    st.just(("work", "")),
)


@settings(
    max_examples=examples(40),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(STEPS, max_size=25))
@example([("call", EVA), ("send", EVA), ("work", ""), ("answer", EVA)])
def test_messages_and_calls_of_a_contact_reach_the_api_in_their_order(store, loaded, steps):
    store.client.flushdb()
    api = Upserts([])
    context = context_of(store, loaded, api)
    under_way, enqueued, number = {}, {who: [] for who in WHO}, 0

    def answer(who):
        place, value = under_way.pop(who)
        api.arrived.setdefault(who, []).append(value)
        ahead.leave_place(loaded, place)

    with Producer(loaded) as producer:
        for step, what in steps:
            number += 1
            if step == "send":
                producer.send(message(what, number))
                enqueued[what].append(number)
            elif step == "call" and what not in under_way:
                place = begin(loaded, what)
                if isinstance(place, ahead.Place):
                    under_way[what] = place, number
                    enqueued[what].append(number)
            elif step == "answer" and what in under_way:
                answer(what)
            elif step == "work":
                unpark(store)
                for lane in LANES:
                    deliver(lane, context)
    for who in list(under_way):
        answer(who)
    finish(context)
    for who in WHO:  # merged upserts arrive as the last of them
        arrived = api.arrived.get(who, [])
        assert arrived == sorted(arrived)
        assert arrived[-1:] == enqueued[who][-1:]
