"""The pause after a call that Redis did not answer, by a clock of the test."""

from __future__ import annotations

import pytest

from batchline.producers.errors import NotTried, RedisUnavailable
from batchline.producers.pause import Pause
from batchline.producers.settings import EnqueuePause


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def pause(clock):
    return Pause(EnqueuePause(first=2, factor=3, max=10), trial=1, clock=clock)


def refused(pause):
    with pytest.raises(NotTried) as told:
        pause.admit()
    return told.value


def fails(pause, clock):
    """A call that is admitted and gets no answer within a second."""
    pause.admit()
    began = clock.now
    clock.now += 1
    pause.begin(began)


def test_calls_are_admitted_until_one_fails(pause):
    pause.admit()
    pause.admit()


def test_after_a_failed_call_no_other_is_tried_and_the_error_says_when_one_will_be(pause, clock):
    fails(pause, clock)
    clock.now += 0.5
    error = refused(pause)
    assert isinstance(error, RedisUnavailable)
    assert error.retry_after == pytest.approx(1.5)
    assert "0.5 s ago: this call was not tried, nothing was enqueued" in str(error)
    assert "tried again in 1.5 s" in str(error)


def test_when_the_pause_is_over_one_call_tries_and_the_others_wait_for_it(pause, clock):
    fails(pause, clock)
    clock.now += 2
    pause.admit()
    refused(pause)


def test_a_call_that_tried_and_never_came_back_is_followed_by_another(pause, clock):
    fails(pause, clock)
    clock.now += 2
    pause.admit()
    clock.now += 1
    pause.admit()


def test_the_pause_grows_with_each_failed_try_up_to_its_limit(pause, clock):
    lengths = []
    for _ in range(4):
        fails(pause, clock)
        lengths.append(refused(pause).retry_after)
        clock.now += lengths[-1]
    assert lengths == pytest.approx([2, 6, 10, 10])


def test_calls_that_were_under_way_together_make_the_pause_no_longer(pause, clock):
    for _ in range(5):
        pause.admit()
    for _ in range(5):
        clock.now += 3
        pause.begin(since=100)
    assert refused(pause).retry_after == pytest.approx(2)


def test_an_answer_ends_the_pause_and_the_next_one_is_short_again(pause, clock):
    for _ in range(2):
        fails(pause, clock)
        clock.now += refused(pause).retry_after
    pause.admit()
    pause.end()
    pause.admit()
    fails(pause, clock)
    assert refused(pause).retry_after == pytest.approx(2)


def test_a_first_of_zero_is_no_pause_at_all(clock):
    pause = Pause(EnqueuePause(first=0), trial=1, clock=clock)
    for _ in range(3):
        fails(pause, clock)
    pause.admit()
