"""The lines about troubles: whatever the detail, their sentences end once."""

from __future__ import annotations

import pytest

from batchline.worker.troubles.kinds import KINDS
from batchline.worker.troubles.trouble import Trouble
from batchline.worker.troubles.words import news_line, standing_line


def lines(kind, detail, messages):
    began = Trouble(kind, "default:event.add", 0, 0, 1, messages, "", detail, event="began")
    return standing_line(began, 6000), news_line(began)


@pytest.mark.parametrize("messages", [0, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_a_detail_that_is_a_sentence_gets_no_second_full_stop_and_no_comma_behind_its_own(
    kind, messages
):
    for line in lines(kind, "there is no .env in this environment.", messages):
        assert "in this environment" in line
        assert not {mark for mark in ("..", ".,", ".;") if mark in line}
        assert ". Do: " in line


def test_a_detail_that_was_cut_keeps_its_dots():
    assert all("and so on..." in line for line in lines("fault", "and so on...", 0))


def test_a_host_that_is_not_reached_is_named_beside_the_lane_that_met_it_when_it_begins_and_ends():
    scope, lane = "https://api.shop.example:8443", "es:event.add:2"
    for event in ("began", "ended"):
        trouble = Trouble("host_unreachable", scope, 0, 0, 1, 0, lane, "refused", event=event)
        assert f"host {scope}, account es, operation event.add, lane {lane}: " in news_line(trouble)


@pytest.mark.parametrize("kind", ["destination_failed", "breaker_open"])
def test_who_is_on_the_way_is_looked_at_before_the_vendor_is_asked(kind):
    for line in lines(kind, "HTTP 403, and the answer is not the API's own", 3):
        advice = line.partition("Do: ")[2]
        assert 0 < advice.index("proxy or firewall") < advice.index("vendor")
