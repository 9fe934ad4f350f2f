"""The operations in the documents are those of the program: the tables and the examples."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import get_type_hints

import pytest

import batchline
from batchline import producers
from batchline.systems.registry import operations, systems
from batchline.worker.cli.operations import (
    DEFAULTS,
    PROMISES,
    PYTHON,
    class_of,
    helper_of,
    markdown_tables,
)
from batchline.worker.troubles import kinds_table

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("document", "command", "columns"),
    [
        ("README.md", "batchline operations --markdown", PROMISES),
        ("docs/settings.md", "batchline operations --defaults --markdown", DEFAULTS),
        ("docs/messages.md", "batchline operations --python --markdown", PYTHON),
    ],
)
def test_the_table_in_the_document_is_what_the_command_prints(document, command, columns):
    text = (ROOT / document).read_text()
    shown = text.partition(f"<!-- {command} -->\n")[2].partition("\n<!-- end -->")[0]
    assert shown == markdown_tables(columns)


@pytest.mark.parametrize("system", systems())
def test_the_class_and_the_helper_of_an_operation_are_importable_and_make_its_messages(system):
    for operation in systems()[system].operations:
        named = class_of(operation)
        assert reached(named) is operation.message or (named, system) == ("", "webhook")
        if helper := helper_of(operation):
            assert get_type_hints(reached(helper).build)["return"] is operation.message


def test_every_helper_that_builds_a_message_is_named():
    named = {helper_of(one) for system in systems().values() for one in system.operations} - {""}
    assert named == {f"salesmanago.{name}" for name in producers.salesmanago.__all__}


def reached(name):
    """What this name means behind `from batchline import ...`; None for an empty one."""
    module, _, name = name.rpartition(".")
    return getattr(getattr(batchline, module), name) if module else None


def test_the_table_of_troubles_in_the_document_is_that_of_the_program():
    text = (ROOT / "docs/operations.md").read_text()
    command = "batchline status --kinds"
    shown = text.partition(f"<!-- {command} -->\n")[2].partition("\n<!-- end -->")[0]
    assert shown == kinds_table.markdown()


@pytest.mark.parametrize("system", ["esputnik", "smartsender"])
def test_the_systems_document_has_a_valid_example_of_every_operation(system):
    text = (ROOT / "docs" / f"{system}.md").read_text()
    lines = [json.loads(line) for line in re.findall(r'^\{"op".*\}$', text, re.MULTILINE)]
    for line in lines:
        operations(system)[line["op"]].message.model_validate(line["data"])
    assert [line["op"] for line in lines] == list(operations(system))
