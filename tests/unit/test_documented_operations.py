"""The tables of operations in the documents are those of the program."""

from __future__ import annotations

from pathlib import Path

import pytest

from worker.cli.operations import DEFAULTS, PROMISES, markdown_tables

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
