"""A line of bars in the terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchline.worker.inspection.history_table import BARS, GAP, NOTHING, WIDTH, sparkline

VALUES = st.lists(st.none() | st.integers(0, 10**9), max_size=120)


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ([], ""),
        ([None, 0, 1, 8], " _▁█"),
        ([5, 5], "██"),
        ([0, 0], "__"),
        (list(range(1, 9)), BARS),
    ],
)
def test_the_most_is_the_highest_bar_and_a_gap_is_no_zero(values, line):
    assert sparkline(values) == line


@given(VALUES)
def test_a_line_is_never_longer_than_its_place(values):
    assert len(sparkline(values)) <= WIDTH


@given(VALUES)
def test_only_unknown_times_are_blank_and_only_quiet_ones_are_empty(values):
    for index, bar in enumerate(sparkline(values[:WIDTH])):
        assert (bar == GAP) == (values[index] is None)
        assert (bar == NOTHING) == (values[index] == 0)
