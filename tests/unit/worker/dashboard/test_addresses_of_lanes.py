"""What the address of the lanes page asks for, and the words of the pages."""

from __future__ import annotations

import pytest

from batchline.systems.account import Limits
from batchline.worker.dashboard.pages import words
from batchline.worker.dashboard.pages.asked import Asked
from batchline.worker.dashboard.pages.lanes import DEFAULT_SORT
from batchline.worker.inspection.lanes_filter import LANGUAGE
from batchline.worker.inspection.surroundings import Use


def asked_of(query):
    return Asked.of(query, LANGUAGE, DEFAULT_SORT)


def test_an_address_gives_the_filter_the_order_and_the_page():
    asked = asked_of("account=default&state=failing,paused&text=503&sort=-oldest&page=3&empty=")
    assert (asked.wanted.account, asked.wanted.text) == ("default", "503")
    assert asked.wanted.state == ("failing", "paused")
    assert (asked.sort, asked.page, asked.wrong) == ("-oldest", 3, "")


@pytest.mark.parametrize("query", ["page=-1", "page=0x2", "page=99999999999999", "page="])
def test_a_page_that_is_no_number_is_the_first(query):
    assert asked_of(query).page == 1


def test_a_filter_that_cannot_be_read_asks_for_nothing_and_is_explained():
    asked = asked_of("account=default&state=fialing")
    assert asked.wanted.account is None
    assert "did you mean failing?" in asked.wrong


def test_links_keep_the_filter_and_leave_out_what_is_usual():
    asked = asked_of("account=a%26b&sort=-oldest&page=3")
    assert asked.address(page=4) == "?account=a%26b&sort=-oldest&page=4"
    assert asked.address(sort="-backlog") == "?account=a%26b"
    assert asked_of("").address() == "?"


def test_a_head_sorts_by_its_column_and_then_the_other_way_round():
    first = asked_of("").sorted_by("oldest", True)
    assert first == "?sort=-oldest"
    again = asked_of(first[1:])
    assert again.direction("oldest") == "descending"
    assert again.sorted_by("oldest", True) == "?sort=oldest"
    assert again.direction("backlog") == "none"
    assert asked_of("sort=oldest").direction("oldest") == "ascending"


def test_numbers_are_shown_as_people_read_them():
    assert words.count(1234567) == "1,234,567"
    assert [words.rate(one) for one in (None, 0.0, 0.25, 3.0, 12.7, 4567.0)] == [
        words.NONE,
        "0",
        "0.2",
        "3",
        "13",
        "4,567",
    ]
    assert words.moment(1795248000123) == "2026-11-21 08:00:00"


def test_the_use_of_limits_is_said_for_those_that_there_are():
    use = Use(Limits(per_second=0.5, concurrent=4), 1, 7, 2, 0, 0.5)
    assert words.limits(use) == [
        "1 of 0.5 a second",
        "2 of 4 at once",
        "50% of it since the API said too much",
    ]
    assert words.limits(None) == words.limits(Use()) == []
