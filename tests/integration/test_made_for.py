"""A message knows the system it was made for: no other system gets it."""

from __future__ import annotations

import pytest

from batchline.producers import MadeForAnother, Producer
from batchline.producers.lanes import Lane
from batchline.systems.esputnik import messages as esputnik
from batchline.worker.delivery.lane import deliver
from batchline.worker.inspection import status
from tests.builders import contact
from tests.fake_api import ACCOUNT, Upserts, configure, context_of

LANE = Lane("default", "contact.upsert")
YESPO = """
[accounts.default]
system = "esputnik"
url = "http://127.0.0.1:9"
api_key = "k"
"""
ANN = esputnik.ContactUpsert.model_validate({"channels": [{"type": "email", "value": "ann@x.pl"}]})


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
