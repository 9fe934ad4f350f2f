"""Texts of half a megabyte are masked at once: a search never goes back to where it began.

A search that did would take hours for each of them, and hold its worker's other threads up.
"""

from __future__ import annotations

import pytest

from batchline.systems import api_text
from batchline.systems.addresses import MASK
from batchline.systems.scrub import Scrubber
from batchline.worker.troubles import words

ADDRESS = "ann@shop.example"
RUNS = {"a word": "x" * 500_000, "dots": "a." * 250_000, "percents": "%4" * 250_000}


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
@pytest.mark.parametrize(
    "mask",
    [Scrubber().text, api_text.without_addresses, words.masked],
    ids=["scrub", "api_text", "troubles"],
)
def test_a_long_run_of_one_word_is_searched_once(mask, run):
    assert mask(f"{run} {ADDRESS} {run}") == f"{run} {MASK} {run}"
    assert mask(f"{ADDRESS} {ADDRESS}") == f"{MASK} {MASK}"
