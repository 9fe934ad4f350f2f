"""The questions in docs/ask.md are those of the command and of the module."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from batchline import ask
from batchline.worker.cli.ask import SYSTEMS, command
from batchline.worker.delivery.inquiring import TOOK
from tests.conformance.systems import BENCHES

TEXT = (Path(__file__).parents[2] / "docs" / "ask.md").read_text()
ROWS = re.findall(r"^\| `(\w+) ([\w-]+)[^|]*?(?:\\\|[^|]*)*\| (`[^|]+`) \|", TEXT, re.MULTILINE)


def commands(system):
    group = command.get_command(click.Context(command), system)
    return set(group.list_commands(click.Context(group)))


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_question_of_the_command_is_in_the_document(system):
    assert {name for of, name, _ in ROWS if of == system} == commands(system)


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_question_of_the_module_is_in_the_document(system):
    module = getattr(ask, system)
    functions = {f"{system}.{name}" for name in module.__all__ if name[0].islower()}
    named = {name for _, _, cell in ROWS for name in re.findall(r"`([\w.]+)`", cell)}
    assert {name for name in named if name.startswith(f"{system}.")} == functions


def test_every_question_about_a_message_is_in_the_document():
    asked = {
        inquiry.asks
        for bench in BENCHES.values()
        for case in bench.cases.cases
        for item in bench.run([(case.operation, {**case.data, **with_owner(bench, case)})])
        if hasattr(bench.system, "inquiries")
        for inquiry in bench.system.inquiries(item)
    }
    table = TEXT.partition("| question |")[2]
    assert {TOOK, *asked} <= set(re.findall(r"^\| ([^|]+\?) \|", table, re.MULTILINE))


def with_owner(bench, case):
    has_owner = (bench.name, case.operation) == ("salesmanago", "event.add")
    return {"owner": "sales@vendor.pl"} if has_owner else {}
