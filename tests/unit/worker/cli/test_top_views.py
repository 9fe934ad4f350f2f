"""What is asked for on each tab of `batchline top`, as values."""

from __future__ import annotations

import pytest

from batchline.worker.cli.top import words
from batchline.worker.cli.top.rows import TABS
from batchline.worker.cli.top.views import SORTS, View
from batchline.worker.filters.language import BadFilter
from batchline.worker.inspection import lanes_page


def test_every_column_that_is_sorted_by_is_one_of_the_lanes_page():
    assert {one.removeprefix("-") for one in SORTS} <= lanes_page.SORTS.keys()


def test_sorting_goes_through_all_columns_and_begins_again():
    view, seen = View(page=3), []
    for _ in SORTS:
        view = view.sorted_next()
        seen.append(view.sort)
    assert seen == [*SORTS[1:], SORTS[0]]
    assert view.page == 1


def test_the_other_way_round_twice_is_as_before():
    assert View().reversed().sort == "backlog"
    assert View().reversed().reversed() == View()


@pytest.mark.parametrize("tab", words.EXAMPLES)
def test_the_example_of_a_tab_is_a_filter_of_its_language(tab):
    view = View(tab=tab).with_filter(words.EXAMPLES[tab])
    assert view.filter == words.EXAMPLES[tab]
    assert view.with_filter("") == View(tab=tab)


def test_a_filter_of_dead_letters_is_none_of_lanes():
    with pytest.raises(BadFilter, match="there is no such condition"):
        View(tab="lanes").with_filter("reason=rejected")


def test_the_keys_fit_80_columns_and_24_lines():
    lines = words.KEYS.splitlines()
    assert len(lines) <= 20  # a border and a line below
    assert max(map(len, lines)) <= 76


def test_a_redis_that_is_away_is_wrong_whatever_was_read():
    assert words.health(None, "Redis is away: refused") == (
        "wrong",
        "Redis is away: refused. Trying again",
    )


def test_every_tab_stands_in_the_line_of_tabs_with_its_key():
    line = words.tabs("dead", None).plain
    for at, (title, _) in enumerate(TABS.values(), 1):
        assert f"{at} {title}" in line
    assert len(line) <= 80
