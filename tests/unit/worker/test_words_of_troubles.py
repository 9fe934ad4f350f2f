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
