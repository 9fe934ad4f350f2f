"""Poison items in a batch: what finding them costs."""

from __future__ import annotations

import math
import random

import pytest

from tests.builders import applied, contact, event


@pytest.mark.parametrize("guilty", [1, 3, 10])
def test_k_bad_of_n_cost_at_most_2k_log2_n_plus_1_calls_and_the_rest_arrive_in_order(stack, guilty):
    stack.sandbox.control.settings(create_delay=0)  # else events may find no contact, and park
    bad = sorted(random.Random(guilty).sample(range(1000), guilty))
    for number in bad:
        stack.sandbox.control.script(f"order-{number}", ["reject"])
    with stack.producer() as producer:
        producer.send(contact("ann@shop.example"))
        stack.worker()
        before = stack.until_at_rest()["requests"]
        ids = producer.send_many([event(n) for n in range(1000)])
    totals = stack.until_at_rest()
    calls = totals["requests"] - before
    bound = 2 * guilty * (math.log2(1000) + 1)
    print(f"\n{guilty} bad of 1,000: {calls} calls, {bound:.0f} allowed, 1 without a bad one")
    assert calls <= bound
    assert applied(stack, "event.add") == [f"order-{n}" for n in range(1000) if n not in bad]
    letters = stack.client.hkeys(stack.keys.dead_body)
    assert {letter.decode() for letter in letters} == {ids[number] for number in bad}


def test_the_calls_of_halving_count_against_the_rate_limit(stack):
    stack.configure(("verify_after = 0.2", "verify_after = 0.2\nlimits = {per_second = 8}"))
    stack.sandbox.control.script("order-7", ["reject"])
    with stack.producer() as producer:
        producer.send(contact("ann@shop.example"))
        stack.worker()
        stack.until_at_rest()
        producer.send_many([event(n) for n in range(64)])
    stack.until_at_rest()
    paths = ("batchAddContactExtEvent",)
    started = [r["started"] for r in stack.sandbox.control.requests() if r["path"].endswith(paths)]
    assert len(started) > 8
    assert all(later - first > 0.7 for first, later in zip(started, started[8:], strict=False))
