"""The verdict of a chaos run: it finds what is planted, and nothing where all is well."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.chaos.oracle import Obligation, properties
from tests.chaos.promises import Letter, Sighting
from tests.chaos.verdict import Evidence, judge

EMAIL = "ann@shop.example"


def event(name="ev-1", policy="verify", fate="deliver", state="acknowledged"):
    message_id = f"{policy}:event.add:0@{name}" if state == "acknowledged" else ""
    return Obligation(name, policy, "event.add", policy, fate, EMAIL, 0, state, message_id)


def coupon(name="SB-1", policy="verify"):
    return replace(event(name, policy), operation="coupon.redeem")


def upsert(counter, state="acknowledged", fate="deliver"):
    return Obligation(
        EMAIL, "resend", "contact.upsert", "resend", fate, EMAIL, counter, state, f"u{counter}"
    )


def seen(one, *outcomes, alone=True):
    return [Sighting(one.account, one.operation, one.id, outcome, alone) for outcome in outcomes]


def letter(one, reason):
    return Letter(one.account, one.operation, one.id, reason, one.message_id, one.counter)


def evidence(obligations, sightings=(), letters=(), found=None, **changed_totals):
    """All at rest and every total right, but for what is changed."""
    acknowledged = [one for one in obligations if one.state == "acknowledged"]
    delivered = [one for one in acknowledged if not any(one.id == it.id for it in letters)]
    upserts = sum(one.counter > 0 for one in delivered)
    totals = {
        **{"accepted": len(acknowledged), "delivered": len(acknowledged) - len(letters)},
        **{"dead": len(letters), "parked": 0, "purged": 0, "erased": 0, "backlog": 0},
        **{"delivered upserts": upserts, "confirmed": upserts, "unconfirmed": 0},
        **changed_totals,
    }
    contacts = {("resend", EMAIL): found}
    return Evidence(obligations, list(sightings), list(letters), contacts, totals)


def kinds(*arguments, **totals):
    return [violation.kind for violation in judge(evidence(*arguments, **totals)).violations]


@pytest.mark.parametrize("policy", ["resend", "hold", "verify"])
def test_a_message_applied_once_is_well_under_every_policy(policy):
    one = event(policy=policy)
    assert kinds([one], seen(one, "faulted", "applied")) == []


@pytest.mark.parametrize("policy", ["resend", "hold", "verify"])
def test_a_planted_loss_is_found_under_every_policy(policy):
    one = event(policy=policy)
    verdict = judge(evidence([one, event("ev-2", policy)], seen(event("ev-2", policy), "applied")))
    assert [violation.kind for violation in verdict.violations] == ["loss"]
    assert "ev-1" in str(verdict.violations[0])


@pytest.mark.parametrize(("policy", "expected"), [("hold", 1), ("verify", 1), ("resend", 0)])
def test_a_planted_duplicate_is_found_where_the_policy_forbids_it(policy, expected):
    one = event(policy=policy)
    verdict = judge(evidence([one], seen(one, "applied", "applied", "applied")))
    assert [violation.kind for violation in verdict.violations] == ["duplicate"] * expected
    row = verdict.figures["event.add", policy]
    assert (row.repeated, row.extra, row.forbidden) == (1, 2, expected)


def test_a_coupon_sent_again_after_it_was_used_is_a_duplicate_that_only_the_api_prevented():
    one = coupon()
    assert kinds([one], seen(one, "applied", "refused")) == ["duplicate"]
    assert kinds([one], seen(one, "refused", "applied")) == []


@pytest.mark.parametrize("reason", ["rejected", "ambiguous"])
def test_a_coupon_under_resend_may_die_of_having_been_used(reason):
    one = coupon(policy="resend")
    assert kinds([one], seen(one, "applied", "refused"), [letter(one, reason)]) == []


def test_equal_pushes_are_known_by_the_mass_push_that_carried_them():
    one = replace(event("p:ann", "hold"), operation="push.send")
    mass = replace(seen(one, "applied", alone=False)[0], operation="push.send_mass")
    assert kinds([one], [mass]) == []


@pytest.mark.parametrize(
    ("policy", "reason", "outcomes", "alone", "expected"),
    [
        ("verify", "rejected", ["refused"], True, []),
        ("verify", "rejected", ["refused"], False, ["wrongly dead"]),
        ("verify", "rejected", ["applied", "refused"], True, ["wrongly dead"]),
        ("resend", "rejected", ["applied", "refused"], True, []),
        ("verify", "contact_missing", ["missing"] * 6, False, []),
        ("verify", "contact_missing", ["missing"] * 5, False, ["wrongly dead"]),
        ("hold", "ambiguous", ["applied"], False, []),
        ("hold", "ambiguous", [], False, []),
        ("verify", "ambiguous", ["applied"], False, ["wrongly dead"]),
        ("verify", "ambiguous", ["missing"], False, []),
        ("resend", "ambiguous", ["faulted"], False, ["wrongly dead"]),
        ("verify", "expired", ["faulted"], False, ["wrongly dead"]),
        ("verify", "invalid", ["refused"], True, ["wrongly dead"]),
    ],
)
def test_a_message_may_die_only_of_what_happened_to_it(policy, reason, outcomes, alone, expected):
    one = event(policy=policy)
    assert kinds([one], seen(one, *outcomes, alone=alone), [letter(one, reason)]) == expected


def test_poison_must_be_dead():
    one = event(fate="poison")
    assert kinds([one], seen(one, "refused")) == ["not dead"]


def test_what_is_unknown_may_arrive_or_not_but_not_twice():
    one = event(state="unknown")
    assert kinds([one]) == []
    assert kinds([one], seen(one, "applied"), accepted=1, delivered=1) == []
    assert kinds([one], seen(one, "applied", "applied"), accepted=1, delivered=1) == ["duplicate"]


def test_what_was_refused_must_not_arrive():
    one = event(state="refused")
    assert kinds([one]) == []
    assert "stranger" in kinds([one], seen(one, "applied"))


def test_what_nobody_enqueued_is_found():
    assert kinds([], seen(event("ev-99"), "applied")) == ["stranger"]


def state(*numbers):
    found = {}
    for number in numbers:
        found.update(properties(number))
    return found


def test_the_last_upsert_of_a_contact_must_be_the_last_applied():
    chain = [upsert(1), upsert(2), upsert(3)]
    assert kinds(chain, found=state(1, 2, 3)) == []
    assert kinds(chain, found=state(1, 3, 2)) == ["order"]
    assert kinds(chain, found=state(1, 3)) == ["order"]
    assert kinds(chain, found=None) == ["loss"]


def test_an_upsert_that_died_or_is_unknown_need_not_show():
    chain = [upsert(1), upsert(2), upsert(3, state="unknown")]
    for found in (state(1, 2), state(1, 2, 3)):
        assert kinds(chain, found=found) == []
    assert kinds(chain, found=state(1, 3)) == ["order"]


def test_poison_upserts_are_dead_and_show_nothing():
    chain = [upsert(1, fate="poison")]
    assert kinds(chain, seen(chain[0], "refused"), [letter(chain[0], "rejected")]) == []
    assert "order" in kinds(
        chain, seen(chain[0], "refused"), [letter(chain[0], "rejected")], found=state(1)
    )


@pytest.mark.parametrize(
    "wrong", [{"delivered": 0}, {"accepted": 2}, {"parked": 1}, {"confirmed": 1}]
)
def test_totals_must_add_up(wrong):
    one = event()
    assert set(kinds([one], seen(one, "applied"), **wrong)) == {"totals"}


def test_a_lane_that_still_waits_is_a_violation():
    verdict = judge(replace(evidence([]), waiting=["hold:event.add:0: 3 waiting"]))
    assert [violation.kind for violation in verdict.violations] == ["unrest"]
