"""When a soak says that something grows."""

from __future__ import annotations

import pytest

from tests.soak.samples import BOUNDS, MB, Sample, grown, rows

FLAT = {"flower": 90 * MB, "worker": 100 * MB, "redis": 12 * MB, "heap": 3 * MB}


def run(**growth):
    """An hour of samples, of which these parts grow by so many bytes in each of them."""
    return [
        Sample(10.0 * n, {part: of + growth.get(part, 0) * n for part, of in FLAT.items()})
        for n in range(360)
    ]


def too_much(samples):
    return [one.part for one in grown(samples) if one.is_too_much]


def test_what_stays_as_it_is_has_not_grown():
    assert too_much(run()) == []


@pytest.mark.parametrize("part", BOUNDS)
def test_a_part_that_grows_through_the_second_half_is_named(part):
    assert too_much(run(**{part: MB})) == [part]


def test_what_grows_in_the_first_half_only_has_not_grown():
    samples = [Sample(one.at, {**one.parts, "flower": min(one.at, 1800) * MB}) for one in run()]
    assert too_much(samples) == []


def test_one_sample_that_is_large_is_no_growth():
    samples = run()
    samples[-1].parts["worker"] *= 10
    assert too_much(samples) == []


def test_the_table_has_a_row_for_each_twelfth_of_the_run():
    found = rows(run(heap=1000))
    assert len(found) == 12
    heaps = [one.parts["heap"] for one in found]
    assert heaps == sorted(heaps)
