"""An entry in the stream of results that somebody else wrote stops nobody who reads."""

from __future__ import annotations

import pytest

from tests.builders import ANN, contact

UPSERTS = '[accounts.default.operations."contact.upsert"]\n'
FOREIGN = [{"result": "nonsense"}, {"message": "x"}, {"message": b"\xff", "number": "one"}]


@pytest.fixture
def results(stack):
    """A stack with a result between entries of somebody else's."""
    stack.configure((UPSERTS, f"{UPSERTS}results = true\n"))
    for row in FOREIGN:
        stack.client.xadd(stack.keys.results, row)
    stack.worker()
    with stack.producer() as producer:
        producer.send(contact(ANN))
    stack.until(lambda now: now.totals["delivered"] == 1)
    stack.until(lambda now: not any(lane.confirming for lane in now.lanes))
    stack.client.xadd(stack.keys.results, FOREIGN[0])
    return stack


@pytest.mark.parametrize("arguments", [(), ("--group", "shop")])
def test_the_others_are_read_and_the_log_names_the_entry(results, arguments):
    done = results.run("results", *arguments, "--json")
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.count(b'"delivered"') == 1
    assert done.stderr.count(b"holds none: who wrote it?") >= len(FOREIGN)
    assert b"Traceback" not in done.stderr
