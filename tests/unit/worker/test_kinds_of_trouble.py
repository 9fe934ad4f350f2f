"""The table of the kinds of trouble."""

from __future__ import annotations

import pytest

from batchline.worker.dead_letters.letter import REASONS
from batchline.worker.troubles.kinds import KINDS, OF_REASON


def test_every_reason_of_dead_letters_is_a_kind_but_the_one_that_a_person_causes():
    assert {*OF_REASON} == {*REASONS} - {"superseded"}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_kind_says_what_to_do_with_any_scope(kind):
    assert kind.do.format(scope="default", account="default", operation="event.add")
    assert not kind.words.endswith("."), "it stands in the middle of a line"
