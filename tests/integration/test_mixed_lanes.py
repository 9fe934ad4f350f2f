"""Nothing overtakes in a lane that carries several operations, whatever is parked and whenever.

The engine, its scripts, Redis and the sandbox are the real ones; who works when is drawn.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batchline.producers import Producer
from batchline.producers.lanes import Lane
from batchline.systems.salesmanago.messages import (
    ContactDeletion,
    ContactUpsert,
    EventDeletion,
    EventUpdate,
    ExternalEvent,
    MonitoringStop,
)
from batchline.worker.delivery import confirmations as jobs
from batchline.worker.delivery.http import Http
from batchline.worker.delivery.lane import deliver
from batchline.worker.inspection import status
from batchline.worker.store.message_ids import parked_member
from batchline.worker.store.parking import unpark
from tests.fake_api import context_of
from tests.stack import waiting_in

EVENTS, CONTACTS = Lane("default", "event.add"), Lane("default", "contact.upsert")
WHO = [f"{name}@shop.example" for name in ("ann", "bob")]
#: Longer than any test: a job runs when it is let.
NEVER = 100_000.0


class World:
    """One account, one worker, and the times of parking and of jobs in our hands."""

    def __init__(self, stack):
        stack.configure(
            ("replay = {every = 0.5, until = 1.5}", "replay = {every = 100, until = 100000}"),
            ('"contact.upsert"]\nlinger = 0.1', '"contact.upsert"]\nbatch_size = 4'),
            ('"event.add"]\nlinger = 0.1', '"event.add"]\nbatch_size = 4'),
        )
        self.store, self.client, self.sandbox = stack.store, stack.client, stack.sandbox
        self.loaded = stack.settings
        account = self.loaded.account("default")
        http = Http(account.timeout, 4)
        self.context = context_of(self.store, self.loaded, http, parallel=4)

    def begin(self, job_delay=0.0):
        self.client.flushall()
        self.sandbox.control.reset()
        self.sandbox.control.settings(create_delay=job_delay)

    def send(self, message):
        with Producer(self.loaded) as producer:
            return producer.send(message)

    def work(self):
        for lane in (CONTACTS, EVENTS):
            deliver(lane, self.context)

    def wait(self):
        """Let the time of everything parked come, in its order."""
        for message_id in self.client.zrange(self.store.keys.parked, 0, -1):
            self.client.zincrby(self.store.keys.parked, -2 * 10**12, message_id)
        unpark(self.store)

    def end_jobs(self):
        """Let the API do what it has accepted, and ask about it."""
        self.sandbox.control.settings(create_delay=0)
        for name in self.client.zrange(self.store.keys.jobs, 0, -1):
            jobs.confirm(name.decode(), self.context)
        self.sandbox.control.settings(create_delay=NEVER)
        unpark(self.store)

    def finish(self):
        for _ in range(60):
            self.end_jobs()
            self.wait()
            self.work()
            totals = status.read(self.store).totals
            if (
                not totals["backlog"]
                and not totals["parked"]
                and not self.client.zcard(self.store.keys.jobs)
            ):
                return totals
        raise AssertionError(f"never at rest: {totals}")

    def events(self, email):
        found = self.sandbox.control.contact(email) or {"events": []}
        names = [event["externalId"] for event in found["events"]]
        assert len(set(names)) == len(names)
        return {event["externalId"]: event["detail1"] for event in found["events"]}


@pytest.fixture
def world(stack):
    world = World(stack)
    yield world
    world.context.http.close()
    world.context.pool.shutdown()


def event(kind, email, name, number):
    fields = {"contactExtEventType": "CART", "externalId": name, "detail1": str(number)}
    if kind == "delete":
        return EventDeletion(email=email, external_id=name)
    model = ExternalEvent if kind == "add" else EventUpdate
    return model.model_validate({"email": email, "contactEvent": fields})


def _happens(events, kind, name, number):
    """What becomes of events, by externalId, when everything is done in the order enqueued."""
    if kind == "add" or (kind == "update" and name in events):
        events[name] = str(number)
    elif kind == "delete":
        events.pop(name, None)


#: An externalId is one contact's.
NAMED = st.sampled_from([(WHO[0], "x"), (WHO[0], "y"), (WHO[1], "z")])
ASKED = st.tuples(st.sampled_from(["add", "add", "update", "delete"]), NAMED)
STEPS = st.lists(
    st.one_of(ASKED, ASKED, st.sampled_from(["work", "work", "wait", *WHO])), max_size=16
)


def test_changes_of_events_never_pass_what_is_parked(world):
    """Contacts appear at any moment; until then their events are parked, and come back any time."""

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(STEPS)
    def never_passed(steps):
        world.begin()
        events: dict = {email: {} for email in WHO}
        for number, step in enumerate([*steps, *WHO]):
            if isinstance(step, tuple):
                kind, (email, name) = step
                if kind == "add" and name in events[email]:
                    continue  # an externalId is taken to name one event
                world.send(event(kind, email, name, number))
                _happens(events[email], kind, name, number)
            elif step in WHO:
                world.send(ContactUpsert.model_validate({"contact": {"email": step}}))
            else:
                {"work": world.work, "wait": world.wait}[step]()
        totals = world.finish()
        assert {email: world.events(email) for email in WHO} == events
        assert totals["accepted"] == totals["delivered"] + totals["dead"]

    never_passed()


CHANGES = st.tuples(st.sampled_from(["upsert", "upsert", "delete", "stop"]), st.sampled_from(WHO))
CONTACT_STEPS = st.lists(
    st.one_of(CHANGES, CHANGES, st.sampled_from(["work", "work", "wait", "jobs"])), max_size=14
)


def change(kind, email, number):
    if kind == "upsert":
        item = {"contact": {"email": email}, "properties": {"n": str(number)}}
        return ContactUpsert.model_validate(item)
    if kind == "stop":
        return MonitoringStop.model_validate({"contacts": [{"value": email}]})
    return ContactDeletion(email=email)


def test_a_deletion_is_passed_by_no_upsert_even_while_the_api_still_works_on_one(world):
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(CONTACT_STEPS)
    def never_passed(steps):
        world.begin(job_delay=NEVER)
        contacts: dict = {}
        for number, step in enumerate(steps):
            if isinstance(step, tuple):
                world.send(change(*step, number))
                _apply(contacts, *step, number)
            else:
                {"work": world.work, "wait": world.wait, "jobs": world.end_jobs}[step]()
        world.finish()
        for email in WHO:
            found = world.sandbox.control.contact(email)
            shown = found and (found["properties"]["n"], found["monitored"])
            assert shown == contacts.get(email)

    never_passed()


def _apply(contacts, kind, email, number):
    if kind == "upsert":
        contacts[email] = (str(number), contacts.get(email, ("", True))[1])
    elif kind == "delete":
        contacts.pop(email, None)
    elif email in contacts:
        contacts[email] = (contacts[email][0], False)


def test_those_released_by_a_confirmed_contact_come_back_in_order(world):
    """Twelve of them: as text, the tenth message id is smaller than the second."""
    world.begin()
    with Producer(world.loaded) as producer:
        producer.send_many([event("add", WHO[0], f"e{n}", n) for n in range(12)])
    deliver(EVENTS, world.context)
    world.send(ContactUpsert.model_validate({"contact": {"email": WHO[0]}}))
    deliver(CONTACTS, world.context)
    world.end_jobs()
    waiting = [entry.payload for entry in waiting_in(world.store, EVENTS)]
    assert [f'"e{n}"'.encode() in payload for n, payload in enumerate(waiting)] == [True] * 12


def test_what_waits_behind_another_says_so(world):
    world.begin()
    world.send(event("add", WHO[0], "x", 1))
    deliver(EVENTS, world.context)
    behind = world.send(event("delete", WHO[0], "x", 2))
    deliver(EVENTS, world.context)
    body = world.client.hget(world.store.keys.parked_body, behind).decode()
    assert '"reason":"behind"' in body
    assert "waits behind an older message of its contact" in body
    _, second = world.client.zrange(world.store.keys.parked, 0, -1)
    assert second.decode() == parked_member(behind)
    assert world.sandbox.control.summary()["event.add"]["requests"] == 1
