"""Thousands of messages of one contact may wait: each costs no more for that."""

from __future__ import annotations

import pytest

from batchline.producers import Producer
from batchline.producers.lanes import Lane
from batchline.systems.salesmanago.messages import ContactDeletion
from batchline.worker.delivery import confirmations, ordering
from batchline.worker.delivery.lane import deliver
from batchline.worker.delivery.open_job import Job
from batchline.worker.store.message_ids import in_order
from batchline.worker.store.parking import unpark
from tests.builders import ANN, contact
from tests.fake_api import ACCOUNT, Upserts, configure, context_of

LANE = Lane("default", "contact.upsert")
RULES = """
jobs = {poll = 600, until = 3600}
[accounts.default.operations."contact.upsert"]
linger = 0
batch_size = 100
"""


class Api(Upserts):
    """Notes what was done: the numbers of the upserts, and the deletion."""

    def __init__(self):
        super().__init__(())
        self.done = []

    def work(self, url, body):
        if "batchupsertv2" not in url:
            self.done.append("deleted")
            return {"success": True, "message": []}
        self.done += [int(one["properties"]["n"]) for one in body["upsertDetails"]]
        return {"success": True, "message": [], "requestId": len(self.done)}


class Shop:
    def __init__(self, store, settings):
        self.store, self.client, self.settings = store, store.client, settings
        self.api = Api()
        self.context = context_of(store, settings, self.api)

    def send(self, *messages):
        with Producer(self.settings) as producer:
            return producer.send_many(messages)

    def upserts(self, numbers):
        return self.send(*(contact(ANN, properties={"n": str(n)}) for n in numbers))

    def parked(self):
        """Message ids in the order in which they come back."""
        members = self.client.zrange(self.store.keys.parked, 0, -1)
        return sorted(range(len(members)), key=lambda n: in_order(members[n].decode()))

    def calls(self, work):
        """Command -> how often `work` made Redis carry it out, by scripts or not."""
        self.client.config_resetstat()
        work()
        stats = self.client.info("commandstats")
        return {name.removeprefix("cmdstat_"): one["calls"] for name, one in stats.items()}

    def come_back(self):
        """Everything that is parked is in its lane again."""
        for member in self.client.zrange(self.store.keys.parked, 0, -1):
            self.client.zincrby(self.store.keys.parked, -(2.0**41), member)
        while unpark(self.store):
            pass


@pytest.fixture
def shop(store, redis_url, tmp_path, monkeypatch):
    """An upsert of Ann is in an open job, and her deletion waits for its end."""
    text = f'redis_url = "{redis_url}"\n{ACCOUNT}{RULES}'
    shop = Shop(store, configure(tmp_path, monkeypatch, text))
    shop.upserts([0])
    deliver(LANE, shop.context)
    shop.send(ContactDeletion(email=ANN))
    deliver(LANE, shop.context)
    assert store.client.zcard(store.keys.parked) == 1
    yield shop
    shop.context.pool.shutdown()


def test_what_parking_a_message_costs_redis_does_not_grow_with_those_that_wait(shop):
    costs = []
    for number in range(1, 3001, 1000):
        shop.upserts(range(number, number + 100))
        costs.append(shop.calls(lambda: deliver(LANE, shop.context)))
        shop.upserts(range(number + 100, number + 1000))
        deliver(LANE, shop.context)
    assert shop.client.zcard(shop.store.keys.parked) == 3001
    few, *many = ({name: calls for name, calls in one.items() if name[0] == "z"} for one in costs)
    assert many == [few, few]
    assert sum(few.values()) < 100 * 6


def test_those_that_wait_come_back_in_their_order_however_many_and_however_often(shop):
    for number in range(1, 2501, 500):
        shop.upserts(range(number, number + 500))
        deliver(LANE, shop.context)
    in_their_order = list(range(2501))
    assert shop.parked() == in_their_order
    shop.come_back()
    deliver(LANE, shop.context)
    assert shop.parked() == in_their_order, "the job is still open"


def test_a_message_goes_behind_older_ones_and_not_behind_younger_ones(shop):
    """Else each round would put the first one last, and the others behind it again."""
    deletion = shop.client.zrange(shop.store.keys.parked, 0, 0)[0]
    shop.upserts(range(1, 300))
    deliver(LANE, shop.context)
    shop.client.zincrby(shop.store.keys.parked, -(2.0**41), deletion)
    assert unpark(shop.store) == 1
    deliver(LANE, shop.context)
    until = shop.client.zscore(shop.store.keys.parked, deletion)
    others = shop.client.zrange(shop.store.keys.parked, 0, -1, withscores=True)
    assert {at - until < 1000 for _, at in others} == {True}


def test_when_the_job_ends_all_go_to_the_api_in_their_order(shop):
    shop.upserts(range(1, 601))
    deliver(LANE, shop.context)
    (job,) = shop.client.zrange(shop.store.keys.jobs, 0, -1)
    stored = Job.read(job.decode(), shop.client.hget(shop.store.keys.jobs_body, job.decode()))
    confirmations._end(shop.context, stored, confirmations.JobEnded())
    while unpark(shop.store):
        pass
    deliver(LANE, shop.context)
    # Merged, of each batch the last value remains.
    assert shop.api.done[:2] == [0, "deleted"]
    assert shop.api.done[2:] == sorted(shop.api.done[2:])
    assert shop.api.done[-1] == 600


def test_looking_for_older_ones_reads_the_ids_of_those_that_wait_once(monkeypatch):
    read = []
    monkeypatch.setattr(ordering, "in_order", lambda one: read.append(one) or in_order(one))
    ids = [f"{LANE}@{1_000 + n}-0" for n in range(4000)]
    one = ordering.Ordering("contact.upsert", lambda n: [ids[i] for i in n], True, 1.0, {})
    one.blocking = {ANN: set(ids)}
    one.unsettled = {ANN: set(ids)}
    for n in range(1, 4000):
        item = Asked(n)
        behind = one.behind(item)
        assert behind is not None
        one.park(item, behind)
    assert len(read) < 5 * len(ids)


class Asked:
    """An item of one message about Ann."""

    contact, operation = ANN, "contact.upsert"

    def __init__(self, index):
        self.messages = (index,)
