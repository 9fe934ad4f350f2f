"""A message knows the system it was made for: no other system gets it."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from batchline.producers import MadeForAnother, Producer
from batchline.producers.lanes import Lane
from batchline.systems.esputnik import messages as esputnik
from batchline.systems.requests import HttpAnswer
from batchline.systems.salesmanago.messages import CouponRedemption
from batchline.worker.cli.dead import edit, replay
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.delivery import confirmations
from batchline.worker.delivery.lane import deliver
from batchline.worker.inspection import status
from tests.builders import contact
from tests.fake_api import ACCOUNT, FakeApi, Upserts, configure, context_of

LANE = Lane("default", "contact.upsert")
COUPONS = Lane("default", "coupon.redeem")
YESPO = """
[accounts.default]
system = "esputnik"
url = "http://127.0.0.1:9"
api_key = "k"
"""
ANN = esputnik.ContactUpsert.model_validate({"channels": [{"type": "email", "value": "ann@x.pl"}]})


class Refuses(FakeApi):
    """Refuses everything."""

    def work(self, url, body):
        return {"success": False, "message": ["no such coupon"]}


@pytest.fixture
def account(redis_url, tmp_path, monkeypatch):
    """Write settings with this account, and read them."""
    return lambda text: configure(tmp_path, monkeypatch, f'redis_url = "{redis_url}"\n{text}')


def test_messages_of_an_account_that_changed_its_system_are_held_until_it_has_it_back(
    store, account
):
    before = account(ACCOUNT)
    with Producer(before) as producer:
        producer.send(contact("ann@shop.example", properties={"n": "1"}))
    after = account(YESPO)
    api = Upserts([])
    report = deliver(LANE, context_of(store, after, api))
    assert report.failed
    assert "made for salesmanago" in report.note
    assert (api.arrived, status.read(store).totals["backlog"]) == ({}, 1)

    with Producer(after) as producer, pytest.raises(MadeForAnother, match="salesmanago"):
        producer.send(ANN)
    assert status.read(store).totals["accepted"] == 1

    store.client.hdel(store.keys.state(LANE), "retry_at")
    deliver(LANE, context_of(store, account(ACCOUNT), api))
    assert api.arrived == {"ann@shop.example": [1]}
    with Producer(account(YESPO)) as producer:
        producer.send(ANN)
    assert status.read(store).totals["backlog"] == 1


class Imports(FakeApi):
    """Accepts each batch as the job 17, and says that the job called every contact invalid."""

    def __init__(self, invalid):
        super().__init__()
        self.asked, self._invalid = [], invalid

    def send(self, call):
        if call.method == "GET":
            self.asked.append(call.url)
            body = {"asyncSessionId": "17", "status": "ERROR", "description": "wrong file"}
            file = {"success": True, "invalidContacts": self._invalid}
            found = body if "importstatus" in call.url else file
            return HttpAnswer(200, {}, json.dumps(found).encode())
        return super().send(call)

    def work(self, url, body):
        if url.endswith("job/status"):
            self.asked.append(url)
            return {"success": True, "message": [], "fileUrl": "http://127.0.0.1:9/17.json"}
        return {"success": True, "message": [], "requestId": 17}


def test_a_job_waits_for_its_own_system_and_its_letters_bear_that_systems_name(store, account):
    with Producer(account(ACCOUNT)) as producer:
        producer.send_many([contact("bob@shop.example"), contact("ann@shop.example")])
    api = Imports([{"email": "bob@shop.example", "message": "no such domain"}])
    deliver(LANE, context_of(store, account(ACCOUNT), api))
    (name,) = store.client.zrange(store.keys.jobs, 0, -1)

    there = context_of(store, account(YESPO + "jobs = {until = 0.001}"), api)
    for _ in range(3):
        asked = confirmations.confirm(name.decode(), there)
        assert (asked.failed, api.asked) == (True, [])
    assert str(asked).endswith("is of salesmanago, and the account is of esputnik")
    (lane,) = status.read(store).lanes
    assert (lane.confirming, lane.unconfirmed, lane.dead) == (2, 0, 0)

    confirmations.confirm(name.decode(), context_of(store, account(ACCOUNT), api))
    (letter,) = dead_letters.find(store)
    assert (letter.contact, letter.system) == ("bob@shop.example", "salesmanago")
    account(YESPO)
    with Producer(account(YESPO)) as producer:
        producer.send(ANN)
    assert dead_letters.replay(store, [letter.id]) == (0, 1, 0), "the lane is of another system now"


def test_a_job_that_an_older_release_wrote_is_of_its_accounts_system(store, account):
    with Producer(account(ACCOUNT)) as producer:
        producer.send(contact("ann@shop.example"))
    context = context_of(store, account(ACCOUNT), Imports([]))
    deliver(LANE, context)
    (name,) = store.client.zrange(store.keys.jobs, 0, -1)
    line, _, packed = store.client.hget(store.keys.jobs_body, name).partition(b"\n")
    job = {field: value for field, value in json.loads(line).items() if field != "system"}
    store.client.hset(store.keys.jobs_body, name, json.dumps(job).encode() + b"\n" + packed)
    assert str(confirmations.confirm(name.decode(), context)) == "1 confirmed, 0 dead"


def invoke(command, *options):
    """The exit status of a command, and all that it printed."""
    done = CliRunner().invoke(command, list(options))
    return done.exit_code, done.output


def test_a_dead_letter_of_the_system_that_the_account_had_before_is_not_replayed_to_the_new_one(
    store, account
):
    with Producer(account(ACCOUNT)) as producer:
        producer.send(contact("ann@shop.example", properties={"n": "7"}))
    deliver(LANE, context_of(store, account(ACCOUNT), Upserts([], bad=[7])))
    (letter,) = dead_letters.choose(store)

    account(YESPO)
    status_code, printed = invoke(replay.command, "--all")
    assert status_code == 1
    assert "1 stay: they were made for the system that their account had before" in printed
    status_code, printed = invoke(edit.command, letter.id, "--set", "contact.name=Ann")
    assert (status_code, "Nothing is changed" in printed) == (1, True)
    assert status.read(store).totals["dead"] == 1

    account(ACCOUNT)
    assert invoke(replay.command, "--all") == (0, "1 replayed\n")
    api = Upserts([])
    deliver(LANE, context_of(store, account(ACCOUNT), api))
    assert api.arrived == {"ann@shop.example": [7]}


def test_a_dead_letter_is_not_replayed_into_a_lane_that_holds_messages_of_another_system(
    store, account
):
    with Producer(account(ACCOUNT)) as producer:
        producer.send(contact("ann@shop.example", properties={"n": "7"}))
    deliver(LANE, context_of(store, account(ACCOUNT), Upserts([], bad=[7])))
    (letter,) = dead_letters.choose(store)
    with Producer(account(YESPO)) as producer:
        producer.send(ANN)
    account(ACCOUNT)
    assert dead_letters.replay(store, [letter.id]) == (0, 1, 0)
    assert status.read(store).totals["dead"] == 1


def test_an_operation_that_the_new_system_does_not_have_is_named_where_a_letter_is_mended(
    store, account
):
    with Producer(account(ACCOUNT)) as producer:
        producer.send(CouponRedemption(email="ann@shop.example", coupon="C1"))
    deliver(COUPONS, context_of(store, account(ACCOUNT), Refuses()))
    (letter,) = dead_letters.choose(store)
    account(YESPO)
    status_code, printed = invoke(edit.command, letter.id, "--set", "coupon=C2")
    assert status_code == 1
    assert "coupon.redeem" in printed
    assert "Nothing is changed" in printed
