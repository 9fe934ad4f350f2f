"""Staging and production share a server: two prefixes, and nothing of one is seen by the other."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from batchline.producers import Producer, Settings
from batchline.producers.keys import Keys
from batchline.producers.lanes import Lane
from batchline.worker.devstack import processes as children
from batchline.worker.devstack.processes import Child
from tests.builders import contact
from tests.stack import PATIENCE, Stack

TOP = "dispatch_every = 0.05"
CELERY = [sys.executable, "-m", "celery", "-A", "batchline.app"]


@pytest.fixture
def staging(stack):
    """The settings file of a second deployment on the same server, with a prefix of its own."""
    stack.configure((TOP, f'{TOP}\nkey_prefix = "staging"'))
    file = stack.config.rename(stack.folder / "staging.toml")
    stack.configure()
    return file


def environment(file: Path) -> dict[str, str]:
    return {"BATCHLINE_CONFIG": str(file), "FLOWER_UNAUTHENTICATED_API": "1"}


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
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [*CELERY, "flower", "--address=127.0.0.1", f"--port={port}"]
    started = [
        worker(stack, stack.config, "production"),
        worker(stack, staging, "staging"),
        Child("flower", command, environment(staging), stack.folder / "flower.log"),
    ]
    try:
        assert names(inspected(stack.config)) == {"production"}
        assert names(inspected(staging)) == {"staging"}
        assert names(shown_by_flower(port)) == {"staging"}
    finally:
        for child in started:
            child.kill()


def received(stack: Stack) -> list[str]:
    """The contacts that the sandbox was told of, in their order."""
    return [row["id"] for row in stack.sandbox.control.ledger(operation="contact.upsert")]


def names(workers: dict[str, object]) -> set[str]:
    """What stands before the @ of the workers' names."""
    return {name.partition("@")[0] for name in workers}


def inspected(file: Path) -> dict[str, object]:
    """The workers that answer a ping, once one does."""
    deadline = time.monotonic() + PATIENCE
    while True:
        done = subprocess.run(
            [*CELERY, "inspect", "ping", "--json"],
            env={**os.environ, **environment(file)},
            capture_output=True,
            timeout=120,
            check=False,
        )
        if done.returncode == 0:
            return json.loads(done.stdout)
        assert time.monotonic() < deadline, done.stderr.decode()


def shown_by_flower(port: int) -> dict[str, object]:
    """The workers that Flower knows, once it knows one."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with urlopen(f"http://127.0.0.1:{port}/api/workers?refresh=1", timeout=10) as answer:
                if found := json.load(answer):
                    return found
        except URLError:
            pass
        assert time.monotonic() < deadline
        time.sleep(0.2)
