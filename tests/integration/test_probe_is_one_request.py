"""What a lane sends to an API of which nobody knows whether it works again: one request."""

from __future__ import annotations

import pytest

from batchline.systems.salesmanago.messages import CouponRedemption
from batchline.worker.store import journal
from tests.builders import introduced

AT_ONCE = 8
PEOPLE = [f"c{n}@shop.example" for n in range(40)]
COUPONS = [CouponRedemption(email=email, coupon=f"SB-{n}") for n, email in enumerate(PEOPLE)]


def configured(stack, breaker):
    stack.configure(
        ("breaker = {streak = 5, open = 0.5}", f"parallel = {AT_ONCE}\nbreaker = {breaker}")
    )
    stack.config.write_text(
        f'{stack.config.read_text()}\n[accounts.default.operations."coupon.redeem"]\n'
        'ambiguous = "hold"\nlinger = 0.1\n'
    )


def failed(stack):
    """How many messages each failed batch of coupons cost, the first one first."""
    lines = [one for one in journal.read(stack.store) if isinstance(one, journal.Batch)]
    return [one.dead for one in lines if one.lane.startswith("default:coupon") and one.error]


@pytest.mark.parametrize("breaker", ["{streak = 3, open = 0.5}", "{streak = 1000, open = 1}"])
def test_after_a_failure_each_try_is_one_request_and_costs_one_held_message(stack, breaker):
    configured(stack, breaker)
    introduced(stack, *PEOPLE)
    stack.sandbox.control.fault("status", {"path": "*Coupon*"}, status=502)
    with stack.producer() as producer:
        producer.send_many(COUPONS)
    stack.until(lambda now: len(failed(stack)) >= 4)
    stack.sandbox.control.clear_faults()
    totals = stack.until_at_rest()
    first, *later = failed(stack)
    assert first == AT_ONCE
    assert set(later) == {1}
    assert totals["dead"] == AT_ONCE + len(later)
    assert totals["delivered"] == 80 - totals["dead"]


def test_once_the_probe_is_answered_the_others_go_at_the_usual_width(stack):
    configured(stack, "{streak = 3, open = 0.5}")
    introduced(stack, *PEOPLE)
    stack.sandbox.control.fault("status", {"path": "*Coupon*"}, status=502, times=AT_ONCE)
    with stack.producer() as producer:
        producer.send_many(COUPONS)
    stack.until(lambda now: now.totals["dead"] == AT_ONCE)
    stack.sandbox.control.fault("latency", {"path": "*Coupon*"}, seconds=0.3)
    totals = stack.until_at_rest()
    assert totals["delivered"] == 80 - AT_ONCE
    redeemed = [
        one["started"]
        for one in stack.sandbox.control.requests()
        if "Coupon" in one["path"] and one["status"] == 200
    ]
    probe, *others = sorted(redeemed)
    assert min(others) - probe >= 0.3
    assert sum(at - others[0] < 0.3 for at in others) == AT_ONCE
