"""`resume` lets a lane go on at once, whatever it waits for."""

from __future__ import annotations

import pytest

from batchline.producers import Producer
from batchline.producers.lanes import Lane
from batchline.systems.requests import HttpAnswer
from batchline.systems.salesmanago.messages import ContactUpsert
from batchline.worker.delivery.http import NoAnswer
from batchline.worker.delivery.lane import deliver
from batchline.worker.runtime.dispatcher import dispatch
from batchline.worker.store import lease, pause
from batchline.worker.store.lease import NotClaimed
from batchline.worker.store.pause import Resumed
from batchline.worker.store.store import Store
from tests.fake_api import ACCOUNT, FakeApi, configure, context_of

LANE = Lane("default", "contact.upsert")
HOST = "127.0.0.1:9"
#: A lane waits for hours where it waits at all.
LONG = ACCOUNT.replace("backoff", "# backoff").replace("breaker", "# breaker") + (
    "backoff = {first = 9000, factor = 1, max = 9000}\nbreaker = {streak = 2, open = 9000}\n"
)
FAILURES = {
    "backs off": [HttpAnswer(500, {}, b"")],
    "told to wait by the API": [HttpAnswer(503, {"Retry-After": "9000"}, b"")],
    "the operation's breaker": [HttpAnswer(500, {}, b"")] * 2,
    "the host's breaker": [NoAnswer("connection refused", sent=False, unreachable=True)] * 2,
}


class Failing(FakeApi):
    """Answers its calls with these, in turn."""

    def __init__(self, answers) -> None:
        super().__init__()
        self.answers = list(answers)

    def send(self, call):
        answer = self.answers.pop(0)
        if isinstance(answer, NoAnswer):
            raise answer
        return answer


@pytest.fixture
def loaded(redis_url, tmp_path, monkeypatch):
    return configure(tmp_path, monkeypatch, f'redis_url = "{redis_url}"\n{LONG}')


@pytest.fixture
def waiting(store, loaded):
    """A lane that holds a message."""
    with Producer(loaded) as producer:
        producer.send(ContactUpsert.model_validate({"contact": {"email": "ann@shop.example"}}))
    return store


def claim(store):
    return lease.claim(store, LANE, 60, 10, HOST)


@pytest.mark.parametrize("why", FAILURES)
@pytest.mark.parametrize("scope", ["default", "default:contact.upsert", str(LANE)])
def test_a_lane_that_waits_after_failures_is_tried_at_once(waiting, loaded, why, scope):
    context = context_of(waiting, loaded, Failing(FAILURES[why]))
    for _ in FAILURES[why]:
        deliver(LANE, context)
        waiting.client.hdel(waiting.keys.state(LANE), "retry_at")
    deliver(LANE, context_of(waiting, loaded, Failing([HttpAnswer(500, {}, b"")])))
    assert isinstance(claim(waiting), NotClaimed)
    resumed = pause.resume(waiting, scope)
    assert resumed == Resumed(was_paused=False, ready=1, busy=0, held=0, lanes=1)
    assert dispatch(waiting) == [(str(LANE), 1)]
    assert not isinstance(claim(waiting), NotClaimed)


def test_a_lane_whose_breaker_waits_for_the_probe_of_another_lane_is_tried_at_once(waiting):
    breaker = waiting.keys.breaker("default", "contact.upsert")
    waiting.client.hset(breaker, mapping={"state": "half", "until": 10**14})
    assert claim(waiting).code == "operation"
    assert pause.resume(waiting, "default").ready == 1
    assert not isinstance(claim(waiting), NotClaimed)


def test_the_lease_of_a_worker_that_is_gone_is_over_and_that_of_a_living_one_is_kept(waiting):
    other = Store(waiting.client, waiting.keys)
    dispatch(other)  # its sign of life
    claim(other)
    assert pause.resume(waiting, "default") == Resumed(False, ready=0, busy=1, held=0, lanes=1)
    assert claim(waiting).code == "busy"
    waiting.client.zincrby(waiting.keys.workers, -pause.GONE_AFTER * 1000 - 1, other.owner)
    assert pause.resume(waiting, "default").ready == 1
    assert not isinstance(claim(waiting), NotClaimed)


def test_a_lane_of_the_scope_that_another_pause_holds_stays_held(waiting):
    pause.pause(waiting, "default", "stocktaking")
    pause.pause(waiting, str(LANE), "a bad file")
    assert pause.resume(waiting, "default") == Resumed(True, ready=0, busy=0, held=1, lanes=1)
    assert claim(waiting).code == "paused"
