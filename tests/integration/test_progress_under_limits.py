"""A lane gets on under any rate limit: what a batch loses, a smaller one learns again."""

from __future__ import annotations

import pytest

from batchline.producers import Producer
from batchline.producers.lanes import Lane
from batchline.systems.requests import HttpAnswer
from batchline.systems.salesmanago.messages import ContactUpsert
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.delivery.lane import deliver
from batchline.worker.inspection import status
from tests.fake_api import ACCOUNT, FakeApi, configure, context_of, work

#: A rate limit's window is longer than a batch waits for on the spot, and an API that refuses
#: calls for it does not make the account slower.
SLOW = ACCOUNT.replace("backoff", "# backoff") + "backoff = {first = 60, factor = 1, max = 60}\n"
BUSY = HttpAnswer(429, {"Retry-After": "60"}, b"")


class Window(FakeApi):
    """Answers so many calls, and refuses the others until the next window."""

    def __init__(self, size) -> None:
        super().__init__()
        self.size = self.left = size
        self.calls = 0

    def send(self, call):
        if not self.left:
            return BUSY
        self.left -= 1
        self.calls += 1
        return super().send(call)


def windows(store, context, lane, most):
    """Deliver in one window of the API after the other, until the lane is empty."""
    keys, api = store.keys, context.http
    for _ in range(most):
        deliver(lane, context)
        if store.client.xlen(keys.stream(lane)) == 0:
            return
        api.left = api.size
        store.client.hdel(keys.state(lane), "retry_at", "waits_with")
        store.client.delete(*keys.limits(lane.account))
    raise AssertionError(f"{status.read(store).totals} after {most} windows")


class Guilty(Window):
    """Refuses every batch that holds a bad contact."""

    def work(self, url, body):
        emails = [item["contact"]["email"] for item in body["upsertDetails"]]
        if any(email.startswith("bad") for email in emails):
            return {"success": False, "message": ["contact is not valid"]}
        return {"success": True, "message": [], "requestId": 1}


def settings_of(redis_url, tmp_path, monkeypatch, account=SLOW, more=""):
    return configure(tmp_path, monkeypatch, f'redis_url = "{redis_url}"\n{account}{more}')


@pytest.mark.parametrize("size", [1, 2, 5, 8])
@pytest.mark.parametrize("bad", [0, 150, 299])
def test_a_refused_message_is_found_however_few_calls_the_api_takes_at_a_time(
    store, redis_url, tmp_path, monkeypatch, size, bad
):
    loaded = settings_of(redis_url, tmp_path, monkeypatch, more="jobs = {confirm = false}\n")
    context, lane = context_of(store, loaded, Guilty(size)), Lane("default", "contact.upsert")
    emails = [f"{'bad' if number == bad else 'c'}{number}@shop.example" for number in range(300)]
    with Producer(loaded) as producer:
        producer.send_many([ContactUpsert(contact={"email": email}) for email in emails])
    windows(store, context, lane, 60)
    totals = status.read(store).totals
    assert (totals["delivered"], totals["dead"]) == (299, 1)


class Broken(Window):
    """Fails on every batch that holds a poisonous contact."""

    def send(self, call):
        if self.left and b"poison" in call.body:
            self.left -= 1
            return HttpAnswer(500, {}, b"")
        return super().send(call)

    def work(self, url, body):
        return {"success": True, "message": [], "requestId": 1}


def test_a_message_that_makes_the_api_fail_is_found_with_one_request_a_second(
    store, redis_url, tmp_path, monkeypatch
):
    limited = "limits = {per_second = 1}\n"
    hasty = ACCOUNT.replace("until = 0.02", "until = 0.002")
    loaded = settings_of(redis_url, tmp_path, monkeypatch, hasty, limited)
    context, lane = context_of(store, loaded, Broken(1000)), Lane("default", "contact.upsert")
    with Producer(loaded) as producer:
        emails = ["poison@shop.example", "ann@shop.example"]
        producer.send_many([ContactUpsert(contact={"email": email}) for email in emails])
    work(context, lane, rounds=1_000_000)  # most of them find no grant yet
    totals = status.read(store).totals
    assert (totals["delivered"], totals["dead"]) == (1, 1)


def test_messages_grow_too_old_where_a_rate_limit_lets_no_witness_through(
    store, redis_url, tmp_path, monkeypatch
):
    loaded = settings_of(redis_url, tmp_path, monkeypatch, more="max_age = 1\n")
    context, lane = context_of(store, loaded, Broken(1)), Lane("default", "contact.upsert")
    with Producer(loaded) as producer:
        emails = ["poison1@shop.example", "poison2@shop.example"]
        producer.send_many([ContactUpsert(contact={"email": email}) for email in emails])
    windows(store, context, lane, 100_000)
    assert [letter.reason for letter in dead_letters.find(store)] == ["expired", "expired"]
