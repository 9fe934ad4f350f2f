"""What keeps an account from hurting itself or others: breaker, rate limits, flood guard, pause."""

from __future__ import annotations

import time

import pytest

from batchline.systems.salesmanago.messages import CouponRedemption, CustomPush
from batchline.systems.verdicts import DestinationFailed, Judged
from batchline.worker.delivery import rate_limits as limits
from tests.builders import applied, contact, event

ACCOUNT = "verify_after = 0.2"


def coupons(count, code="SB"):
    return [CouponRedemption(email="ann@shop.example", coupon=f"{code}-{n}") for n in range(count)]


def introduced(stack):
    worker = stack.worker()
    with stack.producer() as producer:
        producer.send(contact("ann@shop.example"))
    stack.until_at_rest()
    return worker


LANES = (
    '[accounts.default.operations."event.add"]\n',
    '[accounts.default.operations."event.add"]\npartitions = 4\n',
)


def state_of_breaker(stack):
    return stack.client.hget(stack.keys.breaker("default", "event.add"), "state")


def requests_of(stack, operation):
    return sum(lane.requests for lane in stack.status().lanes if lane.operation == operation)


def test_an_open_breaker_stops_its_operation_alone_and_one_probe_closes_it_for_all_its_lanes(stack):
    stack.configure(
        ("breaker = {streak = 5, open = 0.5}", "breaker = {streak = 3, open = 5}"), LANES
    )
    people = [f"c{n}@shop.example" for n in range(8)]
    introduced(stack)
    with stack.producer() as producer:
        producer.send_many([contact(email) for email in people])
        stack.until_at_rest()
        before = stack.status().totals["delivered"]
        stack.sandbox.control.fault("status", {"path": "*ExtEvent*"}, status=503)
        producer.send(event(1, people[0]))
        stack.until(lambda now: state_of_breaker(stack) == b"open")
        opened = requests_of(stack, "event.add")
        producer.send_many([event(n, email) for n, email in enumerate(people[1:], 2)])
        producer.send(coupons(1)[0])
        producer.send(contact("bob@shop.example"))
        stack.until(lambda now: now.totals["delivered"] == before + 2)
        assert requests_of(stack, "event.add") == opened
        stack.sandbox.control.clear_faults()
        stack.until_at_rest()
    assert state_of_breaker(stack) is None
    assert sorted(applied(stack, "event.add")) == [f"order-{n}" for n in range(1, 9)]


def test_while_the_breaker_is_half_open_there_is_one_probe_at_a_time(stack):
    stack.configure(
        ("breaker = {streak = 5, open = 0.5}", "breaker = {streak = 1, open = 0.5}"), LANES
    )
    people = [f"c{n}@shop.example" for n in range(8)]
    introduced(stack)
    with stack.producer() as producer:
        producer.send_many([contact(email) for email in people])
        stack.until_at_rest()
        stack.sandbox.control.fault("status", {"path": "*ExtEvent*"}, status=503)
        began = time.monotonic()
        producer.send(event(1, people[0]))
        stack.until(lambda now: requests_of(stack, "event.add") > 0)
        producer.send_many([event(n, email) for n, email in enumerate(people[1:], 2)])
        stack.until(lambda now: requests_of(stack, "event.add") >= 5)
    # One request opened it, and every half second one probe follows.
    requests = requests_of(stack, "event.add")
    assert requests <= 2 + (time.monotonic() - began) / 0.5


def test_a_dead_account_does_not_slow_another(stack):
    text = stack.config.read_text()
    block = text[text.index("[accounts.default]") :]
    dead = block.replace("accounts.default", "accounts.dead").replace(
        stack.sandbox.url, "http://127.0.0.1:9"
    )
    stack.config.write_text(f"{text}\n{dead}")
    introduced(stack)
    with stack.producer() as producer:
        producer.send_many([event(n) for n in range(500)], account="dead")
        producer.send(event(1))
    stack.until(lambda now: now.totals["delivered"] == 2)
    assert applied(stack, "event.add") == ["order-1"]


@pytest.mark.parametrize(
    ("limited", "at_least"), [("{per_second = 5}", 2.0), ("{per_second = 0.5}", 3.5)]
)
def test_a_rate_limit_is_never_crossed_by_two_workers_together(stack, limited, at_least):
    stack.configure((ACCOUNT, f"{ACCOUNT}\nlimits = {limited}"))
    introduced(stack)
    stack.worker("another")
    time.sleep(2.1)
    count = 15 if "5}" in limited and "0.5" not in limited else 3
    with stack.producer() as producer:
        producer.send_many(coupons(count))
    stack.until_at_rest()
    rows = [row["at"] for row in stack.sandbox.control.ledger(operation="coupon.redeem")]
    assert rows[-1] - rows[0] >= at_least
    if count == 15:
        # A little is allowed for the way of the requests.
        assert all(b - a > 0.95 for a, b in zip(rows, rows[5:], strict=False))
    assert len(rows) == count


def test_a_minutes_limit_holds_the_rest_back(stack):
    stack.configure((ACCOUNT, f"{ACCOUNT}\nlimits = {{per_minute = 4}}"))
    introduced(stack)
    with stack.producer() as producer:
        producer.send_many(coupons(10))
    stack.until(lambda _: stack.lane("coupon.redeem").backlog == 7)
    time.sleep(1)
    lane, sent = (
        stack.lane("coupon.redeem"),
        stack.sandbox.control.ledger(operation="coupon.redeem"),
    )
    of_a_minute = [one for one in sent if one["at"] < sent[0]["at"] + 55]
    assert len(of_a_minute) == 3
    assert (lane.attempts, lane.last_error) == (0, None)
    if len(sent) == 3:  # a busy machine may be a minute late
        assert (lane.backlog, lane.due_seconds > 45) == (7, True)


def test_what_the_rate_limit_holds_back_is_not_uncertain(stack):
    stack.configure((ACCOUNT, f"{ACCOUNT}\nlimits = {{per_second = 3}}"))
    stack.worker()
    pushes = [
        CustomPush(application_id="a", email=f"c{n}@shop.example", title="Hi", deeplink="myapp://x")
        for n in range(8)
    ]
    with stack.producer() as producer:
        producer.send_many(pushes)
    totals = stack.until_at_rest()
    assert (totals["delivered"], totals["dead"], totals["requests"]) == (8, 0, 8)


def test_no_more_requests_at_once_than_allowed(stack):
    stack.configure((ACCOUNT, f"{ACCOUNT}\nlimits = {{concurrent = 2}}"))
    introduced(stack)
    stack.sandbox.control.fault("latency", {"path": "/api/contact/useContactCoupon"}, seconds=0.2)
    with stack.producer() as producer:
        producer.send_many(
            [CouponRedemption(email=f"c{n}@shop.example", coupon=f"SB-{n}") for n in range(8)]
        )
    stack.until_at_rest()
    under_way = [
        (request["started"], request["ended"])
        for request in stack.sandbox.control.requests()
        if "useContactCoupon" in request["path"]
    ]
    assert len(under_way) == 8
    for started, _ in under_way:
        assert sum(s <= started < e for s, e in under_way) <= 2


def test_a_flood_of_rejections_pauses_the_lane_until_somebody_resumes_it(stack):
    stack.configure((ACCOUNT, f"{ACCOUNT}\nflood_guard = {{least = 10, share = 0.5}}"))
    introduced(stack)
    with stack.producer() as producer:
        producer.send_many(coupons(200, "unknown"))
    stack.until(lambda now: any(lane.paused for lane in now.lanes))
    time.sleep(0.5)
    lane = stack.lane("coupon.redeem")
    assert "flood guard" in lane.paused
    assert 10 <= lane.dead <= 60
    assert lane.backlog + lane.dead == 200
    stack.sandbox.control.settings(coupon_prefix="unknown-")
    assert stack.run("resume", lane.resume).returncode == 0
    totals = stack.until_at_rest()
    assert totals["delivered"] + totals["dead"] == 201


@pytest.mark.parametrize("what", ["default", "default:event.add", "default:event.add:0"])
def test_what_is_paused_is_held_and_never_dropped(stack, what):
    introduced(stack)
    assert stack.run("pause", what).returncode == 0
    with stack.producer() as producer:
        producer.send_many([event(n) for n in range(3)])
        producer.send(contact("bob@shop.example"))
    time.sleep(0.6)
    assert applied(stack, "event.add") == []
    assert stack.lane("event.add").backlog == 3
    assert stack.lane("contact.upsert").backlog == (1 if what == "default" else 0)
    assert stack.run("resume", what).returncode == 0
    stack.until_at_rest()
    assert applied(stack, "event.add") == ["order-0", "order-1", "order-2"]


def test_resuming_what_is_not_paused_says_what_is(stack):
    stack.run("pause", "default", "--reason", "stocktaking")
    resumed = stack.run("resume", "default:event.add")
    assert resumed.returncode != 0
    assert b"paused: default (stocktaking)" in resumed.stderr


def test_a_limit_adapts_to_429_by_30_percent_and_recovers_never_above_what_is_set(stack):
    stack.configure((ACCOUNT, f"{ACCOUNT}\nlimits = {{per_second = 100}}"))
    store, limited = stack.store, stack.settings.account("default")

    def turn(refused):
        grant = limits.take(store, "default", limited, 20, 5)
        outcomes = [DestinationFailed("HTTP 429", throttled=True)] * refused
        outcomes += [Judged()] * (grant.requests - refused)
        limits.release(store, "default", limited, grant, outcomes)
        store.client.delete(*store.keys.limits("default")[:2])
        return grant.requests

    def allowed():
        grant = limits.take(store, "default", limited, 1000, 5)
        store.client.delete(*store.keys.limits("default")[:2])
        return grant.requests

    assert allowed() == 100
    turn(refused=2)
    assert allowed() == 100, "a tenth is not more than a tenth"
    turn(refused=5)
    assert allowed() == 70
    turn(refused=10)
    assert allowed() == 49
    for _ in range(20):
        store.client.hset(store.keys.limits("default")[2], "start", 0)
        turn(refused=0)
    assert allowed() == 100
