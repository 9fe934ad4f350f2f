"""Real workers, Flower and Sentry: each trouble is told once, and its task is a failure."""

from __future__ import annotations

import json
import re
from urllib.request import urlopen

from batchline.producers.lanes import Lane
from tests.builders import contact
from tests.flower import running_flower, workers
from tests.waiting import PATIENCE, until

UPSERTS = Lane("default", "contact.upsert")


def lines(stack, word):
    """The lines with this word in the logs of all workers, but those of Celery's tasks."""
    found = [
        line
        for path in stack.folder.glob("worker*.log")
        for line in path.read_text().splitlines()
        if word in line
    ]
    return [line for line in found if "Task deliver" not in line]


def test_two_workers_tell_an_outage_once_and_flower_shows_its_task_as_a_failure(stack):
    stack.sandbox.control.fault("status", status=503)
    settings = {"BATCHLINE_CONFIG": str(stack.config)}
    with running_flower(settings, stack.folder / "flower.log") as url:
        for name in ("worker1", "worker2"):
            stack.worker(name)
        until(lambda: workers(url) >= {"worker1", "worker2"}, "Flower knows both")
        with stack.producer() as producer:
            producer.send_many([contact(f"c{n}@shop.example") for n in range(1000)])
        stack.until(lambda now: now.totals["requests"] >= 3)
        until(lambda: lines(stack, "destination_failed: "), "told")
        assert stack.run("status", "--check").returncode == 1
        failed = tasks_of(url, "FAILURE", "1,000 kept")
        stack.sandbox.control.clear_faults()
        stack.until_at_rest()
        until(lambda: lines(stack, "destination_failed is over: "), "told")
        tasks_of(url, "SUCCESS", "delivered")
    assert failed["exception"] == "TroubleMet('HTTP 503, 1,000 kept')"
    (begun,) = lines(stack, "destination_failed: ")
    (ended,) = lines(stack, "destination_failed is over: ")
    names = "account default, operation contact.upsert, lane default:contact.upsert:0"
    assert json.loads(begun)["level"] == "WARNING"
    assert f'"message": "destination_failed: {names}: the API fails: HTTP 503; ' in begun
    assert "; 1,000 wait. Do: nothing is lost" in begun
    assert re.search(rf"{names}: goes on after \d+ s: [0-9,]+ delivered", ended)
    assert lines(stack, "Traceback") == []
    assert stack.run("status", "--check").stdout == b"OK: nothing is wrong\n"
    lane = stack.lane("contact.upsert")
    assert (lane.error, lane.last_error) == (None, "HTTP 503"), "what is over is a past error"


def tasks_of(url, state, text):
    """A deliver task that Flower knows in this state with this text, once it knows one."""

    def known():
        with urlopen(f"{url}/api/tasks?state={state}", timeout=PATIENCE) as answer:
            for task in json.load(answer).values():
                shown = task["exception"] or task["result"] or ""
                if task["name"] == "deliver.contact.upsert" and text in shown:
                    return task

    return until(known, f"Flower knows a task in the state {state}")
