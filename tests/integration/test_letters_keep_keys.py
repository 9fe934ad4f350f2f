"""A dead letter that leaves and comes back keeps the idempotency key of its message."""

from __future__ import annotations

import itertools
import json

import pytest

import batchline
from batchline.producers import Duplicate
from batchline.systems.salesmanago.messages import CouponRedemption
from tests.builders import introduced
from tests.waiting import PATIENCE

KEY = "order-17"
WRONG = CouponRedemption(email="ann@shop.example", coupon="SX-1")


@pytest.fixture
def rejected(stack):
    """A dead letter of a message with a key, whose application is told the results."""
    stack.config.write_text(
        f'{stack.config.read_text()}\n[accounts.default.operations."coupon.redeem"]\n'
        "results = true\nlinger = 0.1\n"
    )
    introduced(stack)
    with stack.producer() as producer:
        message_id = producer.send(WRONG, idempotency_key=KEY)
    stack.until(lambda now: now.totals["dead"] == 1)
    return message_id


def mended(stack):
    """Export the letter and mend it in the file."""
    assert stack.run("dead", "export", "letters.jsonl").returncode == 0
    file = stack.folder / "letters.jsonl"
    file.write_text(file.read_text().replace("SX-1", "SB-1"))
    return json.loads(file.read_text())


def outcomes(stack, count):
    told = batchline.results("crm", timeout=PATIENCE)
    return [(one.outcome, one.idempotency_key) for one in itertools.islice(told, count)]


def test_the_application_is_told_the_key_of_a_message_that_was_mended_in_a_file(stack, rejected):
    assert mended(stack)["idempotency_key"] == KEY
    for command in (
        ("purge", rejected, "--yes"),
        ("import", "letters.jsonl"),
        ("replay", rejected),
    ):
        assert stack.run("dead", *command).returncode == 0
    stack.until(lambda now: now.totals["delivered"] == 2)
    assert outcomes(stack, 3) == [("dead", KEY), ("purged", KEY), ("delivered", KEY)]


def test_on_another_redis_the_imported_letter_stands_for_its_key(stack, rejected):
    mended(stack)
    stack.client.flushdb()  # another one
    assert stack.run("dead", "import", "letters.jsonl").returncode == 0
    with stack.producer() as producer, pytest.raises(Duplicate) as told:
        producer.send(WRONG, idempotency_key=KEY)
    assert told.value.message_id == rejected


def test_a_key_that_stands_for_a_newer_message_goes_on_to_stand_for_it(stack, rejected):
    mended(stack)
    assert stack.run("dead", "purge", rejected, "--yes").returncode == 0
    right = CouponRedemption(email="ann@shop.example", coupon="SB-2")
    with stack.producer() as producer:
        newer = producer.send(right, idempotency_key=KEY, anew=True)
        assert stack.run("dead", "import", "letters.jsonl").returncode == 0
        assert producer.send(right, idempotency_key=KEY) == newer


@pytest.mark.parametrize("key", [7, None, "k" * 513, ["k"]])
def test_a_key_that_no_message_can_have_is_refused_with_its_field(stack, rejected, key):
    line = mended(stack)
    stack.run("dead", "purge", rejected, "--yes")
    (stack.folder / "letters.jsonl").write_text(json.dumps({**line, "idempotency_key": key}))
    done = stack.run("dead", "import", "letters.jsonl")
    assert (done.returncode, b"idempotency_key: must be a text" in done.stderr) == (1, True)
