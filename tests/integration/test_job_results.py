"""The result of a job confirms its messages, or says of some that they are invalid, or neither."""

from __future__ import annotations

import json

import pytest

from batchline.producers import Producer
from batchline.producers.lanes import Lane
from batchline.systems.requests import HttpAnswer
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.delivery import confirmations
from batchline.worker.delivery.lane import deliver
from batchline.worker.inspection import status
from tests.builders import contact
from tests.fake_api import ACCOUNT, FakeApi, configure, context_of

LANE = Lane("default", "contact.upsert")
URL = "http://127.0.0.1:9"
ANN, BOB, CID = "ann@shop.example", "bob@shop.example", "cid@shop.example"


class Jobs(FakeApi):
    """Every batch is a job that has ended with this file."""

    def __init__(self, file):
        super().__init__()
        self.file = file
        self.owners = []

    def send(self, call):
        if call.method == "GET":
            return HttpAnswer(200, {}, json.dumps(self.file).encode())
        return super().send(call)

    def work(self, url, body):
        self.owners.append((url.rpartition("/")[2], body["owner"]))
        if url.endswith("job/status"):
            return {"success": True, "message": [], "fileUrl": f"{URL}/result.json"}
        return {"success": True, "message": [], "requestId": len(self.owners)}


@pytest.fixture
def confirmed(store, redis_url, tmp_path, monkeypatch):
    """Delivers upserts, and asks about their jobs, which ended with this file.

    Returns (confirmed, unconfirmed, {contact: detail of its dead letter}), texts and the API.
    """

    def confirm(file, *messages):
        loaded = configure(tmp_path, monkeypatch, f'redis_url = "{redis_url}"\n{ACCOUNT}')
        store.client.flushall()
        api = Jobs(file)
        with Producer(loaded) as producer:
            producer.send_many(messages)
        context = context_of(store, loaded, api)
        deliver(LANE, context)
        names = store.client.zrange(store.keys.jobs, 0, -1)
        texts = [confirmations.confirm(name.decode(), context) for name in names]
        assert store.client.zcard(store.keys.jobs) == 0
        (lane,) = status.read(store).lanes
        letters = {one.contact: one.detail for one in dead_letters.find(store)}
        assert lane.delivered + lane.dead == len(messages)
        return (lane.confirmed, lane.unconfirmed, letters), texts, api

    return confirm


def file(invalid, success=True, **more):
    return {
        "success": success,
        "message": [],
        "contactIds": {ANN: "id-1"},
        "invalidContacts": invalid,
        **more,
    }


def test_a_nested_invalid_contact_is_found_and_the_others_are_confirmed(confirmed):
    invalid = [{"contact": {"email": BOB.upper()}, "message": "no such domain"}]
    outcome, _, _ = confirmed(file(invalid), contact(ANN), contact(BOB), contact(CID))
    assert outcome == (2, 0, {BOB: "no such domain"})


@pytest.mark.parametrize("stranger", ["eve@shop.example", {"message": "invalid phone"}, None, 7])
def test_an_entry_of_no_message_leaves_the_others_unconfirmed(confirmed, stranger):
    entries = [{"email": BOB, "message": "bad"}, stranger]
    outcome, (asked,), _ = confirmed(file(entries), contact(ANN), contact(BOB), contact(CID))
    assert outcome == (0, 2, {BOB: "bad"})
    assert asked.unconfirmed
    assert "none of the job's" in str(asked)


def test_a_result_that_was_not_successful_confirms_nobody(confirmed):
    """000:493: "success - boolean value informing about the result of request"."""
    result = file([{"email": BOB, "message": "bad"}], success=False)
    outcome, (asked,), _ = confirmed(result, contact(ANN), contact(BOB))
    assert outcome == (0, 1, {BOB: "bad"})
    assert asked.unconfirmed


def test_a_job_that_failed_as_a_whole_keeps_all_its_messages_for_a_replay(confirmed):
    result = {"success": False, "message": ["Import failed"], "invalidContacts": []}
    outcome, _, _ = confirmed(result, contact(ANN), contact(BOB))
    why = "success: false; Import failed"
    assert outcome == (0, 0, {ANN: why, BOB: why})


def test_each_job_is_asked_about_for_its_own_owner(confirmed):
    own = [contact(ANN), contact(BOB, owner="shop@vendor.pl")]
    outcome, _, api = confirmed(file([]), *own)
    assert outcome == (2, 0, {})
    asked = [owner for path, owner in api.owners if path == "status"]
    sent = [owner for path, owner in api.owners if path == "batchupsertv2"]
    assert sorted(asked) == sorted(sent) == ["o@vendor.pl", "shop@vendor.pl"]
