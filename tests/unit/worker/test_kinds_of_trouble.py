"""The table of the kinds of trouble."""

from __future__ import annotations

import re
import shlex

import pytest

from batchline.worker.cli.dead import command as dead
from batchline.worker.dead_letters.letter import REASONS
from batchline.worker.troubles.kinds import KINDS, OF_REASON


def test_every_reason_of_dead_letters_is_a_kind_but_the_one_that_a_person_causes():
    assert {*OF_REASON} == {*REASONS} - {"superseded"}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_kind_says_what_to_do_with_any_scope(kind):
    assert kind.do.format(scope="default", account="default", operation="event.add")
    assert not kind.words.endswith("."), "it stands in the middle of a line"


@pytest.mark.parametrize("kind", OF_REASON.values(), ids=OF_REASON)
def test_the_commands_for_dead_letters_are_copied_as_they_stand_and_then_really_replay(kind):
    text = kind.do.format(scope="es:event.add", account="es", operation="event.add")
    lines = re.findall(r"batchline dead ((?:list|replay|purge)(?: (?:--\w+ \w+|ID))+)", text)
    called = [shlex.split(line) for line in lines]
    for name, *arguments in called:
        context = dead.get_command(None, name).make_context(name, list(arguments))
        if "--reason" in arguments:
            assert (context.params["reason"], context.params["account"]) == (kind.reason, "es")
    assert [name for name, *_ in called][:2] == ["list", "replay"]
    assert not text.endswith(".")
