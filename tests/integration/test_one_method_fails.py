"""Operations of one lane have methods of their own: one that fails holds up no other."""

from __future__ import annotations

import json

import pytest

from batchline.producers import Producer
from batchline.producers.lanes import Lane
from batchline.systems.requests import HttpAnswer
from batchline.systems.smartsender.messages import ContactUpdate, FunnelAddContact
from batchline.worker.delivery.blame import SUSPECT_AFTER
from batchline.worker.delivery.lane import deliver
from batchline.worker.inspection import status
from tests.fake_api import FakeApi, configure, context_of, work

LANE = Lane("default", "contact.update")
FAILS = HttpAnswer(500, {}, b"<html>error</html>")
#: Batches in which a witness of another method is drawn, but for one time in a billion.
LUCK = 6
ACCOUNT = """
[accounts.default]
system = "smartsender"
url = "http://127.0.0.1:9"
token = "t"
limits = {per_minute = 100000}
verify_after = 0
backoff = {first = 0.001, max = 0.001}
parallel = 1
breaker = {streak = 1000, least = 100000}
suspects = {every = 60, until = 120}
"""


class Project(FakeApi):
    """Fails on whatever is about a funnel, and on all values but so many."""

    def __init__(self) -> None:
        super().__init__()
        self.are_funnels_down = True
        self.values_until_down: int | None = None
        #: Contact -> its values, and the funnels that it entered, as they arrived.
        self.arrived: dict[str, list[object]] = {}

    def send(self, call):
        contact, *rest = call.url.partition("/contacts/")[2].split("/")
        if rest and self.are_funnels_down:
            return FAILS
        if not rest and self.values_until_down is not None:
            self.values_until_down -= 1
            if self.values_until_down < 0:
                return FAILS
        what = rest[1] if rest else json.loads(call.body)["values"]["n"]
        self.arrived.setdefault(contact, []).append(what)
        return HttpAnswer(200, {}, b'{"state": true}')


class Shop:
    """Delivers the messages of one lane, batch after batch."""

    def __init__(self, store, settings) -> None:
        self.store, self.api = store, Project()
        self.producer = Producer(settings)
        self._context = context_of(store, settings, self.api)

    def send(self, funnels, values):
        self.producer.send_many([FunnelAddContact(contact_id=c, service_key="f") for c in funnels])
        self.producer.send_many([ContactUpdate(contact_id=c, values={"n": 1}) for c in values])

    def deliver(self, times):
        for _ in range(times):
            deliver(LANE, self._context)
            self.store.client.hdel(self.store.keys.state(LANE), "retry_at")

    def work(self):
        work(self._context, LANE)

    @property
    def totals(self):
        totals = status.read(self.store).totals
        return {name: totals[name] for name in ("delivered", "dead")}


@pytest.fixture
def shop(store, redis_url, tmp_path, monkeypatch):
    text = f'redis_url = "{redis_url}"\n{ACCOUNT}'
    shop = Shop(store, configure(tmp_path, monkeypatch, text))
    with shop.producer:
        yield shop


FUNNELS = [f"1{n:02}" for n in range(10)]
VALUES = [f"2{n:02}" for n in range(40)]


def test_messages_of_other_methods_go_on_at_once_where_one_method_of_their_lane_fails(shop):
    shop.send(FUNNELS, VALUES)
    shop.deliver(SUSPECT_AFTER + LUCK)
    assert shop.api.arrived == {contact: [1] for contact in VALUES}


def test_a_message_does_not_pass_an_older_one_of_its_contact_whose_method_fails(shop):
    shop.send(FUNNELS, [*FUNNELS, *VALUES])
    shop.deliver(SUSPECT_AFTER + LUCK)
    assert shop.api.arrived == {contact: [1] for contact in VALUES}
    shop.api.are_funnels_down = False
    for member in shop.store.client.zrange(shop.store.keys.parked, 0, -1):
        shop.store.client.zadd(shop.store.keys.parked, {member: 0})
    shop.work()
    assert {contact: shop.api.arrived[contact] for contact in FUNNELS} == {
        contact: ["f", 1] for contact in FUNNELS
    }
    assert shop.totals == {"delivered": 60, "dead": 0}


def test_where_the_other_methods_begin_to_fail_too_their_messages_wait(shop):
    shop.api.values_until_down = 7
    shop.send(FUNNELS, VALUES)
    shop.deliver(SUSPECT_AFTER + LUCK)
    assert len(shop.api.arrived) == 7
    shop.api.are_funnels_down, shop.api.values_until_down = False, None
    for member in shop.store.client.zrange(shop.store.keys.parked, 0, -1):
        shop.store.client.zadd(shop.store.keys.parked, {member: 0})
    shop.work()
    assert shop.api.arrived == {c: ["f"] for c in FUNNELS} | {c: [1] for c in VALUES}
    assert shop.totals == {"delivered": 50, "dead": 0}
