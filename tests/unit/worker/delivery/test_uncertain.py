"""The mark of what may have been sent, written and read again."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchline.producers.lanes import Lane
from batchline.systems.columns import Columns
from batchline.worker.delivery.ledger import Step
from batchline.worker.delivery.uncertain import Uncertain, mark_of
from batchline.worker.store.batch import Batch
from batchline.worker.store.parking import Meta

LANE = Lane("default", "event.add")
SHARING = '{"op":"event.update"}'


def batch(count, sharing=()):
    rows = [("c", SHARING if n in sharing else "", b"{}") for n in range(count)]
    ids = [f"{1000 + n // 3}-{n % 3}".encode() for n in range(count)]
    return Batch(LANE, ids, Columns.of("event.add", rows), {})


def uncertain(of, policy="verify", **marks):
    return Uncertain(of, policy, **marks)


SENT = st.integers(1, 12).flatmap(
    lambda count: st.tuples(
        st.just(count),
        st.integers(1, count),
        st.dictionaries(st.integers(0, count - 1), st.integers(0, 3)),
    )
)


@given(SENT)
def test_a_mark_says_of_every_message_whether_and_how_it_is_uncertain(drawn):
    count, head, sent = drawn
    one = uncertain(batch(count))
    one.add(sorted(sent))
    one.apply(Step(unanswered=sent))
    mark = one.mark()
    assert bool(mark) == bool(sent) == bool(one)
    again = uncertain(batch(count), mark=mark)
    assert (list(again), again.mark()) == (sorted(sent), mark)
    assert {index: again.unanswered[index] for index in again} == sent
    # A smaller batch knows its own, and carries on what lies behind it.
    here = uncertain(batch(head), mark=mark)
    assert list(here) == [index for index in sorted(sent) if index < head]
    assert list(uncertain(batch(count), mark=here.mark())) == sorted(sent)


def test_neighbours_are_one_range():
    one = uncertain(batch(5))
    one.add([0, 1, 2, 4])
    assert json.loads(one.mark()) == [["1000-0", "1000-2", 0], ["1001-1", "1001-1", 0]]


def test_a_mark_of_a_whole_batch_is_that_of_all_its_messages():
    one = uncertain(batch(7))
    one.add(range(7))
    assert json.loads(mark_of(batch(7))) == json.loads(one.mark())


def test_a_mark_of_an_earlier_version_is_read():
    one = uncertain(batch(4), mark='[["1000-1", "1000-2"]]')
    assert (list(one), one.unanswered) == ([1, 2], {1: 0, 2: 0})


@pytest.mark.parametrize("added", [range(1, 3), [1, 2]])
def test_redis_is_told_once_of_what_is_about_to_be_sent(added):
    one = uncertain(batch(4))
    assert one.add(added)
    one.written()
    assert not one.add(added)
    one.apply(Step(certain=added))
    assert not one
    assert not one.add(added)
    assert one.add(range(4))


def test_what_was_marked_with_the_batch_before_is_told_already_and_not_yet_sent():
    one = uncertain(batch(4), marked=True)
    assert not one
    assert not one.add(range(4))
    assert list(one) == [0, 1, 2, 3]


def test_what_may_be_sent_again_is_never_marked():
    one = uncertain(batch(4), "resend")
    assert not one.add(range(4))
    assert (list(one), one.mark()) == ([], "")


def test_what_shares_the_lane_of_another_operation_is_none_of_a_marks_messages():
    one = uncertain(batch(4, sharing={1}), mark=mark_of(batch(4)))
    assert list(one) == [0, 2, 3]
    assert one.own([0, 1, 2]) == [0, 2]


def test_only_what_stays_in_the_lane_stays_in_the_mark():
    one = uncertain(batch(4))
    one.add(range(4))
    assert json.loads(one.mark(among=[1, 3])) == [["1000-1", "1000-1", 0], ["1001-0", "1001-0", 0]]


def asked_about(count, asked):
    of = batch(count)
    of.metas.update({n: Meta(f"{LANE}@1-{n}", tries=1, asked=asked[n]) for n in asked})
    return of


@pytest.mark.parametrize("mark", ["", '[["1000-2", "1001-0", 3]]'])
def test_a_message_that_was_parked_uncertain_is_uncertain_whatever_the_mark_says(mark):
    one = uncertain(asked_about(6, {0: "{}", 5: '{"a":1}', 3: ""}), mark=mark)
    assert list(one) == ([0, 2, 3, 5] if mark else [0, 5])
    assert one.before == frozenset(one)
    assert one.asked == {0: b"{}", 5: b'{"a":1}'}
    again = uncertain(batch(6), mark=one.mark())
    assert list(again) == list(one)


def test_a_message_that_was_parked_uncertain_is_marked_before_it_is_sent_again():
    one = uncertain(asked_about(2, {1: "{}"}))
    one.apply(Step(certain=[1]))
    assert list(one) == []
    assert one.add([1])


def test_where_everything_is_sent_again_nothing_is_uncertain():
    one = uncertain(asked_about(2, {1: "{}"}), "resend")
    assert not one
    assert one.asked == {}
