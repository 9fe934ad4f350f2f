"""What comes back from the dead letters never puts old values over new ones unnoticed."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from batchline.producers import Producer
from batchline.producers.lanes import Lane
from batchline.systems.salesmanago.messages import ContactUpsert
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.delivery import superseded
from tests.builders import contact, event
from tests.fake_api import ACCOUNT, OF_FIVE, UPSERT_ENDS, Upserts, configure, context_of, work

UPSERTS = Lane("default", "contact.upsert")
WHO = [f"{name}@shop.example" for name in "ab"]
REFUSED, NEWER = ("upsert", WHO[0], True), ("upsert", WHO[0], False)
DELIVER, MEND = ("deliver",), ("mend the API",)
#: What a person and the application do, one after the other.
ACTS = st.one_of(
    st.tuples(st.just("upsert"), st.sampled_from(WHO), st.booleans()),
    st.tuples(st.just("upsert"), st.sampled_from(WHO), st.booleans()),
    st.just(DELIVER),
    st.just(MEND),
    st.tuples(st.just("replay"), st.integers(0, 2**32)),
)


class Contacts(Upserts):
    """Contacts with properties; what is bad stays so until the API is mended."""

    def __init__(self, plan):
        super().__init__(plan)
        self.contacts = {}
        self.seen = set()

    def upsert(self, items):
        self.seen |= {int(item["properties"]["n"]) for item in items}
        answer = super().upsert(items)
        for item in items if answer["success"] else ():
            self.contacts.setdefault(item["contact"]["email"], {}).update(item["properties"])
        return answer


def properties(number):
    """Of three properties each message sets one, so that no other hides its arrival."""
    return {"n": str(number), f"p{number % 3}": str(number)}


class Story:
    """Acts carried out on the real engine, and what each of them came to."""

    def __init__(self, store, loaded, producer, api):
        self.store, self.producer, self.api = store, producer, api
        self.context = context_of(store, loaded, api)
        self.sent = {}  # message id -> (contact, number)

    def act(self, what, *about):
        if what == "upsert":
            self._upsert(*about)
        elif what == "deliver":
            work(self.context, UPSERTS)
        elif what == "mend the API":
            self.api.bad.clear()
        else:
            letters = sorted(self.dead())
            chosen = [one for index, one in enumerate(letters) if about[0] >> index % 32 & 1]
            dead_letters.act(self.store, "replay", chosen)

    def _upsert(self, email, bad):
        number = len(self.sent)
        if bad:
            self.api.bad.add(number)
        message = ContactUpsert.model_validate(
            {"contact": {"email": email}, "properties": properties(number)}
        )
        self.sent[self.producer.send(message)] = (email, number)

    def dead(self):
        return {letter.id: letter for letter in dead_letters.find(self.store)}


def test_the_contacts_are_as_if_what_was_delivered_had_come_in_the_order_enqueued(
    store, redis_url, tmp_path, monkeypatch
):
    loaded = configure(tmp_path, monkeypatch, f'redis_url = "{redis_url}"\n{ACCOUNT}{OF_FIVE}')

    @settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        acts=st.lists(ACTS, min_size=3, max_size=40), plan=st.lists(st.sampled_from(UPSERT_ENDS))
    )
    # The newer one still waits before it in the lane.
    @example(acts=[REFUSED, DELIVER, NEWER, MEND, ("replay", 1)], plan=[])
    # The newer one was refused too: then nothing has superseded it.
    @example(acts=[REFUSED, DELIVER, REFUSED, DELIVER, MEND, ("replay", 3)], plan=[])
    def as_if(acts, plan):
        store.client.flushall()
        api = Contacts(plan)
        with Producer(loaded) as producer:
            story = Story(store, loaded, producer, api)
            for act in acts:
                story.act(*act)
            work(story.context, UPSERTS)
        dead = story.dead()
        expected = {}
        for message_id, (email, number) in story.sent.items():
            if message_id not in dead:
                expected.setdefault(email, {}).update(properties(number))
        assert api.contacts == expected
        for letter in dead.values():
            if letter.reason == "superseded":
                email, own = story.sent[letter.id]
                newer = {n for who, n in story.sent.values() if who == email and n > own}
                assert newer & api.seen, "nothing newer of this contact was ever sent"

    as_if()


def refused_and_followed(stack):
    """An upsert that the API refused, and a newer one of the same contact that it took; its id."""
    stack.worker()
    stack.sandbox.control.fault("reject", {"path": "/api/contact/batchupsertv2"}, times=1)
    with stack.producer() as producer:
        old = producer.send(contact("ann@shop.example", properties={"size": "S", "old": "1"}))
        stack.until(lambda now: now.totals["dead"] == 1)
        producer.send(contact("ann@shop.example", properties={"size": "L"}))
    stack.until(lambda now: now.totals["delivered"] == 1)
    return old


def size(stack):
    found = stack.sandbox.control.contact("ann@shop.example")
    return found and found["properties"].get("size")


def test_an_upsert_replayed_after_a_newer_one_was_sent_is_superseded_and_goes_only_if_asked(stack):
    old = refused_and_followed(stack)
    assert stack.run("dead", "replay", old).returncode == 0
    stack.until(lambda now: now.totals["dead"] == 1 and now.totals["backlog"] == 0)
    letter = stack.run_json("dead", "list", "--json")
    assert (letter["id"], letter["reason"]) == (old, "superseded")
    stack.until(lambda _: size(stack) == "L")
    assert stack.run("dead", "replay", "--reason", "superseded", "--superseded").returncode == 0
    totals = stack.until_at_rest()
    assert (totals["delivered"], totals["dead"]) == (2, 0)
    stack.until(lambda _: size(stack) == "S")


def test_upserts_that_were_all_refused_come_back_in_one_replay(stack):
    stack.worker()
    stack.sandbox.control.fault("reject", {"path": "/api/contact/batchupsertv2"})
    with stack.producer() as producer:
        for value in ("S", "M", "L"):
            producer.send(contact("ann@shop.example", properties={"size": value}))
            stack.until(lambda now: now.totals["backlog"] == 0)
    stack.sandbox.control.clear_faults()
    assert stack.run("dead", "replay", "--all").returncode == 0
    totals = stack.until_at_rest()
    assert (totals["delivered"], totals["dead"]) == (3, 0)
    stack.until(lambda _: size(stack) == "L")


def test_an_event_is_no_state_and_is_never_superseded(stack):
    stack.worker()
    with stack.producer() as producer:
        producer.send(contact("ann@shop.example"))
        stack.until_at_rest()
        stack.sandbox.control.fault("reject", {"path": "/api/contact/batchAdd*"}, times=1)
        old = producer.send(event(1))
        stack.until(lambda now: now.totals["dead"] == 1)
        producer.send(event(2))
    stack.until(lambda now: now.totals["delivered"] == 2)
    assert stack.run("dead", "replay", old).returncode == 0
    totals = stack.until_at_rest()
    assert (totals["delivered"], totals["dead"]) == (3, 0)


def test_the_table_of_what_was_sent_does_not_grow_with_the_contacts(stack):
    stack.worker()
    with stack.producer() as producer:
        producer.send_many([contact(f"c{n}@shop.example") for n in range(2000)])
    stack.until_at_rest()
    assert (
        stack.client.strlen(stack.keys.newest_sent("default", "contact.upsert"))
        <= superseded.SLOTS * 7
    )


def test_numbers_only_move_forward_however_many_there_are(store):
    def move(numbers):
        arguments = [json.dumps(list(numbers)), json.dumps(list(numbers.values()))]
        return superseded.NEWEST_SENT(store, [store.keys.newest_sent("default", "x.y")], arguments)

    slots = range(0, superseded.SLOTS, 80)
    largest = {slot: superseded.LARGEST - slot for slot in slots}
    assert move(largest) == [0] * len(slots)
    assert move(dict.fromkeys(slots, 1)) == list(largest.values())
    assert move(dict.fromkeys(slots, 0)) == list(largest.values())
    assert move({1: 0}) == [0]
