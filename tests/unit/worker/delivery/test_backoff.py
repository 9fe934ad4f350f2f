"""When a lane whose destination failed is tried again."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchline.systems.account import Backoff
from batchline.worker.delivery.backoff import delay

BACKOFF = Backoff(first=1, factor=2, max=300)


@given(st.integers(0, 10_000), st.floats(0, 1, exclude_max=True))
def test_full_jitter_lies_between_zero_and_the_capped_exponential(attempts, dice):
    waited = delay(attempts, None, BACKOFF, lambda: dice)
    assert 0 <= waited <= min(300, math.ldexp(1, min(attempts, 64)))


@pytest.mark.parametrize(
    ("attempts", "ceiling"), [(0, 1), (1, 2), (5, 32), (8, 256), (9, 300), (500, 300)]
)
def test_the_ceiling_doubles_until_the_cap(attempts, ceiling):
    assert delay(attempts, None, BACKOFF, lambda: 0.5) == ceiling / 2


@pytest.mark.parametrize("attempts", [0, 3])
def test_retry_after_is_kept_exactly(attempts):
    assert delay(attempts, 17.5, BACKOFF, lambda: 0.9) == 17.5


def test_a_first_retry_after_of_zero_means_at_once():
    assert delay(0, 0.0, BACKOFF, lambda: 0.9) == 0


def test_a_retry_after_of_zero_that_comes_again_does_not_spin():
    assert delay(4, 0.0, BACKOFF, lambda: 0.5) == 8
