"""A contact that gets another address keeps its order, whichever lanes the two addresses are in."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from batchline.producers import Producer
from batchline.producers.lanes import Lane, partition_of
from batchline.systems.salesmanago.messages import ContactDeletion, ContactUpsert
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.delivery import ahead
from batchline.worker.delivery.lane import deliver
from batchline.worker.inspection import status
from batchline.worker.store.message_ids import in_order
from batchline.worker.store.parking import unpark
from tests.fake_api import ACCOUNT, FakeApi, configure, context_of
from tests.properties import examples

PARTITIONS = 3
LANES = [Lane("default", "contact.upsert", number) for number in range(PARTITIONS)]
OPERATION = """
jobs = {{confirm = false}}
[accounts.default.operations."contact.upsert"]
batch_size = 3
linger = 0
partitions = {partitions}
"""
#: Two of them share a partition, and there is one in each.
WHO = [f"{name}@club.example" for name in ("eva", "ida", "leo", "max")]


def lane_of(who):
    return LANES[partition_of(who, PARTITIONS)]


#: Two addresses whose lanes are not the same.
APART = WHO[0], next(who for who in WHO if lane_of(who) != lane_of(WHO[0]))

#: The lanes one after the other: that of the former address first, or last.
FIRST = [lane_of(APART[0]).partition, *range(PARTITIONS)]
LAST = [lane_of(APART[1]).partition, *range(PARTITIONS)]


class Club(FakeApi):
    """Contacts by address; an address that another contact has is refused for the whole item."""

    def __init__(self, plan=()):
        super().__init__(plan)
        self.contacts = {}
        self.meanwhile = lambda item: None

    def work(self, url, body):
        if "contact/delete" in url or "batchDelete" in url:
            for one in body.get("contacts") or [{"value": body.get("email")}]:
                for email in one["value"].split(","):
                    self.contacts.pop(email, None)
            return {"success": True, "message": [], "result": "Contacts deleted"}
        for item in body["upsertDetails"]:
            self.meanwhile(item)
            upsert(self.contacts, item)
        return {"success": True, "message": [], "requestId": 1}


def upsert(contacts, item):
    email, new = item["contact"]["email"], item.get("newEmail")
    known = email in contacts
    values = contacts.setdefault(email, {})
    values.update(item.get("properties", {}))
    if new and known and new not in contacts:
        contacts[new] = contacts.pop(email)


def message(kind, number, who, new=""):
    if kind == "delete":
        return ContactDeletion(email=who)
    item = {"contact": {"email": who}, "properties": {"last": str(number), f"p{number}": "1"}}
    return ContactUpsert.model_validate(item | ({"newEmail": new} if kind == "move" else {}))


@pytest.fixture
def loaded(redis_url, tmp_path, monkeypatch):
    text = f'redis_url = "{redis_url}"\n{ACCOUNT}{OPERATION.format(partitions=PARTITIONS)}'
    return configure(tmp_path, monkeypatch, text)


def work(context, lane):
    deliver(lane, context)
    context.store.client.hdel(context.store.keys.state(lane), "retry_at")


def bring_back(store):
    """Let the time of everything parked come, in its order."""
    for message_id in store.client.zrange(store.keys.parked, 0, -1):
        store.client.zincrby(store.keys.parked, -2 * 10**12, message_id)
    unpark(store)


def finish(context):
    for _ in range(100):
        for lane in LANES:
            work(context, lane)
        bring_back(context.store)
        totals = status.read(context.store).totals
        if not totals["backlog"] and not totals["parked"]:
            return totals
    raise AssertionError(f"never at rest: {totals}")


UPSERT = st.tuples(st.just("upsert"), st.sampled_from(WHO))
MOVE = st.tuples(st.just("move"), st.sampled_from(WHO), st.sampled_from(WHO)).filter(
    lambda step: step[1] != step[2]
)
DELETE = st.tuples(st.just("delete"), st.sampled_from(WHO))
STEPS = st.lists(
    st.one_of(
        UPSERT, MOVE, MOVE, DELETE, st.sampled_from(range(PARTITIONS)), st.just("bring back")
    ),
    max_size=24,
)


def test_the_addresses_of_these_tests_are_in_several_partitions():
    numbers = [partition_of(who, PARTITIONS) for who in WHO]
    assert len(set(numbers)) == PARTITIONS < len(numbers)


def test_contacts_are_as_if_every_message_had_come_in_the_order_enqueued(store, loaded):
    """Lanes are worked on at any time, in any order, by an API that fails now and then."""

    @settings(max_examples=examples(60), deadline=None, suppress_health_check=list(HealthCheck))
    @given(STEPS, st.lists(st.sampled_from(["fine", "fine", "503"]), max_size=10))
    @example([("upsert", WHO[0]), ("move", WHO[0], WHO[1]), ("upsert", WHO[1]), 1, 2, 0], [])
    @example([("upsert", APART[0]), ("upsert", APART[1]), ("move", *APART), *FIRST], [])
    @example([("upsert", APART[0]), ("move", *APART), ("delete", APART[1]), *LAST], [])
    def as_if(steps, plan):
        store.client.flushall()
        api, expected = Club(plan), {}
        context = context_of(store, loaded, api)
        with Producer(loaded) as producer:
            for number, step in enumerate(steps):
                if isinstance(step, int):
                    work(context, LANES[step])
                elif step == "bring back":
                    bring_back(store)
                else:
                    producer.send(message(step[0], number, *step[1:]))
                    if step[0] == "delete":
                        expected.pop(step[1], None)
                    else:
                        sent = message(step[0], number, *step[1:])
                        upsert(expected, json.loads(sent.payload()))
        totals = finish(context)
        assert api.contacts == expected
        assert totals["accepted"] == totals["delivered"]
        assert store.client.zcard(store.keys.parked_blocking("default")) == 0

    as_if()


def test_messages_that_are_sent_together_keep_the_order_across_lanes_too(store, loaded):
    old, new = APART

    @settings(max_examples=examples(60), deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.one_of(UPSERT, MOVE, MOVE, DELETE), max_size=24))
    @example([("upsert", new), ("delete", new), ("upsert", old), ("move", *APART), ("upsert", new)])
    @example([("upsert", old), ("move", old, new), ("move", new, old), ("upsert", old)])
    def as_if(steps):
        store.client.flushall()
        api, expected = Club(), {}
        sent = [message(kind, number, *who) for number, (kind, *who) in enumerate(steps)]
        for one in sent:
            if isinstance(one, ContactDeletion):
                expected.pop(one.email, None)
            else:
                upsert(expected, json.loads(one.payload()))
        with Producer(loaded) as producer:
            ids = producer.send_many(sent)
        assert [one.split(":")[2].split("@")[0] for one in ids] == [
            str(lane_of(who).partition) for _, who, *_ in steps
        ]
        finish(context_of(store, loaded, api))
        assert api.contacts == expected

    as_if()


def test_a_message_about_the_next_address_waits_while_the_change_is_under_way(store, loaded):
    old, new = APART
    api, expected = Club(), []
    context, other = context_of(store, loaded, api), context_of(store, loaded, api)

    def meanwhile(item):
        expected.append(item["contact"]["email"])
        if item.get("newEmail"):
            api._one_at_a_time.release()
            deliver(lane_of(new), other)
            api._one_at_a_time.acquire()

    api.meanwhile = meanwhile
    with Producer(loaded) as producer:
        producer.send(message("upsert", 0, old))
        work(context, lane_of(old))
        producer.send_many([message("move", 1, old, new), message("upsert", 2, new)])
    work(context, lane_of(old))
    finish(context)
    assert expected == [old, old, new]
    assert api.contacts == {new: {"last": "2", "p0": "1", "p1": "1", "p2": "1"}}


def test_the_id_of_a_change_lies_between_the_older_and_the_later_ones_of_both_lanes(store, loaded):
    """Many of them in one millisecond."""
    old, new = APART
    with Producer(loaded) as producer:
        for number in range(100):
            kinds = [(new, ""), (old, new), (new, ""), (new, old), (old, "")]
            messages = [message("move" if to else "upsert", number, who, to) for who, to in kinds]
            orders = [in_order(producer.send(one)) for one in messages]
            assert orders == sorted(set(orders))


def test_the_messages_of_others_do_not_wait_for_a_change_that_cannot_go(store, loaded):
    old, new = APART
    beside = next(
        f"{n}@club.example" for n in range(99) if lane_of(f"{n}@club.example") == lane_of(new)
    )
    api = Club(["503"] * 3)
    context = context_of(store, loaded, api)
    with Producer(loaded) as producer:
        producer.send_many([message("upsert", 0, old), message("move", 1, old, new)])
        work(context, lane_of(old))
        producer.send_many([message("upsert", 2, new), message("upsert", 3, beside)])
    api.plan.clear()
    work(context, lane_of(new))
    assert list(api.contacts) == [beside]


def test_a_change_that_is_no_more_holds_nobody(store, loaded):
    old, new = APART
    api = Club()
    context = context_of(store, loaded, api)
    with Producer(loaded) as producer:
        producer.send_many([message("move", 1, old, new), message("upsert", 2, new)])
    store.client.delete(store.keys.stream(lane_of(old)))
    work(context, lane_of(new))
    assert list(api.contacts) == [new]
    assert store.client.zcard(store.keys.parked_blocking("default")) == 0


def test_a_rejected_change_holds_nobody(store, loaded):
    class Refusing(Club):
        def work(self, url, body):
            if any("newEmail" in item for item in body["upsertDetails"]):
                return {"success": False, "message": ["no"]}
            return super().work(url, body)

    api = Refusing()
    context = context_of(store, loaded, api)
    with Producer(loaded) as producer:
        producer.send_many([message("move", 1, WHO[0], WHO[1]), message("upsert", 2, WHO[1])])
    totals = finish(context)
    assert (totals["dead"], list(api.contacts)) == (1, [WHO[1]])


def test_a_call_past_the_lanes_waits_for_a_change_to_its_address(store, loaded):
    old, new = APART
    with Producer(loaded) as producer:
        producer.send(message("move", 1, old, new))
    turn = loaded, lane_of(new), PARTITIONS, [new], 60.0, 0.0
    assert ahead.take_turn(*turn, even_if_behind=False) == 1
    finish(context_of(store, loaded, Club()))
    assert isinstance(ahead.take_turn(*turn, even_if_behind=False), ahead.Place)


@pytest.mark.parametrize("end", ["lost after", "lost before", "500"])
def test_a_change_whose_answer_is_lost_is_held_for_its_repetition_makes_a_second_contact(
    store, loaded, end
):
    old, new = APART
    api = Club(["fine", end])
    context = context_of(store, loaded, api)
    with Producer(loaded) as producer:
        producer.send_many([message("upsert", 0, old), message("move", 1, old, new)])
    totals = finish(context)
    assert len(api.contacts) == 1
    assert [letter.reason for letter in dead_letters.find(store)] == ["ambiguous"]
    assert (totals["delivered"], totals["dead"]) == (1, 1)
