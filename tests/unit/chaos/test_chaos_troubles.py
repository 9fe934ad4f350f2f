"""Troubles that last: what goes on beside them, and who is told."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from tests.chaos.oracle import Obligation
from tests.chaos.policies import FAST, SLOW, policy
from tests.chaos.progress import STANDSTILL, Calm
from tests.chaos.told import untold
from tests.chaos.troubles import BREAKABLE, SLOW_OPERATIONS, lasting

BROKEN = {("resend", "coupon.redeem")}
SINCE, NOW = 100.0, 110.0
EVENT = Obligation(
    "ev-1", "resend", "event.add", "resend", "deliver", "ann@shop.example", 0, "acknowledged"
)
OLD = replace(EVENT, acknowledged_at=NOW - 1)


OTHER = replace(OLD, id="ev-2", account="verify", policy="verify")


def name(one):
    return one.account, one.operation, one.id


def kinds(calm, now):
    return [it.kind for it in calm.standstills(now)]


def test_a_message_beside_a_broken_operation_must_arrive_while_the_troubles_last():
    calm, late = Calm([OLD], BROKEN, SINCE, NOW), NOW + STANDSTILL + 1
    assert not calm.look(set(), NOW + 1)
    assert calm.look(set(), late)
    assert kinds(calm, late) == ["standstill"]
    assert calm.look({name(OLD)}, late)
    assert kinds(calm, late) == []


def test_a_slow_machine_has_its_time_as_long_as_something_arrives():
    due = [replace(OLD, id=f"ev-{n}") for n in range(10)]
    calm, now = Calm(due, BROKEN, SINCE, NOW), NOW
    for number in range(1, len(due)):
        now += STANDSTILL - 1
        assert not calm.look({*map(name, due[:number])}, now)
    assert kinds(calm, now) == []


def test_what_goes_on_elsewhere_hides_no_standstill():
    calm = Calm([OLD, *(replace(OTHER, id=f"ev-{n}") for n in range(3))], BROKEN, SINCE, NOW)
    now = NOW + STANDSTILL + 1
    assert not calm.look({("verify", "event.add", "ev-0")}, now)
    assert [it.about for it in calm.standstills(now)] == [name(OLD)]


@pytest.mark.parametrize(
    "changes",
    [
        {"operation": "coupon.redeem"},
        {"account": SLOW},
        {"fate": "poison"},
        {"fate": "never"},
        {"state": "unknown"},
        {"acknowledged_at": NOW + 1},
        {"acknowledged_at": SINCE - 1},
    ],
)
def test_what_is_in_trouble_itself_or_not_due_may_wait(changes):
    calm = Calm([replace(OLD, **changes)], BROKEN, SINCE, NOW)
    assert calm.look(set(), NOW)
    assert kinds(calm, NOW + 2 * STANDSTILL) == []


@pytest.mark.parametrize("seed", range(20))
def test_one_operation_breaks_and_the_slow_account_is_slow(seed):
    broken, *slow = lasting(random.Random(seed))
    assert (broken.account, broken.operation) in BREAKABLE
    assert broken.account in FAST
    assert [(one.account, one.operation) for one in slow] == [
        (SLOW, operation) for operation in SLOW_OPERATIONS
    ]
    assert all(policy(SLOW, operation) == "verify" for operation in SLOW_OPERATIONS)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("[21:10: WARNING/MainProcess] resend: coupon.redeem fails: HTTP 500", []),
        ("[21:10: ERROR/MainProcess] resend:coupon.redeem:0 HTTP 500", []),
        ("[21:10: INFO/MainProcess] resend: coupon.redeem fails: HTTP 500", ["untold"]),
        ("[21:10: WARNING/MainProcess] resend: event.add fails", ["untold"]),
        ("[21:10: WARNING/MainProcess] resending coupon.redeem", ["untold"]),
    ],
)
def test_a_trouble_is_told_by_a_warning_that_names_account_and_operation(line, expected):
    lasted = [("lasting.operation", "resend", "coupon.redeem")]
    assert [it.kind for it in untold([line], lasted)] == expected
