"""The examples of docs/messages.md and of the README are accepted and delivered as they stand."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import SimpleNamespace

from producers.operations import OPERATIONS
from producers.producer import default_producer

ROOT = Path(__file__).parents[2]


def test_the_examples_of_the_documentation_are_accepted_and_delivered(stack):
    text = (ROOT / "docs" / "messages.md").read_text()
    lines = re.findall(r'^\{"op".*\}$', text, re.MULTILINE)
    shown = {json.loads(line)["op"] for line in lines}
    assert shown == {*OPERATIONS["salesmanago"], *OPERATIONS["salesmanago_mobile"]}
    stack.configure_mobile()
    done = stack.run("enqueue", "-", stdin="\n".join(lines).encode())
    count = len(lines)
    assert done.stdout.decode() == f"{count} lines: {count} accepted, 0 bad\n"
    stack.worker()
    totals = stack.until_at_rest()
    assert (totals["delivered"], totals["dead"]) == (count, 0)


def test_the_readmes_line_is_accepted(stack):
    lines = re.findall(r'^ +(\{"op".*\})$', (ROOT / "README.md").read_text(), re.MULTILINE)
    done = stack.run("enqueue", "-", stdin="\n".join(lines).encode())
    assert (len(lines), done.returncode) == (1, 0)


def test_the_rejects_cannot_be_the_file_itself(stack):
    (stack.folder / "f.jsonl").write_text("{}\n")
    done = stack.run("enqueue", "f.jsonl", "--rejects", "./f.jsonl")
    assert (done.returncode, (stack.folder / "f.jsonl").read_text()) == (2, "{}\n")


def test_the_readmes_python_runs_as_it_stands(stack):
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert len(blocks) == 2
    order = SimpleNamespace(
        email="ann@shop.example",
        name="Ann",
        newsletter=True,
        total=19.99,
        lines=[SimpleNamespace(sku="p1")],
        number="17",
        coupon="SB-1",
    )
    default_producer.cache_clear()
    try:
        for block in blocks:
            names: dict = {}
            exec(block, names)
            if "order_paid" in names:
                names["order_paid"](order)
    finally:
        default_producer().close()
        default_producer.cache_clear()
    assert stack.status().totals["accepted"] == 5
