"""The commands of docs/operations.md, run as they stand."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from batchline.systems.salesmanago.messages import CouponRedemption
from batchline.worker.cli import exit_codes
from tests.builders import contact, event

TEXT = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()


def commands(section):
    """The indented `batchline` lines of a section."""
    text = TEXT.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    return re.findall(r"^    batchline (.+)$", text, re.MULTILINE)


def run(stack, command, code=exit_codes.OK, **names):
    arguments = [names.get(word, word) for word in shlex.split(command)]
    done = stack.run(*arguments)
    assert done.returncode == code, (command, done.stderr.decode())
    return done.stdout.decode()


def test_a_dead_letter_is_found_mended_replayed_and_delivered(stack):
    stack.worker()
    with stack.producer() as producer:
        producer.send(contact("ann@shop.example"))
        stack.until_at_rest()
        letter = producer.send(CouponRedemption(email="ann@shop.example", coupon="unknown-1"))
    stack.until(lambda now: now.totals["dead"] == 1)
    found, shown, tried, edited, replayed, traced, *for_many = commands("Dead letters")
    assert letter in run(stack, found)
    assert "unknown-1" in run(stack, shown, ID=letter)
    assert '"coupon": "SB-1"' in run(stack, tried, ID=letter)
    assert run(stack, edited, ID=letter) == "edited: coupon\n"
    assert run(stack, replayed, ID=letter) == "1 replayed\n"
    assert stack.until_at_rest()["dead"] == 0
    told = " ".join(run(stack, traced, ID=letter).split())
    assert "delivered" in told
    assert "edited" in told
    for command in for_many[:5]:
        run(stack, command, exit_codes.NOTHING_MATCHED)
    # Bulk acts are run in test_bulk_acts.py, those of the file in test_dead_letters.py.
    others = [command.split()[:2] for command in for_many[5:]]
    bulk = [["bulk", act] for act in ("show", "stop", "resume")]
    of_a_file = [["dead", act] for act in ("export", "import", "import")]
    assert others == [["dead", "replay"], *bulk, *of_a_file]


def test_what_is_paused_says_so_and_goes_on(stack):
    stack.worker()
    pause, status, resume = commands("Pausing")
    run(stack, pause)
    with stack.producer() as producer:
        producer.send_many([contact("ann@shop.example"), event(1)])
    assert "paused, stocktaking" in " ".join(run(stack, status).split())
    assert stack.lane("event.add").backlog == 1
    run(stack, resume)
    assert stack.until_at_rest()["delivered"] == 2


def test_the_fields_that_alarms_are_about_are_there(stack):
    with stack.producer() as producer:
        producer.send(event(1))
    found = stack.run_json("status", "--json")
    table = TEXT.partition("\n## Alarms\n")[2].splitlines()
    alarms = " ".join(line.split("|")[1] for line in table if line.startswith("| `"))
    known = {*found["lanes"][0], *found["totals"]}
    assert set(re.findall(r"\b[a-z]+_[a-z]+\b", alarms)) - {"used_memory"} <= known
    assert {"attempts", "paused", "dead", "parked", "unconfirmed", "accepted", "resume"} <= known
