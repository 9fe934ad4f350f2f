"""The examples of docs/messages.md and of the README are accepted and delivered as they stand."""

from __future__ import annotations

import json
import re
import sqlite3
from decimal import Decimal
from pathlib import Path

from batchline import Producer
from batchline.producers.producer import default_producer
from batchline.systems.registry import operations

ROOT = Path(__file__).parents[2]
ANN = "ann@shop.example"


def test_the_examples_of_the_documentation_are_accepted_and_delivered(stack):
    text = (ROOT / "docs" / "messages.md").read_text()
    lines = re.findall(r'^\{"op".*\}$', text, re.MULTILINE)
    shown = {json.loads(line)["op"] for line in lines}
    assert shown == {*operations("salesmanago"), *operations("salesmanago_mobile")}
    stack.add_account("mobile", "salesmanago_mobile")
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


def test_the_documented_contacts_and_events_are_accepted_with_the_documented_settings(shop):
    tables = re.search(r"```toml\n(.*?)```", (ROOT / "docs" / "routes.md").read_text(), re.DOTALL)
    text = shop.config.read_text().partition("mapping.event = ")
    shop.config.write_text(f"{text[0]}\n{tables[1]}")
    messages = (ROOT / "docs" / "messages.md").read_text()
    lines = re.findall(r'^    (\{"op": "(?:contact|event)".*\})$', messages, re.MULTILINE)
    done = shop.run("enqueue", "-", stdin="\n".join(lines).encode())
    assert done.stdout == b"2 lines: 2 accepted, 0 bad; 4 messages\n", done.stderr


def test_the_rejects_cannot_be_the_file_itself(stack):
    (stack.folder / "f.jsonl").write_text("{}\n")
    done = stack.run("enqueue", "f.jsonl", "--rejects", "./f.jsonl")
    assert (done.returncode, (stack.folder / "f.jsonl").read_text()) == (2, "{}\n")


def test_the_documents_python_runs_as_it_stands(shop):
    with shop.config.open("a") as config:
        config.write('[accounts.default.mapping.contact]\nshoe_size = "property:size"\n')
        config.write('[accounts.es.mapping.contact]\nshoe_size = "field:1"\n')
    text = (ROOT / "README.md").read_text() + (ROOT / "docs" / "routes.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == 6
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE orders (number, paid)")
    default_producer.cache_clear()
    try:
        for block in blocks:
            names: dict = {}
            exec(block, names)
            if "order_paid" in names:
                names["order_paid"]("17", ANN, "Ann", Decimal("19.99"), ["p1"])
                names["producer"].close()
            if "coupon_used" in names:
                names["coupon_used"](ANN, "SB-1", True)
            if "pay" in names:
                with Producer() as producer:
                    names["pay"](database, producer, "18", ANN)
    finally:
        database.close()
        default_producer().close()
        default_producer.cache_clear()
    # A contact and an event of the first block for two accounts; 2 of the functions; 3 at once, of
    # which one is for two accounts; 1 after the transaction; 2 of the routes for two accounts.
    assert shop.status().totals["accepted"] == 2 * 2 + 2 + (2 + 1 + 1) + 1 + 2 * 2
