"""Any placement of timeouts and kills: verify applies exactly once, hold at most, resend at least.

The engine, its scripts and Redis are the real ones; the API is a list of what was applied, and each
of its calls ends as the drawn plan says.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from batchline.producers import Producer
from batchline.producers.lanes import Lane
from batchline.systems.salesmanago.messages import CouponRedemption, ExternalEvent
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.delivery.interpret import MOST_QUESTIONS
from batchline.worker.inspection import status
from tests.fake_api import ACCOUNT, ENDS, FakeApi, configure, context_of, work

OPERATIONS = """
[accounts.default.operations."event.add"]
ambiguous = "{policy}"
batch_size = 4
[accounts.default.operations."coupon.redeem"]
ambiguous = "{policy}"
batch_size = 4
"""


class Api(FakeApi):
    """Applies events and coupons, and lists contacts."""

    def __init__(self, plan):
        super().__init__(plan)
        self.applied = []
        self.events = defaultdict(list)

    def work(self, url, body):
        return {"success": True, "message": [], **self._answer(url, body)}

    def _answer(self, url, body):
        if url.endswith("contact/list"):
            coupons = [{"coupon": name, "used": True} for name in self.applied]
            return {
                "contacts": [
                    {
                        "email": email,
                        # An owner sees what was sent for that owner.
                        "contactExtEvents": self.events[body["owner"]],
                        "coupons": coupons,
                    }
                    for email in body["email"]
                ]
            }
        if "coupon" in body:
            self.applied.append(body["coupon"])
            return {"result": None}
        events = [event["contactEvent"] for event in body["events"]]
        # The dates of the API may have no milliseconds.
        self.events[body["owner"]] += [
            {**event, "date": event["date"] // 1000 * 1000} for event in events
        ]
        self.applied += [event["detail1"] for event in events]
        return {"failedContacts": [], "createdAmount": len(body["events"]), "failedAmount": 0}


def messages(operation, count):
    if operation == "coupon.redeem":
        return [CouponRedemption(email="ann@shop.example", coupon=f"m{n}") for n in range(count)]
    return [
        ExternalEvent.model_validate(
            {
                "email": "ann@shop.example",
                "owner": "agent@vendor.pl" if n % 7 == 6 else None,
                "contactEvent": {**event_of_order(n), "detail1": f"m{n}"},
            }
        )
        for n in range(count)
    ]


def event_of_order(n):
    """The fields by which one event among several of one order is known."""
    return {
        "externalId": f"order-{n // 5}",
        "contactExtEventType": "RETURN" if n % 5 == 1 else "PURCHASE",
        "date": 1_795_248_000_250 + (60_000 if n % 5 == 2 else 0),
        "value": 20.5 if n % 5 == 3 else 19.99,
        "products": "p2,p7" if n % 5 == 4 else "p7, p1",
    }


@pytest.mark.parametrize("operation", ["event.add", "coupon.redeem"])
@pytest.mark.parametrize("policy", ["verify", "hold", "resend"])
def test_the_policy_holds_under_any_placement_of_timeouts_and_kills(
    store, redis_url, tmp_path, monkeypatch, policy, operation
):
    loaded = configure(
        tmp_path,
        monkeypatch,
        f'redis_url = "{redis_url}"\n{ACCOUNT}{OPERATIONS.format(policy=policy)}',
    )

    @settings(
        max_examples=80,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @example(1, ["lost before"] * 2 + ["too large"] + ["lost before"] * 4, [])
    @given(
        st.integers(1, 10),
        # Answers that are always too large are another test's.
        st.lists(st.sampled_from(ENDS), max_size=14).filter(
            lambda plan: plan.count("too large") < MOST_QUESTIONS
        ),
        st.lists(st.booleans(), max_size=6),
    )
    def holds(count, plan, kills_at_settle):
        store.client.flushall()
        api = Api(plan)
        context = context_of(store, loaded, api)
        with Producer(loaded) as producer:
            producer.send_many(messages(operation, count))
        work(context, Lane("default", operation), kills_at_settle)
        applied = Counter(api.applied)
        dead = {json.loads(x.payload) and x.id for x in dead_letters.find(store)}
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
        totals = status.read(store).totals
        assert totals["accepted"] == count == totals["delivered"] + totals["dead"]

    holds()


class Desk(FakeApi):
    """Redeems a coupon once, refuses it from then on, and lists it as used after a while."""

    def __init__(self, plan, shown_after):
        """`shown_after`: questions that still show the coupon as not used."""
        super().__init__(plan)
        self.used = set()
        self.redemptions = 0
        self.shown_after = shown_after

    def work(self, url, body):
        if url.endswith("contact/list"):
            self.shown_after -= 1
            coupons = [{"coupon": code, "used": self.shown_after < 0} for code in self.used]
            contacts = [{"email": email, "coupons": coupons} for email in body["email"]]
            return {"success": True, "message": [], "contacts": contacts}
        is_used = body["coupon"] in self.used
        self.used.add(body["coupon"])
        self.redemptions += not is_used
        return {"success": True, "message": [], "result": "error" if is_used else None}


@pytest.mark.parametrize(
    ("policy", "end", "shown_after", "reason"),
    [
        ("verify", "lost after", 1, ""),
        ("verify", "killed after", 1, ""),
        ("verify", "lost after", 9, "ambiguous"),
        ("resend", "lost after", 0, ""),
        ("resend", "killed after", 9, "ambiguous"),
        ("hold", "lost after", 0, "ambiguous"),
    ],
)
def test_a_coupon_refused_as_used_after_an_ambiguous_try_is_never_called_rejected(
    store, redis_url, tmp_path, monkeypatch, policy, end, shown_after, reason
):
    text = f'redis_url = "{redis_url}"\n{ACCOUNT}{OPERATIONS.format(policy=policy)}'
    loaded = configure(tmp_path, monkeypatch, text)
    desk = Desk([end], shown_after)
    with Producer(loaded) as producer:
        producer.send(CouponRedemption(email="ann@shop.example", coupon="WELCOME"))
    work(context_of(store, loaded, desk), Lane("default", "coupon.redeem"))
    assert desk.redemptions == 1
    assert [letter.reason for letter in dead_letters.find(store)] == ([reason] if reason else [])
    assert status.read(store).totals["delivered"] == (0 if reason else 1)


def test_a_coupon_that_is_refused_at_its_first_try_is_rejected(
    store, redis_url, tmp_path, monkeypatch
):
    text = f'redis_url = "{redis_url}"\n{ACCOUNT}{OPERATIONS.format(policy="verify")}'
    loaded = configure(tmp_path, monkeypatch, text)
    desk = Desk([], 0)
    desk.used.add("SPENT")
    with Producer(loaded) as producer:
        producer.send(CouponRedemption(email="ann@shop.example", coupon="SPENT"))
    work(context_of(store, loaded, desk), Lane("default", "coupon.redeem"))
    assert [letter.reason for letter in dead_letters.find(store)] == ["rejected"]
