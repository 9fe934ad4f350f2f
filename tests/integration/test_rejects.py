"""`--rejects FILE`: the bad lines of a file, which no later run loses."""

from __future__ import annotations

import json

import pytest

from batchline.producers.lanes import Lane

UPSERTS = '[accounts.default.operations."contact.upsert"]'
LANE = Lane("default", "contact.upsert")
MAPPED = ("--op", "contact.upsert", "--map", "contact.email=Mail", "--map", "contact.phone=Phone")
BAD = '{"op": "contact.upsert", "data": {"contact": {"email": "bad%d@shop.example", "nick": 1}}}'


def upsert(number):
    data = {"contact": {"email": f"r{number}@shop.example"}}
    return json.dumps({"op": "contact.upsert", "data": data})


@pytest.mark.parametrize("command", [("enqueue",), ("dead", "import"), ("enqueue", "--dry-run")])
def test_rejects_of_before_stay_and_those_of_the_next_run_follow_them(stack, command):
    (stack.folder / "in.jsonl").write_text(BAD % 1)
    rejects = stack.folder / "bad.jsonl"
    rejects.write_text("a line of before\n")
    assert stack.run(*command, "in.jsonl", "--rejects", "bad.jsonl").returncode == 1
    assert rejects.read_text() == f"a line of before\n{BAD % 1}\n"


def test_rejects_without_a_line_are_used_again(stack):
    (stack.folder / "in.jsonl").write_text(f"{BAD % 1}\n{upsert(1)}")
    (stack.folder / "bad.jsonl").touch()
    assert stack.run("enqueue", "in.jsonl", "--rejects", "bad.jsonl").returncode == 1
    assert (stack.folder / "bad.jsonl").read_text() == f"{BAD % 1}\n"


@pytest.mark.parametrize("command", [("enqueue",), ("dead", "import")])
def test_a_run_that_goes_on_adds_to_the_rejects(stack, command):
    (stack.folder / "in.jsonl").write_text(f"{BAD % 1}\n{BAD % 2}\n{BAD % 3}")
    (stack.folder / "bad.jsonl").write_text(BAD % 1)
    done = stack.run(*command, "in.jsonl", "--rejects", "bad.jsonl", "--from-line", "2")
    assert done.returncode == 1
    assert (stack.folder / "bad.jsonl").read_text() == "".join(f"{BAD % n}\n" for n in (1, 2, 3))


def test_a_table_that_goes_on_has_its_header_once_in_the_rejects(stack):
    header, bad = "Mail,Phone\n", "no address,1\n"
    (stack.folder / "in.csv").write_text(f"{header}{bad}{bad}ann@shop.example,2\n")
    (stack.folder / "bad.csv").write_text(header + bad)
    options = (*MAPPED, "--rejects", "bad.csv", "--from-line", "3")
    assert stack.run("enqueue", "in.csv", *options).returncode == 1
    assert (stack.folder / "bad.csv").read_text() == header + bad + bad


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_each_bad_line_is_kept_once_over_a_stop_behind_which_bad_ones_were_read(stack, kind):
    stack.configure((UPSERTS, f"{UPSERTS}\nbacklog_limit = 5500"))
    good, bad = upsert, BAD.__mod__
    options, header = (), ""
    if kind == "csv":
        good, bad = "r{}@shop.example,1".format, "bad{}@,1".format
        options, header = MAPPED, "Mail,Phone\n"
    numbers = (0, 2500, 5400, 5700, 6000)
    lines = [bad(n) if n in numbers else good(n) for n in range(6001)]
    (stack.folder / f"in.{kind}").write_text(header + "\n".join(lines))
    run = ("enqueue", f"in.{kind}", *options, "--rejects", "bad.txt")
    told = stack.run(*run).stderr.decode()
    assert told.count(": ") >= 5, "the bad lines behind the stop were read"
    first = told.partition("--from-line ")[2].split()[0]
    kept = (stack.folder / "bad.txt").read_text()
    assert kept == header + "".join(
        f"{bad(n)}\n" for n in numbers if n + bool(header) + 1 < int(first)
    )
    stack.client.delete(stack.keys.stream(LANE))
    assert stack.run(*run, "--from-line", first).returncode == 1
    rejected = (stack.folder / "bad.txt").read_text()
    assert rejected == header + "".join(f"{bad(n)}\n" for n in numbers)
