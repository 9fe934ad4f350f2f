"""Results: the application is told what became of its messages, each at least once."""

from __future__ import annotations

import json

import pytest

import batchline
from batchline.producers import Producer
from batchline.producers.lanes import Lane
from batchline.systems.salesmanago.messages import CouponRedemption
from batchline.worker.dead_letters import store as dead_letters
from tests.fake_api import SMALL_LANES, FakeApi, configure, context_of, work

COUPONS = Lane("default", "coupon.redeem")


class Coupons(FakeApi):
    """Refuses coupons that begin with X."""

    def work(self, url, body):
        if body["coupon"].startswith("X"):
            return {"success": False, "message": ["Coupon not found"]}
        return {"success": True, "message": []}


@pytest.fixture
def loaded(store, redis_url, tmp_path, monkeypatch):
    text = f'redis_url = "{redis_url}"\nresults_length = 100\n{SMALL_LANES}results = true\n'
    return configure(tmp_path, monkeypatch, text)


@pytest.fixture
def context(store, loaded):
    return context_of(store, loaded, Coupons())


def redeemed(context, loaded, *coupons, key=None):
    """The ids of coupons that are redeemed, or refused."""
    with Producer(loaded) as producer:
        ids = [
            producer.send(
                CouponRedemption(email="Kim@shop.example", coupon=coupon),
                idempotency_key=key and f"{key}-{coupon}",
            )
            for coupon in coupons
        ]
    work(context, COUPONS)
    return ids


def read(group="crm", **options):
    return list(batchline.results(group, timeout=0, **options))


def test_a_result_says_what_became_of_a_message_and_of_which(context, loaded):
    good, bad = redeemed(context, loaded, "K1", "X1", key="order")
    first, second = sorted(read(), key=lambda result: result.message_id)
    assert (first.message_id, first.outcome, first.reason) == (good, "delivered", "")
    assert (second.message_id, second.outcome, second.reason) == (bad, "dead", "rejected")
    assert second.detail == "Coupon not found"
    assert (second.account, second.operation) == ("default", "coupon.redeem")
    assert (second.contact, second.idempotency_key) == ("kim@shop.example", "order-X1")
    assert read() == []
