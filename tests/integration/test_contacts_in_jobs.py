"""A deletion waits for the open jobs that hold its contact; a process reads each job once."""

from __future__ import annotations

import pytest

from batchline.producers import Producer
from batchline.producers.lanes import Lane
from batchline.systems.salesmanago.messages import ContactDeletion
from batchline.systems.verdicts import JobEnded
from batchline.worker.delivery import confirmations
from batchline.worker.delivery.job_contacts import JobContacts
from batchline.worker.delivery.lane import deliver
from batchline.worker.delivery.open_job import Job
from tests.builders import contact
from tests.fake_api import ACCOUNT, OF_FIVE, FakeApi, configure, context_of

LANE = Lane("default", "contact.upsert")
GIVEN_UP = JobEnded(unconfirmed="the job has not ended")


class Api(FakeApi):
    """Every batch of upserts is a job; it notes how many deletions arrive."""

    deleted = jobs = 0

    def work(self, url, body):
        if "batchupsertv2" not in url:
            self.deleted += 1
            return {"success": True, "message": []}
        self.jobs += 1
        return {"success": True, "message": [], "requestId": self.jobs}


class Shop:
    def __init__(self, store, settings):
        self.store, self.api = store, Api()
        self.context = context_of(store, settings, self.api)
        self._settings = settings

    def send(self, *messages):
        with Producer(self._settings) as producer:
            producer.send_many(messages)
        deliver(LANE, self.context)

    def upserts(self, first, count):
        self.send(*(contact(f"c{first + n}@shop.example") for n in range(count)))

    def deletes(self, number):
        """Whether the deletion went to the API at once."""
        before = self.api.deleted
        self.send(ContactDeletion(email=f"c{number}@shop.example"))
        return self.api.deleted > before

    def end(self, index):
        """End an open job, as unconfirmed."""
        (name,) = self.store.client.zrange(self.store.keys.jobs, index, index)
        body = self.store.client.hget(self.store.keys.jobs_body, name.decode())
        confirmations._end(self.context, Job.read(name.decode(), body), GIVEN_UP)

    def bodies_read(self, work):
        """How many bodies of jobs `work` reads."""
        read, original = [], Job.read
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Job, "read", lambda *given: read.append(1) or original(*given))
            work()
        return len(read)


@pytest.fixture
def shop(store, redis_url, tmp_path, monkeypatch):
    text = f'redis_url = "{redis_url}"\n{ACCOUNT}{OF_FIVE}linger = 0'
    shop = Shop(store, configure(tmp_path, monkeypatch, text))
    yield shop
    shop.context.pool.shutdown()


def test_each_open_job_is_read_once_however_many_deletions_come(shop):
    shop.upserts(0, 60)
    assert shop.bodies_read(lambda: shop.deletes(900)) == 12
    assert shop.bodies_read(lambda: shop.deletes(901)) == 0
    shop.upserts(60, 10)
    assert shop.bodies_read(lambda: shop.deletes(902)) == 2
    assert shop.api.deleted == 3


def test_only_the_deletion_of_a_contact_in_an_open_job_waits_whenever_the_job_was_read(shop):
    shop.upserts(0, 10)
    assert [shop.deletes(n) for n in (3, 900, 7, 901)] == [False, True, False, True]
    shop.upserts(20, 5)
    assert [shop.deletes(n) for n in (24, 8, 902)] == [False, False, True]


@pytest.mark.parametrize("body", [b"", b"no job", b'{"lane": 3}\nx'])
def test_a_job_that_cannot_be_read_holds_nobody_up(shop, body):
    shop.upserts(0, 5)
    (name,) = shop.store.client.zrange(shop.store.keys.jobs, 0, 0)
    shop.store.client.hset(shop.store.keys.jobs_body, name.decode(), body)
    shop.upserts(5, 5)
    assert [shop.deletes(n) for n in (900, 7, 3)] == [True, False, True]


def test_a_job_that_has_ended_holds_nobody_any_more(shop):
    shop.upserts(0, 10)
    assert shop.deletes(900)
    shop.end(0)
    assert [shop.deletes(n) for n in (2, 7)] == [True, False]


def test_what_is_not_remembered_for_want_of_room_is_found_all_the_same():
    known = JobContacts(most=2)
    jobs = {f"lane@{n}": [f"c{n}", f"d{n}"] for n in range(5)}
    for _ in range(2):
        found, unknown = known.find(jobs, "lane@", ["c0", "d3", "e1"])
        for job in unknown:
            found |= known.add(job, jobs[job], ["c0", "d3", "e1"])
        assert found == {"c0", "d3"}
    assert unknown == ["lane@2", "lane@3", "lane@4"]
    assert known.find(["other@1"], "other@", ["c0"]) == (set(), ["other@1"])
    assert known.find(["lane@0"], "lane@", ["c0"]) == ({"c0"}, []), "others' jobs forget none"
    assert known.find(["lane@1"], "lane@", ["c1"]) == (set(), ["lane@1"]), "it had ended"
