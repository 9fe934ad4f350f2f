"""Which errors a job may repeat: those that the same call may not get again later."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

import batchline
from batchline import BatchlineError, TryLater

OPERATIONS = Path(batchline.__file__).parents[1] / "docs" / "operations.md"
ERRORS = {
    name: value
    for name, value in ((name, getattr(batchline, name)) for name in batchline.__all__)
    if inspect.isclass(value) and issubclass(value, BatchlineError)
}
LATER = {
    "LaneFull",
    "RedisUnavailable",
    "NotTried",
    "OutcomeUnknown",
    "NotReplicated",
    "MessagesAhead",
    "LimitReached",
    "QuestionUnanswered",
    "TryLater",
}


@pytest.mark.parametrize("name", sorted(ERRORS))
def test_an_error_may_be_repeated_where_nobody_has_to_mend_the_call(name):
    assert issubclass(ERRORS[name], TryLater) == (name in LATER)


def test_the_table_of_errors_has_a_star_at_each_one_to_repeat():
    rows = re.findall(r"^\| `(\w+)`( \*)?[ |(]", OPERATIONS.read_text(), re.MULTILINE)
    stars = {name: bool(star) for name, star in rows if name in ERRORS}
    assert len(stars) > 8
    assert stars == {name: name in LATER for name in stars}
