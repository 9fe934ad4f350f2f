"""The history: differences of samples, and gaps where there is none."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from batchline.worker.store.history import MINUTE_MS, SAMPLED, Sample, growth_between, series_of

EVENTS = ("default", "event.add")
PUSHES = ("default", "push.send")


def sample(minute, **rows):
    names = {"events": EVENTS, "pushes": PUSHES}
    return Sample(minute * MINUTE_MS, {names[name]: values for name, values in rows.items()})


def history(samples, last=5, step=1, steps=4):
    found = {one.at // MINUTE_MS: one for one in samples}
    return series_of(found, last, step, steps)


def test_a_step_is_the_difference_of_two_samples():
    found = history(
        [sample(3, events=[10, 5, 0, 5]), sample(4, events=[25, 9, 2, 14])], last=4, steps=1
    )
    series = found.of(*EVENTS)
    assert (series.enqueued, series.delivered, series.died) == ((15,), (4,), (2,))
    assert series.backlog == (14,)
    assert found.times == (4 * MINUTE_MS,)


def test_a_minute_without_a_worker_is_a_gap_and_no_zero():
    found = history([sample(1, events=[1, 0, 0, 1]), sample(2, events=[4, 1, 0, 3])])
    assert found.of(*EVENTS).enqueued == (3, None, None, None)
    # The first sample after a gap says what waits, and not what came meanwhile.
    found = history([sample(1, events=[1, 0, 0, 1]), sample(4, events=[9, 0, 0, 9])])
    assert found.of(*EVENTS).enqueued == (None, None, None, None)
    assert found.of(*EVENTS).backlog == (None, None, 9, None)


def test_a_quiet_minute_is_a_zero_and_no_gap():
    same = {"events": [7, 7, 0, 0]}
    found = history([sample(minute, **same) for minute in range(1, 6)])
    assert found.of(*EVENTS).enqueued == (0, 0, 0, 0)


def test_an_operation_that_is_new_began_with_nothing():
    found = history(
        [sample(4, events=[1, 1, 0, 0]), sample(5, events=[1, 1, 0, 0], pushes=[6, 2, 0, 4])]
    )
    assert found.of(*PUSHES).enqueued[-1] == 6
    assert found.totals.enqueued[-1] == 6
    assert found.totals.backlog[-1] == 4


def test_an_operation_that_no_sample_knows_is_all_gaps():
    assert history([]).of("x", "event.add").enqueued == (None,) * 4


def test_deliveries_that_a_job_took_back_are_no_negative_number():
    found = history([sample(4, events=[9, 9, 0, 0]), sample(5, events=[9, 7, 2, 0])])
    assert found.of(*EVENTS).delivered[-1] == 0


def test_rates_are_per_minute_and_second_of_what_is_known():
    samples = [sample(minute, events=[minute * 120, 0, 0, 0]) for minute in (0, 15, 45, 60)]
    found = history(samples, last=60, step=15, steps=4)
    assert found.totals.enqueued == (1800, None, None, 1800)
    assert found.per_minute(found.totals.enqueued) == 120
    assert found.per_second(found.totals.enqueued) == 2
    assert found.per_second((None, None)) is None
    assert found.per_minute(()) is None


COUNTS = st.lists(st.integers(0, 1000), min_size=4, max_size=4)
NAMES = st.tuples(st.sampled_from(["a", "b"]), st.sampled_from(["event.add", "push.send"]))


@given(st.integers(0, 2**42), st.dictionaries(NAMES, COUNTS))
def test_a_sample_that_is_kept_is_read_as_the_same(at, rows):
    assert Sample.from_bytes(Sample(at, rows).to_bytes()) == Sample(at, rows)


@given(st.dictionaries(st.integers(0, 8), st.dictionaries(NAMES, COUNTS)))
def test_the_totals_are_the_sums_and_have_gaps_where_all_have(rows):
    samples = {minute: Sample(minute * MINUTE_MS, row) for minute, row in rows.items()}
    found = series_of(samples, 8, 1, 8)
    for index in range(8):
        for name in ("enqueued", "delivered", "died", "backlog"):
            parts = [getattr(one, name)[index] for one in found.rows.values()]
            total = getattr(found.totals, name)[index]
            if parts:
                assert total == (None if None in parts else sum(parts))


def test_the_growth_of_an_hour_is_the_difference_of_its_two_ends():
    """A counter that goes back has not grown, and a lane that is new has grown from nothing."""
    first, last = (
        sample(1, events=[10, 9, 1, 3, 7, 2]),
        sample(59, events=[25, 8, 1, 14, 9, 2], pushes=[1, 1, 0, 0, 1, 0]),
    )
    found = growth_between(first, last)
    assert (found.since, found.until) == (MINUTE_MS, 59 * MINUTE_MS)
    assert found.rows[EVENTS] == dict(zip(SAMPLED, [15, 0, 0, 11, 2, 0], strict=True))
    assert found.rows[PUSHES] == dict(zip(SAMPLED, [1, 1, 0, 0, 1, 0], strict=True))


def test_a_sample_of_an_older_release_says_nothing_of_requests():
    """Whichever of the two ends it is."""
    older, newer = sample(1, events=[10, 9, 1, 3]), sample(2, events=[25, 9, 1, 3, 7, 2])
    for pair in ((older, newer), (newer, older)):
        row = growth_between(*pair).rows[EVENTS]
        assert (row["delivered"], row["requests"], row["failed_requests"]) == (0, None, None)
    assert history([older, newer], last=2, steps=1).of(*EVENTS).enqueued == (15,)
