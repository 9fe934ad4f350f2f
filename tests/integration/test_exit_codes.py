"""What the exit codes of commands that read a file tell a script, and of the settings and Redis."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from batchline.worker.troubles import watch
from tests.builders import event


def lines(count, **more):
    event_ = {"date": 1_795_248_000_000, "contactExtEventType": "CART"}
    data = {"email": "ann@shop.example", "contactEvent": event_, **more}
    return "\n".join([json.dumps({"op": "event.add", "data": data})] * count)


@pytest.mark.parametrize(("text", "code"), [(lines(2), 0), (lines(1) + "\n{", 1)])
def test_a_file_that_was_read_to_its_end_is_0_and_with_bad_lines_1(stack, text, code):
    (stack.folder / "a.jsonl").write_text(text)
    assert stack.run("enqueue", "a.jsonl").returncode == code


def test_a_file_that_was_stopped_in_the_middle_is_3(stack):
    stack.configure(('"event.add"]\n', '"event.add"]\nbacklog_limit = 5000\n'))
    (stack.folder / "a.jsonl").write_text(lines(5001))
    done = stack.run("enqueue", "a.jsonl")
    assert (done.returncode, b"go on with --from-line 5001" in done.stderr) == (3, True)


def test_a_call_that_is_wrong_is_2_and_wrong_settings_are_78(stack):
    assert stack.run("enqueue", "nowhere.jsonl").returncode == 2
    stack.configure(("lease = 8", "leese = 8"))
    assert stack.run("enqueue", "-", stdin=b"").returncode == 78


@pytest.mark.parametrize("command", [["enqueue", "a.jsonl"], ["dead", "import", "a.jsonl"]])
def test_a_redis_that_is_away_is_69(stack, command, monkeypatch):
    monkeypatch.setattr("batchline.worker.cli.enqueue.REDIS_PATIENCE", 0.2)
    monkeypatch.setattr("batchline.worker.cli.root.REDIS_TIMEOUT", 0.2)
    (stack.folder / "a.jsonl").write_text(lines(1))
    text = stack.config.read_text()
    server = text.partition('redis_url = "')[2].partition('"')[0]
    stack.config.write_text(text.replace(server, "redis://127.0.0.1:1/0"))
    assert stack.run(*command).returncode == 69


def test_a_command_that_redis_does_not_answer_says_where_it_looked_and_what_helps(stack):
    text = stack.config.read_text()
    server = text.partition('redis_url = "')[2].partition('"')[0]
    stack.config.write_text(text.replace(server, "redis://127.0.0.1:1/0"))
    done = stack.run("status")
    said = done.stderr.decode()
    assert done.returncode == 69
    assert "127.0.0.1:1. Connection refused. Is it the one of redis_url?" in said
    assert "`batchline doctor redis`" in said


def test_a_command_that_lacks_an_extra_is_2_and_says_how_to_get_it():
    text = "import sys; sys.modules['click'] = None; import batchline.worker.cli as cli; cli.main()"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, check=False)
    assert done.returncode == 2
    assert b"pip install 'batchline[worker]'" in done.stderr


def test_messages_that_are_due_while_no_worker_is_seen_are_told_soon(stack, monkeypatch):
    monkeypatch.setattr(watch, "UNSEEN", 0.2)
    with stack.producer() as producer:
        producer.send(event(1))
    stack.until(lambda now: bool(watch.standing(stack.store, 600)))
    (stalled,) = watch.standing(stack.store, 600)
    assert stalled.kind == "stalled"
    assert "no worker has been seen" in stalled.detail


def test_with_a_worker_that_looks_a_lane_that_is_due_has_its_usual_time(stack, monkeypatch):
    worker = stack.worker()
    stack.until(lambda now: bool(stack.client.zcard(stack.keys.workers)))
    with stack.producer() as producer:
        producer.send(event(1))
    assert watch.standing(stack.store, 600) == []
    worker.stop(20)
