"""Any placement of timeouts and kills: verify applies exactly once, hold at most, resend at least.

The engine, its scripts and Redis are the real ones; the API is a list of what was applied, and each
of its calls ends as the drawn plan says.
"""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batchline.producers import Producer, Settings
from batchline.producers.lanes import Lane
from batchline.systems.requests import HttpAnswer
from batchline.systems.salesmanago.adapter import Salesmanago
from batchline.systems.salesmanago.messages import CouponRedemption, ExternalEvent
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.delivery import settle
from batchline.worker.delivery.batch import TOO_LARGE_TRIES
from batchline.worker.delivery.context import AccountContext
from batchline.worker.delivery.http import NoAnswer, TooLarge
from batchline.worker.delivery.lane import deliver
from batchline.worker.inspection import status

CONFIG = """
redis_url = "{url}"
[accounts.default]
system = "salesmanago"
url = "http://api.example"
client_id = "c"
api_key = "k"
api_secret = "s"
owner = "o@vendor.pl"
verify_after = 0
backoff = {{first = 0.001, max = 0.001}}
parallel = 1
breaker = {{streak = 1000, least = 100000}}
[accounts.default.operations."event.add"]
ambiguous = "{policy}"
batch_size = 4
[accounts.default.operations."coupon.redeem"]
ambiguous = "{policy}"
batch_size = 4
"""
#: How a call ends: as it should, or with the answer or the worker lost, before or after it worked.
ENDS = ["fine", "lost before", "lost after", "killed before", "killed after", "503", "too large"]


class Killed(BaseException):
    """The worker is no more."""


class Api:
    """Applies events and coupons, lists contacts, and ends each call as planned."""

    def __init__(self, plan):
        self.plan = list(plan)
        self.applied = []

    def send(self, call):
        end = self.plan.pop(0) if self.plan else "fine"
        if end == "killed before":
            raise Killed
        if end == "lost before":
            raise NoAnswer("no answer within timeout.read")
        if end == "503":
            return HttpAnswer(503, {}, b"")
        answer = self._work(call.url, json.loads(call.body))
        if end == "lost after":
            raise NoAnswer("no answer within timeout.read")
        if end == "too large":
            raise TooLarge("the answer is larger than 10,000,000 bytes")
        if end == "killed after":
            raise Killed
        return HttpAnswer(200, {}, json.dumps({"success": True, "message": [], **answer}).encode())

    def _work(self, url, body):
        if url.endswith("contact/list"):
            events = [{"externalId": name} for name in self.applied]
            coupons = [{"coupon": name, "used": True} for name in self.applied]
            return {
                "contacts": [
                    {"email": email, "contactExtEvents": events, "coupons": coupons}
                    for email in body["email"]
                ]
            }
        if "coupon" in body:
            self.applied.append(body["coupon"])
            return {"result": None}
        self.applied += [event["contactEvent"]["externalId"] for event in body["events"]]
        return {"failedContacts": [], "createdAmount": len(body["events"]), "failedAmount": 0}


@pytest.fixture
def engine_for(client, redis_url, tmp_path, monkeypatch):
    def make(policy, plan):
        client.flushall()
        (tmp_path / "batchline.toml").write_text(CONFIG.format(url=redis_url, policy=policy))
        monkeypatch.setenv("BATCHLINE_CONFIG", str(tmp_path / "batchline.toml"))
        loaded = Settings.load()
        api = Api(plan)
        pool = ThreadPoolExecutor(1)
        account = loaded.account("default")
        context = AccountContext(
            client, account, Salesmanago(), api, pool, 30.0, 1000, lambda: False
        )
        return context, api, loaded

    return make


def run(context, lane, kills_at_settle):
    """Workers one after the other until the lane is empty; each may die before it settles."""
    original = settle.settle

    def dying(*arguments):
        if kills_at_settle and kills_at_settle.pop(0):
            raise Killed
        return original(*arguments)

    settle.settle = dying
    try:
        for _ in range(200):
            try:
                deliver(lane, context)
            except Killed:
                context.redis.hset(lane.state, "until", 0)
            context.redis.hdel(lane.state, "retry_at")
            if context.redis.xlen(lane.stream) == 0:
                return
    finally:
        settle.settle = original
    raise AssertionError("the lane is never empty")


def messages(operation, count):
    if operation == "coupon.redeem":
        return [CouponRedemption(email="ann@shop.example", coupon=f"m{n}") for n in range(count)]
    return [
        ExternalEvent.model_validate(
            {
                "email": "ann@shop.example",
                "contactEvent": {"contactExtEventType": "PURCHASE", "externalId": f"m{n}"},
            }
        )
        for n in range(count)
    ]


@pytest.mark.parametrize("operation", ["event.add", "coupon.redeem"])
@pytest.mark.parametrize("policy", ["verify", "hold", "resend"])
def test_the_policy_holds_under_any_placement_of_timeouts_and_kills(engine_for, policy, operation):
    @settings(
        max_examples=120,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        st.integers(1, 10),
        # Answers that are always too large are another test's.
        st.lists(st.sampled_from(ENDS), max_size=14).filter(
            lambda plan: plan.count("too large") < TOO_LARGE_TRIES
        ),
        st.lists(st.booleans(), max_size=6),
    )
    def holds(count, plan, kills_at_settle):
        context, api, loaded = engine_for(policy, plan)
        lane = Lane("default", operation)
        with Producer(loaded) as producer:
            producer.send_many(messages(operation, count))
        run(context, lane, list(kills_at_settle))
        applied = Counter(api.applied)
        dead = {json.loads(x.payload) and x.id for x in dead_letters.find(context.redis)}
        names = {f"m{n}" for n in range(count)}
        assert set(applied) <= names
        if policy == "verify":
            assert applied == Counter(names)
            assert not dead
        elif policy == "hold":
            assert all(times == 1 for times in applied.values())
            assert len(dead) >= count - len(applied)
        else:
            assert set(applied) == names
        totals = status.read(context.redis).totals
        assert totals["accepted"] == count == totals["delivered"] + totals["dead"]

    holds()
