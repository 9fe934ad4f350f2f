"""A contact about which the API has no answer stands in nobody's way."""

from __future__ import annotations

import json

import pytest

from batchline.producers import Producer
from batchline.producers.lanes import Lane
from batchline.systems.requests import HttpAnswer
from batchline.systems.salesmanago.messages import ExternalEvent
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.delivery.http import NoAnswer
from batchline.worker.delivery.lane import deliver
from batchline.worker.inspection import status
from tests.fake_api import ACCOUNT, FakeApi, configure, context_of, work

LANE = Lane("default", "event.add")
ANSWERS = {
    "500": HttpAnswer(500, {}, b"java.lang.NullPointerException"),
    "no answer": NoAnswer("no answer within timeout.read"),
    "unreadable": HttpAnswer(200, {}, b"<html>Please wait</html>"),
}


class Api(FakeApi):
    """Takes events, and loses its answer once; fails on questions about some contacts."""

    def __init__(self, answer, plan=()) -> None:
        super().__init__(plan)
        self.answer = answer
        self.events: list[dict] = []
        self.questions = 0
        self.is_down = False

    def send(self, call):
        is_question = call.url.endswith("contact/list")
        self.questions += is_question
        if self.is_down or (is_question and b"huge" in call.body):
            if isinstance(self.answer, NoAnswer):
                raise self.answer
            return self.answer
        return super().send(call)

    def work(self, url, body):
        if url.endswith("contact/list"):
            listed = [
                {"email": email, "contactExtEvents": self.of(email)} for email in body["email"]
            ]
            return {"success": True, "message": [], "contacts": listed}
        self.events += [event["contactEvent"] for event in body["events"]]
        count = len(body["events"])
        done = {"failedContacts": [], "createdAmount": count, "failedAmount": 0}
        return {"success": True, "message": [], **done}

    def of(self, email):
        """The events of a contact, as contact/list shows them."""
        name = email.partition("@")[0]
        return [one for one in self.events if one["externalId"].partition("/")[0] == name]

    @property
    def taken(self):
        return [one["externalId"] for one in self.events]


def event(name, number=0):
    return ExternalEvent(
        email=f"{name}@shop.example",
        contact_event={"contact_ext_event_type": "PURCHASE", "external_id": f"{name}/{number}"},
    )


def deliver_some(store, context, times=8):
    """Deliver the lane so many times, however long it is told to wait."""
    for _ in range(times):
        deliver(LANE, context)
        store.client.hdel(store.keys.state(LANE), "retry_at")


@pytest.fixture
def shop(store, redis_url, tmp_path, monkeypatch):
    """Make a context whose API has this answer, and a producer."""
    loaded = configure(tmp_path, monkeypatch, f'redis_url = "{redis_url}"\n{ACCOUNT}')
    with Producer(loaded) as producer:
        yield lambda api: (context_of(store, loaded, api), producer)


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("huge", [{0}, {17}, {3, 4, 39}])
def test_the_events_of_others_are_delivered_once_and_its_own_are_held(store, shop, answer, huge):
    api = Api(ANSWERS[answer], ["lost after"])
    context, producer = shop(api)
    names = [f"{'huge' if number in huge else 'c'}{number}" for number in range(40)]
    producer.send_many([event(name) for name in names])
    deliver_some(store, context)
    assert status.read(store).totals["delivered"] == 40 - len(huge)
    assert not list(dead_letters.find(store)), "who answers about nobody else may be away"
    producer.send(event("late"))
    names.append("late")
    work(context, LANE)
    held = list(dead_letters.find(store))
    assert sorted(api.taken) == sorted(f"{name}/0" for name in names)
    assert {json.loads(one.payload)["email"][:4] for one in held} == {"huge"}
    assert ([one.reason for one in held], len(held)) == (["ambiguous"] * len(huge), len(huge))
    assert status.read(store).totals["delivered"] == 41 - len(huge)
    assert api.questions < 90


def test_a_contact_that_is_alone_in_doubt_holds_up_nobody_who_comes_after_it(store, shop):
    api = Api(ANSWERS["no answer"], ["lost after"])
    context, producer = shop(api)
    producer.send(event("huge"))
    deliver_some(store, context)
    producer.send_many([event(f"c{number}") for number in range(5)])
    work(context, LANE)
    totals = status.read(store).totals
    assert (totals["delivered"], totals["dead"]) == (5, 1)
    assert len(api.taken) == 6


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_api_that_answers_about_nobody_makes_no_dead_letters(store, shop, answer):
    api = Api(ANSWERS[answer], ["lost after"])
    context, producer = shop(api)
    producer.send_many([event(f"c{number}") for number in range(10)])
    deliver(LANE, context)
    api.is_down = True
    deliver_some(store, context, 30)
    assert status.read(store).totals["dead"] == 0
    api.is_down = False
    store.client.hdel(store.keys.state(LANE), "retry_at")
    work(context, LANE)
    assert status.read(store).totals["delivered"] == 10
    assert len(api.taken) == 10
