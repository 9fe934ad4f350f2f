"""Keys that Redis deletes by its own clock, which may step."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

SCRIPTS = [
    script.read_text()
    for package in ("batchline.producers", "batchline.worker.store")
    for script in (files(package) / "lua").iterdir()
]
EXPIRES = re.compile(r"'(?:EX|PX|EXAT|PXAT)'|EXPIRE|SETEX")


def calls(text):
    """The calls of Redis in a script, each with its arguments over all their lines."""
    text = re.sub(r"--[^\n]*", "", text)
    text = re.sub(r"'[^'\n]*'", lambda quoted: re.sub("[()]", "", quoted[0]), text)
    for found in re.finditer(r"redis\.p?call\(", text):
        end, depth = found.end(), 1
        while depth:
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        yield text[found.start() : end]


EXPIRIES = [one for text in SCRIPTS for one in calls(text) if EXPIRES.search(one)]


def test_the_scripts_set_expiries():
    assert len(EXPIRIES) >= 9


@pytest.mark.parametrize("call", EXPIRIES)
def test_a_key_is_kept_longer_than_it_is_of_use(call):
    assert re.search(r"\bKEPT\b|\bkept\b", call)
