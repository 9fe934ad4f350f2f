"""Batchline's clock: what a worker can tell of a step forward, and how ids are sorted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from batchline.producers.lanes import Lane, message_id
from batchline.worker.store.message_ids import in_order, parked_member
from batchline.worker.store.reading import Reading
from batchline.worker.store.redis_clock import step_forward

LANE = Lane("shop", "event.add", 3)
#: Seconds, of a call's way or between two calls.
SHORT, LONG = st.floats(0, 30), st.floats(0, 10**6)
IDS = st.builds(
    lambda millis, number: message_id(LANE, f"{millis}-{number}"),
    st.integers(0, 3),
    st.integers(0, 10**6),
)


def readings(first, pause, second, where, stepped=0.0):
    """Two readings, that took `first` and `second` seconds, with a pause of seconds between them.

    `where`: how far on their ways, from 0 to 1, the server looked at its clock.
    """
    at = 1_795_000_000_000 + 1000 * first * where
    before = Reading(round(at), 0.0, first)
    passed = first * (1 - where) + pause + second * where
    sent = first + pause
    return before, Reading(round(at + 1000 * (passed + stepped)), sent, sent + second)


@given(SHORT, LONG, SHORT, st.floats(0, 1))
def test_time_that_has_passed_is_no_step_however_slow_the_answers_are(first, pause, second, where):
    assert step_forward(*readings(first, pause, second, where)) <= 1


@given(SHORT, st.floats(0, 600), SHORT, st.floats(0, 1), st.integers(100, 10**6))
def test_a_step_is_measured_as_well_as_the_answers_are_fast(first, pause, second, where, stepped):
    measured = step_forward(*readings(first, pause, second, where, stepped)) / 1000
    slack = 2 * (first + second) + (first + pause + second) / 1000 + 0.01
    assert stepped - slack <= measured <= stepped + 0.01


def test_nothing_is_known_of_the_time_before_the_first_reading():
    assert step_forward(None, Reading(10**12, 0.0, 0.1)) == 0


@given(st.lists(IDS))
def test_what_comes_back_in_one_ms_is_in_the_order_in_which_it_was_enqueued(ids):
    assert sorted(ids, key=parked_member) == sorted(ids, key=in_order)
