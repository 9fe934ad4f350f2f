"""Dead letters are counted by reason and lane, whatever is done with them."""

from __future__ import annotations

import json
from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batchline.producers.lanes import Lane
from batchline.systems.identities import identity
from batchline.systems.salesmanago.messages import CouponRedemption
from batchline.worker.dead_letters import counts
from batchline.worker.dead_letters import store as dead_letters
from batchline.worker.dead_letters.filter import Filter
from batchline.worker.erasure import act
from batchline.worker.troubles import unseen
from tests.builders import event
from tests.letters import adds_up, dead, kill_all
from tests.properties import examples

PEOPLE = [f"p{number}@shop.example" for number in range(3)]
REASONS = ("rejected", "expired", "ambiguous")
STEPS = st.one_of(
    st.tuples(st.just("die"), st.sampled_from(PEOPLE), st.sampled_from(REASONS)),
    st.tuples(st.just("replay"), st.integers(0, 5)),
    st.tuples(st.just("purge"), st.integers(0, 5)),
    st.tuples(st.just("erase"), st.sampled_from(PEOPLE)),
    st.tuples(st.just("die again"), st.sampled_from(REASONS)),
)


def stored(stack):
    """What is there, as the bodies say."""
    found = Counter()
    for body in stack.client.hvals(stack.keys.dead_body):
        letter = json.loads(body)
        lane = Lane.parse(letter["lane"])
        found[lane.account, lane.operation, letter["reason"]] += 1
    return found


def take(stack, step):
    what, *rest = step
    ids = sorted(one.decode() for one in stack.client.hkeys(stack.keys.dead_body))
    match what:
        case "die":
            email, reason = rest
            dead(stack, [CouponRedemption(email=email, coupon="C"), event(1, email)], reason)
        case "die again":
            kill_all(stack, *rest)
        case "replay":
            dead_letters.replay(stack.store, ids[: rest[0]])
        case "purge":
            dead_letters.purge(stack.store, ids[: rest[0]], 60)
        case "erase":
            ordered = act.order(stack.store, [identity("email", rest[0])], "eve", stays=False)
            act.work(stack.store, stack.settings, lambda seconds: False, ordered.name)
            stack.client.delete(stack.keys.suppressed)


@settings(max_examples=examples(15), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEPS, max_size=6))
def test_they_add_up_after_any_sequence_of_dying_replays_purges_and_erasures(stack, steps):
    stack.client.flushall()
    for step in steps:
        take(stack, step)
        found = counts.read(stack.store)
        assert found.cells == stored(stack), step
        assert found.total == stack.client.zcard(stack.keys.dead)
        for reason in REASONS:
            assert (found.of(Filter(reason=reason)) or 0) == found.reasons.get(reason, 0)
        adds_up(stack)


def test_what_nobody_has_seen_is_told_by_its_reasons(stack):
    dead(stack, [event(1), event(2), event(3)], "rejected", "rejected", "expired")
    assert unseen.are_seen(stack.store).detail.count("2 rejected, 1 expired") == 1
    assert unseen.are_seen(stack.store) is None


def test_letters_counted_before_there_were_counters_by_reason_are_not_known(stack):
    ids = dead(stack, [event(1), event(2)])
    state = stack.keys.state(Lane("default", "event.add"))
    stack.client.hdel(state, "dead_rejected")
    assert counts.read(stack.store).reasons == {counts.UNKNOWN: 2}
    assert counts.read(stack.store).of(Filter(reason="rejected")) is None
    dead_letters.purge(stack.store, ids, 60)
    assert counts.read(stack.store).total == 0
