"""batchAddContactExtEvent counts the events it created (000:2549): none at all is no delivery.

Another number than it was sent is told, for live accounts count so while nothing is missing.
"""

from __future__ import annotations

import pytest

from batchline.producers import Producer
from batchline.producers.lanes import Lane
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.delivery.interpret import MOST_QUESTIONS
from batchline.worker.inspection import trace
from batchline.worker.store import journal
from batchline.worker.troubles import trouble as troubles
from tests.builders import event
from tests.fake_api import ACCOUNT, FakeApi, configure, context_of, work

LANE = Lane("default", "event.add")


class Counting(FakeApi):
    """Creates events, except those of some names, which it does not mention in its answer."""

    def __init__(self, never=(), once=(), says_so=True, counts_as=None):
        """`counts_as`: what the answer counts, whatever was created."""
        super().__init__()
        self.counts_as = counts_as
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
        count = len(new) if self.counts_as is None else self.counts_as
        counts = {"failedContacts": [], "createdAmount": count, "failedAmount": 0}
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


@pytest.mark.parametrize("count", [1, 2, 4])
def test_another_count_than_was_sent_delivers_and_is_told_by_status_and_trace(
    delivered, store, count
):
    api = Counting(counts_as=count)
    assert delivered(api) == []
    assert api.names() == ALL
    assert api.asked == 0
    (trouble,) = troubles.read(store)
    detail = f"createdAmount {count} and failedAmount 0 of 3 events"
    assert (trouble.kind, trouble.scope, trouble.messages, trouble.detail) == (
        "miscounted",
        "default:event.add",
        3,
        detail,
    )
    (batch,) = journal.read(store)
    assert (batch.delivered, batch.error, batch.miscount) == (3, "", detail)
    message_id = f"{LANE}@{batch.last}"
    (_, sent) = trace.trace(store, message_id).steps
    assert sent.detail == f"attempt 1, 3 messages: 3 delivered ({detail})"


def test_events_that_the_api_never_creates_are_held(delivered):
    api = Counting(never=ALL)
    letter = ("ambiguous", "createdAmount 0 and failedAmount 0 of 3 events")
    assert delivered(api) == [letter] * 3
    assert api.names() == []
    assert api.asked < 2 * MOST_QUESTIONS


def test_an_answer_that_says_nothing_of_events_is_asked_about_and_none_is_sent_twice(delivered):
    api = Counting(says_so=False)
    assert delivered(api) == []
    assert api.names() == ALL
    assert api.asked == 1
