"""Events that the API may have taken, and whose contact it does not show yet: asked about again.

The engine, its scripts and Redis are the real ones; the API is a list of what was applied, and each
of its calls ends as the drawn plan says.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batchline.producers import Producer
from batchline.producers.lanes import Lane
from batchline.systems.salesmanago.messages import EventDeletion, EventUpdate
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.delivery.interpret import MOST_QUESTIONS
from batchline.worker.delivery.lane import deliver
from batchline.worker.inspection import locate, status
from batchline.worker.store.parking import unpark
from batchline.worker.troubles import trouble as troubles
from tests.builders import event
from tests.fake_api import ACCOUNT, ENDS, FakeApi, configure, context_of, work

LANE = Lane("default", "event.add")
OPERATION = """
[accounts.default.operations."event.add"]
linger = 0
batch_size = 4
"""
NOT_SHOWN = "contact/list shows 0 contacts with this identifier to this owner"
#: A contact that the API never gets.
NEVER = 10**6


class Api(FakeApi):
    """Adds events of contacts that are there, and lets single ones wait for theirs.

    A contact is there, and is shown, once it was asked about or failed so many times.
    """

    #: Calls between the appearance of a contact and the addition of what waited for it.
    LATE = 4

    def __init__(self, plan, appears, hidden=()):
        """`appears`: contact -> that many times. `hidden`: contacts that take events before."""
        super().__init__(plan)
        self.appears, self.hidden = appears, set(hidden)
        self.missed = Counter()
        #: Calls since the contact appeared.
        self.turns = Counter()
        self.events = defaultdict(list)
        self.waiting = []
        #: Externalids in the order in which they were added; and the last event of each.
        self.added = []

    def is_shown(self, email):
        return self.missed[email] >= self.appears.get(email, 0)

    def work(self, url, body):
        answer = self._answer(url, body)
        for email in self.appears:
            self.turns[email] += self.is_shown(email)
        # What waited for its contact is added later than the contact appears.
        for email, one in [one for one in self.waiting if self.turns[one[0]] == self.LATE]:
            self.waiting.remove((email, one))
            self._add(email, one)
        return {"success": True, "message": [], **answer}

    def _answer(self, url, body):
        if url.endswith("contact/list"):
            shown = [email for email in body["email"] if self.is_shown(email)]
            self.missed.update(set(body["email"]) - set(shown))
            return {
                "contacts": [
                    {
                        "email": email,
                        "createdOn": 1
                        if self.turns[email] > self.LATE
                        else int(time.time() * 1000),
                        "contactExtEvents": list(self.events[email]),
                    }
                    for email in shown
                ]
            }
        if url.endswith("updateContactExtEvent"):
            return self._update(body["contactEvent"])
        if url.endswith("deleteContactExtEvent"):
            for email, events in self.events.items():
                left = [one for one in events if one["externalId"] != body["externalId"]]
                self.events[email] = left
            return {"result": "Ext event has been scheduled to delete."}
        if url.endswith("v2/contact/addContactExtEvent"):
            email, one = body["email"], body["contactEvent"]
            if self.is_shown(email):
                self._add(email, one)
            else:
                self.waiting.append((email, one))
            return {"eventId": f"id-of-{one['externalId']}"}
        failed = []
        for item in body["events"]:
            email = item["email"]
            if self.is_shown(email) or email in self.hidden:
                self._add(email, item["contactEvent"])
            else:
                failed.append(email)
        self.missed.update(set(failed))
        count = len(body["events"])
        return {
            "failedContacts": sorted(set(failed)),
            "createdAmount": count - len(failed),
            "failedAmount": len(failed),
        }

    def _created_on(self, email):
        """UNIX ms: long ago once what waited for the contact is added."""
        return 1 if self.turns[email] > self.LATE else round(time.time() * 1000)

    def _add(self, email, one):
        self.added.append(one["externalId"])
        self.events[email].append({**one, "eventId": f"id-of-{one['externalId']}"})

    def _update(self, one):
        for events in self.events.values():
            for known in events:
                if known["eventId"] == one["eventId"]:
                    known.update(one)
        return {"eventId": one["eventId"]}


@pytest.fixture
def loaded(redis_url, tmp_path, monkeypatch):
    def load(replay, policy="verify"):
        lines = f'{OPERATION}ambiguous = "{policy}"\n'
        text = f'redis_url = "{redis_url}"\n{ACCOUNT}replay = {replay}\n{lines}'
        return configure(tmp_path, monkeypatch, text)

    return load


SOON = "{every = 0.001, until = 0.1}"
PLANS = st.lists(st.sampled_from(ENDS), max_size=12).filter(
    lambda plan: plan.count("too large") < MOST_QUESTIONS
)
WHO = ["ann@shop.example", "bob@shop.example", "cid@shop.example"]


@pytest.mark.parametrize("takes_before", [False, True])
def test_an_event_arrives_once_wherever_its_contact_appears_under_timeouts_and_kills(
    store, loaded, takes_before
):
    """`takes_before`: the API has the contact, and shows it only later."""
    settings_ = loaded(SOON)

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        st.lists(st.sampled_from(WHO), min_size=1, max_size=9),
        st.fixed_dictionaries({email: st.integers(0, 6) for email in WHO}),
        PLANS,
        st.lists(st.booleans(), max_size=8),
    )
    def holds(emails, appears, plan, kills_at_settle):
        store.client.flushall()
        api = Api(plan, appears, WHO if takes_before else ())
        with Producer(settings_) as producer:
            producer.send_many([event(n, email) for n, email in enumerate(emails)])
        work(context_of(store, settings_, api), LANE, kills_at_settle)
        assert Counter(api.added) == Counter(f"order-{n}" for n in range(len(emails)))
        totals = status.read(store).totals
        assert totals["accepted"] == len(emails) == totals["delivered"]
        assert store.client.zcard(store.keys.parked_by_contact("default")) == 0

    holds()


def update_of(added, value):
    fields = {"contactExtEventType": "PURCHASE", "date": added.contact_event.date, "value": value}
    name = {"externalId": added.contact_event.external_id}
    return EventUpdate.model_validate({"email": added.email, "contactEvent": {**fields, **name}})


def deletion_of(added):
    name = added.contact_event.external_id
    return EventDeletion.model_validate({"email": added.email, "externalId": name})


#: What is done to one of three events, after it was added.
CHANGES = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["update", "delete"])), max_size=6)


@pytest.mark.parametrize("takes_before", [False, True])
def test_no_change_of_an_event_passes_it_while_it_waits_for_its_contact(
    store, loaded, takes_before
):
    settings_ = loaded(SOON)

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        CHANGES,
        st.integers(0, 5),
        PLANS.filter(lambda plan: "too large" not in plan),
        st.lists(st.booleans(), max_size=6),
    )
    def holds(changes, appears, plan, kills_at_settle):
        store.client.flushall()
        api = Api(plan, {WHO[0]: appears}, WHO if takes_before else ())
        adds = [event(n, WHO[0], value=1.0) for n in range(3)]
        wanted = {f"order-{n}": 1.0 for n in range(3)}
        messages = list(adds)
        for turn, (n, what) in enumerate(changes, 2):
            if f"order-{n}" in wanted and what == "update":
                wanted[f"order-{n}"] = float(turn)
                messages.append(update_of(adds[n], float(turn)))
            elif wanted.pop(f"order-{n}", None):
                messages.append(deletion_of(adds[n]))
        with Producer(settings_) as producer:
            producer.send_many(messages)
        work(context_of(store, settings_, api), LANE, kills_at_settle)
        assert list(dead_letters.find(store)) == []
        assert {one["externalId"]: one["value"] for one in api.events[WHO[0]]} == wanted
        assert max(Counter(api.added).values(), default=1) == 1

    holds()


def test_a_single_event_is_never_doubled_though_the_api_adds_it_late_and_by_itself(store, loaded):
    """000:2405: "If a Contact does not exist ... the system will wait 5 minutes and try ..."."""
    settings_ = loaded(SOON)

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        st.integers(1, 5),
        st.lists(st.integers(1, 6), min_size=5, max_size=5),
        PLANS,
        st.lists(st.booleans(), max_size=8),
    )
    def holds(count, times, plan, kills_at_settle):
        store.client.flushall()
        emails = [f"c{n}@shop.example" for n in range(count)]
        api = Api(plan, dict(zip(emails, times, strict=False)))
        with Producer(settings_) as producer:
            producer.send_many(
                [
                    event(n, email).model_copy(update={"single": True})
                    for n, email in enumerate(emails)
                ]
            )
        work(context_of(store, settings_, api), LANE, kills_at_settle)
        for _ in range(Api.LATE + max(times)):  # what was answered may wait for its contact yet
            api.missed.update(emails)
            api.work("contact/list", {"email": []})
        assert Counter(api.added) == Counter(f"order-{n}" for n in range(count))
        assert status.read(store).totals["delivered"] == count

    holds()


def test_an_event_of_a_contact_that_never_appears_is_held_when_the_replay_time_is_over(
    store, loaded
):
    settings_ = loaded("{every = 0.01, until = 0.05}")
    api = Api(["lost after"], {WHO[0]: NEVER}, hidden=WHO)
    with Producer(settings_) as producer:
        producer.send_many([event(1), event(2, WHO[1])])
    work(context_of(store, settings_, api), LANE)
    assert api.added == ["order-1", "order-2"]
    (letter,) = dead_letters.find(store)
    assert (letter.reason, letter.contact, letter.detail) == ("ambiguous", WHO[0], NOT_SHOWN)
    # Once at first, and at each of the five replay times.
    assert [detail for _, detail in letter.meta.history] == [NOT_SHOWN] * 6
    assert api.missed[WHO[0]] == 6


@pytest.fixture
def parked(store, loaded):
    """An event that is parked uncertain, and an update of it that was sent with it."""
    settings_ = loaded("{every = 600, until = 3600}")
    api = Api(["lost after"], {WHO[0]: 1}, hidden=WHO)
    added = event(1, value=5.0)
    with Producer(settings_) as producer:
        ids = producer.send_many([added, update_of(added, 7.5)])
    context = context_of(store, settings_, api)
    for _ in range(3):
        store.client.hdel(store.keys.state(LANE), "retry_at")
        deliver(LANE, context)
    assert api.added == ["order-1"]
    assert store.client.zcard(store.keys.parked) == 2
    return api, context, ids


def test_where_an_uncertain_message_is_and_what_happens_next_is_told(store, parked):
    _, _, ids = parked
    first, second = (locate.find(store, one) for one in ids)
    assert (first.state, first.reason) == ("parked", "ambiguous")
    assert (second.state, second.reason) == ("parked", "behind")
    assert first.at < second.at + 1
    assert troubles.read(store) == []


def test_an_event_that_was_sent_as_an_update_had_changed_it_is_known_without_that_update(
    store, parked
):
    api, context, _ = parked
    first, second = store.client.zrange(store.keys.parked, 0, -1)
    for member in (first, second):
        store.client.zadd(store.keys.parked, {member: 0})
        unpark(store)
        deliver(LANE, context)
    assert api.added == ["order-1"]
    assert [one["value"] for one in api.events[WHO[0]]] == [7.5]
    totals = status.read(store).totals
    assert (totals["delivered"], totals["parked"], totals["dead"]) == (2, 0, 0)


def test_an_update_that_came_back_alone_does_not_pass_the_uncertain_event(store, parked):
    api, context, _ = parked
    first, second = store.client.zrange(store.keys.parked, 0, -1)
    store.client.zadd(store.keys.parked, {second: 0})
    unpark(store)
    deliver(LANE, context)
    assert store.client.zrange(store.keys.parked, 0, -1) == [first, second]
    work_all(store, context)
    assert [one["value"] for one in api.events[WHO[0]]] == [7.5]
    assert api.added == ["order-1"]


@pytest.mark.parametrize(
    ("policy", "letters", "added"),
    [("hold", [("ambiguous", NOT_SHOWN)], 1), ("resend", [], 2)],
)
def test_a_message_that_was_parked_uncertain_comes_back_to_another_policy(
    store, loaded, parked, policy, letters, added
):
    api, _, _ = parked
    work_all(store, context_of(store, loaded("{every = 600, until = 3600}", policy), api))
    assert [(one.reason, one.detail) for one in dead_letters.find(store)] == letters
    assert api.added == ["order-1"] * added


def work_all(store, context):
    """Deliver until nothing waits, whatever was parked until when."""
    for _ in range(20):
        for member in store.client.zrange(store.keys.parked, 0, -1):
            store.client.zadd(store.keys.parked, {member: 0})
        unpark(store)
        deliver(LANE, context)
        if not status.read(store).totals["parked"] + store.client.xlen(store.keys.stream(LANE)):
            return
    raise AssertionError("something waits on")
