"""What the commands on dead letters decide: durations, and the pace of a replay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchline.worker.cli.dead.pace import paced
from batchline.worker.filters.durations import seconds_of
from batchline.worker.store.letter_pages import PAGE


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("15m", 900), ("2h", 7200), ("3d", 259_200), ("1.5h", 5400), ("0s", 0)],
)
def test_a_duration_is_a_number_and_its_unit(text, seconds):
    assert seconds_of(text) == seconds


@given(st.text())
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError, match="such as 90s"):
        seconds_of(text)


class Clock:
    """Time that passes only when somebody waits, or while a part is worked on."""

    def __init__(self, stop_at=None):
        self.now = 1000.0
        self._stop_at = stop_at

    def __call__(self):
        return self.now

    def wait(self, seconds):
        assert seconds >= 0
        self.now += seconds
        return self._stop_at is not None and self.now >= self._stop_at


IDS = st.integers(0, 3000).map(lambda count: [str(n) for n in range(count)])
RATES = st.floats(0.01, 100_000)


@given(IDS, RATES, st.floats(0, 1))
def test_all_go_in_order_and_never_more_than_the_rate_allows(ids, rate, seconds_each):
    clock, gone = Clock(), []
    for part in paced(ids, rate, clock, clock.wait):
        assert 0 < len(part) <= PAGE
        gone += part
        assert len(gone) <= (clock.now - 1000) * rate + 1 + 1e-6
        clock.now += seconds_each
    assert gone == ids


@given(IDS)
def test_without_a_rate_all_go_at_once_in_pages(ids):
    clock = Clock()
    parts = list(paced(ids, None, clock, clock.wait))
    assert [one for part in parts for one in part] == ids
    assert all(len(part) == PAGE for part in parts[:-1])
    assert clock.now == 1000


@given(IDS, RATES, st.floats(0, 10))
def test_a_stop_is_obeyed_between_two_parts(ids, rate, after):
    clock = Clock(stop_at=1000 + after)
    gone = [one for part in paced(ids, rate, clock, clock.wait) for one in part]
    assert gone == ids[: len(gone)]
    assert len(gone) <= after * rate + 1 + 1e-6
    assert len(gone) >= min(len(ids), 1)
