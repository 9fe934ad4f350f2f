"""Staging and production share a server: two prefixes, and nothing of one is seen by the other."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from batchline.producers import Producer, Settings
from batchline.producers.keys import Keys
from batchline.producers.lanes import Lane
from batchline.worker.devstack import processes as children
from batchline.worker.devstack.processes import Child
from tests.builders import contact
from tests.flower import running_flower, workers
from tests.stack import Stack
from tests.waiting import until

TOP = "dispatch_every = 0.05"


@pytest.fixture
def staging(stack):
    """The settings file of a second deployment on the same server, with a prefix of its own."""
    stack.configure((TOP, f'{TOP}\nkey_prefix = "staging"'))
    file = stack.config.rename(stack.folder / "staging.toml")
    stack.configure()
    return file


def environment(file: Path) -> dict[str, str]:
    return {"BATCHLINE_CONFIG": str(file)}


def worker(stack: Stack, file: Path, name: str) -> Child:
    return children.worker(file, stack.folder / f"{name}.log", "-c", "2", name=name)


def test_a_message_is_delivered_by_the_workers_of_its_prefix_alone(stack, staging, monkeypatch):
    stack.producer().send(contact("production@shop.example"))
    monkeypatch.setenv("BATCHLINE_CONFIG", str(staging))
    Producer(Settings.load()).send(contact("staging@shop.example"))
    monkeypatch.setenv("BATCHLINE_CONFIG", str(stack.config))
    state = Keys("staging").state(Lane("default", "contact.upsert"))
    of_staging = worker(stack, staging, "staging")
    try:
        stack.until(lambda _: stack.client.hget(state, "delivered") == b"1")
    finally:
        of_staging.stop()
    assert received(stack) == ["staging@shop.example"]
    assert stack.lane("contact.upsert").backlog == 1, "what waits under the other prefix stays"
    stack.worker()
    stack.until_at_rest()
    assert received(stack) == ["staging@shop.example", "production@shop.example"]


def test_celery_inspect_and_flower_show_the_workers_of_their_prefix_alone(stack, staging):
    started = [worker(stack, stack.config, "production"), worker(stack, staging, "staging")]
    try:
        with running_flower(environment(staging), stack.folder / "flower.log") as url:
            assert inspected(stack.config) == {"production"}
            assert inspected(staging) == {"staging"}
            assert workers(url) == {"staging"}
    finally:
        for child in started:
            child.kill()


def received(stack: Stack) -> list[str]:
    """The contacts that the sandbox was told of, in their order."""
    return [row["id"] for row in stack.sandbox.control.ledger(operation="contact.upsert")]


def inspected(file: Path) -> set[str]:
    """The names (before the @) of the workers that answer a ping, once one does."""
    command = [sys.executable, "-m", "celery", "-A", "batchline.app", "inspect", "ping", "--json"]

    def answered():
        return subprocess.run(
            command,
            env={**os.environ, **environment(file)},
            capture_output=True,
            timeout=120,
            check=False,
        )

    done = until(lambda: (one := answered()).returncode == 0 and one, "a worker answers a ping")
    return {name.partition("@")[0] for name in json.loads(done.stdout)}
