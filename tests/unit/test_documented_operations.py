"""The operations in the documents are those of the program: the tables and the examples."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from batchline.systems.registry import operations
from batchline.worker.cli.operations import DEFAULTS, PROMISES, markdown_tables
from batchline.worker.troubles import kinds

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("document", "command", "columns"),
    [
        ("README.md", "batchline operations --markdown", PROMISES),
        ("docs/settings.md", "batchline operations --defaults --markdown", DEFAULTS),
    ],
)
def test_the_table_in_the_document_is_what_the_command_prints(document, command, columns):
    text = (ROOT / document).read_text()
    shown = text.partition(f"<!-- {command} -->\n")[2].partition("\n<!-- end -->")[0]
    assert shown == markdown_tables(columns)


def test_the_table_of_troubles_in_the_document_is_that_of_the_program():
    text = (ROOT / "docs/operations.md").read_text()
    command = "batchline status --kinds"
    shown = text.partition(f"<!-- {command} -->\n")[2].partition("\n<!-- end -->")[0]
    assert shown == kinds.markdown()


@pytest.mark.parametrize("system", ["esputnik", "smartsender"])
def test_the_systems_document_has_a_valid_example_of_every_operation(system):
    text = (ROOT / "docs" / f"{system}.md").read_text()
    lines = [json.loads(line) for line in re.findall(r'^\{"op".*\}$', text, re.MULTILINE)]
    for line in lines:
        operations(system)[line["op"]].message.model_validate(line["data"])
    assert [line["op"] for line in lines] == list(operations(system))
