"""A lease covers every request: nothing is sent late, and no lane waits with its lease running."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace

import pytest

from batchline.producers import Producer
from batchline.producers.lanes import Lane, partition_of
from batchline.systems.requests import HttpAnswer
from batchline.systems.salesmanago.messages import CouponRedemption
from batchline.worker.delivery import sender, settle
from batchline.worker.delivery.lane import deliver
from batchline.worker.runtime.process import Process
from batchline.worker.store import clock
from batchline.worker.store import lease as leases
from tests.builders import contact
from tests.fake_api import ACCOUNT, FakeApi, Upserts, configure, context_of
from tests.waiting import PATIENCE

UPSERTS = Lane("default", "contact.upsert")
COUPONS = Lane("default", "coupon.redeem")
FINE = HttpAnswer(200, {}, b'{"success": true, "message": []}')
#: Requests take up to 3 s, leases last 8.
TIMES = "timeout = {connect = 1, read = 2}\nlease = 8\n"
ONE_BY_ONE = """
[accounts.default.operations."contact.upsert"]
batch_size = 1
linger = 0
"""


def coupons(count):
    return [CouponRedemption(email=f"c{n}@shop.example", coupon=f"c{n}") for n in range(count)]


@pytest.fixture
def ready(store, redis_url, tmp_path, monkeypatch):
    """Settings with these lines more, and a context for this API."""

    def make(api, more="", parallel=1):
        text = ACCOUNT.replace("parallel = 1\n", f"parallel = {parallel}\n{TIMES}")
        loaded = configure(tmp_path, monkeypatch, f'redis_url = "{redis_url}"\n{text}{more}')
        return loaded, context_of(store, loaded, api, parallel)

    return make


class Hand:
    """A clock that is moved by hand."""

    def __init__(self, monkeypatch) -> None:
        self.now = clock.seconds()
        monkeypatch.setattr(clock, "seconds", lambda: self.now)


def upsert(number):
    return contact("ann@shop.example", properties={"n": str(number)})


@pytest.mark.parametrize("call", ["claim", "settle"])
def test_a_worker_suspended_with_the_answer_that_gave_it_a_batch_sends_nothing_of_it(
    store, ready, monkeypatch, call
):
    api = Upserts([])
    loaded, context = ready(api, ONE_BY_ONE)
    hand = Hand(monkeypatch)
    producer = Producer(loaded)
    producer.send_many([upsert(n) for n in range(1 if call == "claim" else 2)])
    module, name = (leases, "claim") if call == "claim" else (settle, "settle")
    original, suspended = getattr(module, name), []

    def late(*arguments):
        answer = original(*arguments)
        if isinstance(getattr(answer, "next", answer), tuple) and not suspended:
            # The process stands still: the lease is over, and another worker goes on.
            suspended.append(True)
            hand.now += 60
            store.client.hset(store.keys.state(UPSERTS), "until", 0)
            deliver(UPSERTS, context)
            producer.send(upsert(9))
            deliver(UPSERTS, context)
        return answer

    monkeypatch.setattr(module, name, late)
    report = deliver(UPSERTS, context)
    assert report.note == "the lease was lost, another worker goes on"
    sent = [0, 9] if call == "claim" else [0, 1, 9]
    assert api.arrived == {"ann@shop.example": sent}


def test_a_request_begins_only_while_the_lease_outlives_its_timeouts(store, ready, monkeypatch):
    class Slow(FakeApi):
        """Answers just in time."""

        def work(self, url, body):
            left.append(ends[-1] - hand.now)
            hand.now += 2.9
            return {"success": True, "message": []}

    loaded, context = ready(Slow(), parallel=6)
    # Six requests at once, and one thread for them: all but the first have to wait.
    context = replace(context, pool=ThreadPoolExecutor(1))
    hand, left, ends = Hand(monkeypatch), [], []
    for name in ("claim", "renew"):
        original = getattr(leases, name)

        def noting(*arguments, original=original, name=name):
            answer = original(*arguments)
            ends.append(answer if name == "renew" else answer[0].until)
            return answer

        monkeypatch.setattr(leases, name, noting)
    with Producer(loaded) as producer:
        producer.send_many(coupons(12))
    deliver(COUPONS, context)
    assert len(left) == 12
    assert min(left) >= 3
    # It is renewed now and then, not for every request.
    assert len(ends) < 12


def test_requests_of_all_lanes_at_once_wait_for_no_thread(store, ready):
    lanes, parallel = 5, 3
    met = threading.Barrier(lanes * parallel, timeout=PATIENCE)

    class Meeting(FakeApi):
        """Answers when the requests of all lanes have reached it."""

        def send(self, call):
            met.wait()
            return FINE

    more = f'[accounts.default.operations."coupon.redeem"]\npartitions = {lanes}\n'
    loaded, _ = ready(FakeApi(), more, parallel=parallel)
    process = Process(loaded, store)
    process.share(lanes)
    context = replace(process.context("default"), http=Meeting())
    by_lane: dict[int, list[CouponRedemption]] = {number: [] for number in range(lanes)}
    for message in coupons(400):
        by_lane[partition_of(message.contact_key(), lanes)].append(message)
    with Producer(loaded) as producer:
        producer.send_many([one for some in by_lane.values() for one in some[:parallel]])
    queues = [Lane("default", "coupon.redeem", number) for number in range(lanes)]
    with ThreadPoolExecutor(lanes) as workers:
        reports = list(workers.map(lambda lane: str(deliver(lane, context)), queues))
    assert reports == [f"{parallel} delivered"] * lanes


def test_nothing_of_a_batch_is_under_way_once_its_delivery_has_ended(ready, monkeypatch):
    first, begun, failed = threading.Lock(), threading.Event(), threading.Event()
    ended = []

    class Half(FakeApi):
        """Fails at its first request by a fault of ours, and answers the other one later."""

        def send(self, call):
            if first.acquire(blocking=False):
                begun.wait(PATIENCE)
                raise KeyError("a fault")
            begun.set()
            failed.wait(PATIENCE)
            ended.append(True)
            return FINE

    def waiting(requests):
        failed.set()
        wait(requests)

    monkeypatch.setattr(sender, "wait", waiting)
    loaded, context = ready(Half(), parallel=2)
    with Producer(loaded) as producer:
        producer.send_many(coupons(2))
    with pytest.raises(KeyError):
        deliver(COUPONS, context)
    assert ended == [True]
