"""batchAddContactExtEvent counts the events it created (000:2549): the others are not delivered."""

from __future__ import annotations

import pytest

from batchline.producers import Producer
from batchline.producers.lanes import Lane
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.delivery.interpret import MOST_QUESTIONS
from tests.builders import event
from tests.fake_api import ACCOUNT, FakeApi, configure, context_of, work

LANE = Lane("default", "event.add")


class Counting(FakeApi):
    """Creates events, except those of some names, which it does not mention in its answer."""

    def __init__(self, never=(), once=(), says_so=True):
        super().__init__()
        self.never, self.once, self.says_so = set(never), set(once), says_so
        self.created = []
        self.asked = 0

    def work(self, url, body):
        if url.endswith("contact/list"):
            self.asked += 1
            shown = [{"email": email, "contactExtEvents": self.created} for email in body["email"]]
            return {"success": True, "message": [], "contacts": shown}
        new = [one["contactEvent"] for one in body["events"] if self._is_created(one)]
        self.created += new
        counts = {"failedContacts": [], "createdAmount": len(new), "failedAmount": 0}
        return {"success": True, "message": [], **(counts if self.says_so else {})}

    def _is_created(self, one):
        name = one["contactEvent"]["externalId"]
        is_skipped = name in self.never or name in self.once
        self.once.discard(name)
        return not is_skipped

    def names(self):
        return sorted(one["externalId"] for one in self.created)


@pytest.fixture
def delivered(store, redis_url, tmp_path, monkeypatch):
    """Delivers three events to this API; contact and detail of each dead letter."""

    def deliver(api):
        loaded = configure(tmp_path, monkeypatch, f'redis_url = "{redis_url}"\n{ACCOUNT}')
        with Producer(loaded) as producer:
            producer.send_many([event(n) for n in range(3)])
        work(context_of(store, loaded, api), LANE)
        return [(letter.reason, letter.detail) for letter in dead_letters.find(store)]

    return deliver


ALL = ["order-0", "order-1", "order-2"]


def test_nothing_created_and_nothing_failed_is_sent_again_and_arrives_once(delivered):
    api = Counting(once=ALL)
    assert delivered(api) == []
    assert api.names() == ALL


def test_of_events_of_which_one_was_left_out_that_one_is_sent_again(delivered):
    api = Counting(once=["order-1"])
    assert delivered(api) == []
    assert api.names() == ALL
    assert api.asked == 1


def test_an_event_that_the_api_never_creates_is_held_and_stops_no_other(delivered):
    api = Counting(never=["order-1"])
    reason, detail = "ambiguous", "createdAmount 0 and failedAmount 0 of 1 events"
    assert delivered(api) == [(reason, detail)]
    assert api.names() == ["order-0", "order-2"]
    assert api.asked < 2 * MOST_QUESTIONS


def test_an_answer_that_says_nothing_of_events_is_asked_about_and_none_is_sent_twice(delivered):
    api = Counting(says_so=False)
    assert delivered(api) == []
    assert api.names() == ALL
    assert api.asked == 1
