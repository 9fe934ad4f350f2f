"""What is known of each message of a batch."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from batchline.systems.account import FloodGuard
from batchline.systems.verdicts import (
    DELIVERED,
    CredentialsRefused,
    Dead,
    DestinationFailed,
    Flooded,
    RateLimited,
)
from batchline.worker.delivery.ledger import Ledger, Step

SIZE = 12
BAD = Dead("rejected", "no")
INDEXES = st.sets(st.integers(0, SIZE - 1))


def ledger(**guard):
    return Ledger(SIZE, FloodGuard(**guard))


@given(st.lists(st.tuples(INDEXES, st.sampled_from([DELIVERED, BAD])), max_size=6))
def test_every_message_has_its_last_verdict_and_the_others_are_open(settled):
    one, expected = ledger(), {}
    for indexes, verdict in settled:
        fresh = indexes - expected.keys()
        one.settle(sorted(fresh), verdict)
        expected |= dict.fromkeys(fresh, verdict)
    delivered = {index for index, verdict in expected.items() if verdict == DELIVERED}
    assert {index for index in range(SIZE) if one.is_delivered(index)} == delivered
    assert one.delivered == len(delivered)
    assert one.verdicts == {n: verdict for n, verdict in expected.items() if n not in delivered}
    waiting = [index for index in range(SIZE) if index not in expected]
    assert list(one.open()) == waiting
    assert one.first_open() == (waiting[0] if waiting else None)


@given(st.integers(0, SIZE), st.integers(0, SIZE))
def test_a_range_is_delivered_as_its_messages_one_by_one_are(start, end):
    whole, single = ledger(), ledger()
    whole.apply(Step(delivered=range(start, end)))
    single.apply(Step(delivered=list(range(start, end))))
    assert list(whole.open()) == list(single.open())


def test_what_was_taken_includes_what_may_have_been():
    one = ledger()
    one.apply(Step(delivered=[0, 3], verdicts={1: BAD, 2: Dead("ambiguous", "lost")}))
    assert list(one.taken()) == [0, 3, 2]


def test_a_failure_is_a_better_reason_to_stop_than_the_rate_limit():
    failed, denied = DestinationFailed("HTTP 503"), CredentialsRefused("no")
    one = ledger()
    stops = [RateLimited(1), failed, RateLimited(2), denied]
    kept = [RateLimited(1), failed, failed, denied]
    for stop, stays in zip(stops, kept, strict=True):
        one.apply(Step(stop=stop))
        assert one.stop == stays


def test_a_batch_that_is_nearly_all_rejected_stops():
    one = ledger(least=3, share=0.5)
    for index in range(3):
        assert one.stop is None
        one.apply(Step(verdicts={index: BAD}, rejected=1))
    assert one.stop == Flooded()


def test_few_rejected_among_many_delivered_do_not_stop_it():
    one = ledger(least=3, share=0.5)
    one.apply(Step(delivered=range(3, SIZE)))
    for index in range(3):
        one.apply(Step(verdicts={index: BAD}, rejected=1))
    assert one.stop is None
