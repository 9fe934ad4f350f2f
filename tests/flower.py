"""A real Flower, and what its API answers."""

from __future__ import annotations

import json
import socket
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import requests

from batchline.worker.devstack.processes import Child
from tests.stack import PATIENCE


@contextmanager
def running_flower(
    environment: Mapping[str, str],
    log: Path,
    python: Sequence[str] = (sys.executable,),
    command: Sequence[str] = ("-m", "celery", "-A", "batchline.app", "flower"),
) -> Iterator[str]:
    """Flower on a free loopback port; its URL. It is killed when the block is left."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    line = [*python, *command, "--address=127.0.0.1", f"--port={port}"]
    flower = Child("flower", line, {**environment, "FLOWER_UNAUTHENTICATED_API": "1"}, log)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        flower.kill()


def until_up(url: str) -> requests.Response:
    """The page at this address, once Flower answers."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return requests.get(url, timeout=10)
        except requests.ConnectionError:
            assert time.monotonic() < deadline, "Flower does not answer"
            time.sleep(0.1)


def workers(url: str) -> set[str]:
    """The names (before the @) of the workers that Flower knows, once it knows one."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with urlopen(f"{url}/api/workers?refresh=1", timeout=10) as answer:
                if found := json.load(answer):
                    return {name.partition("@")[0] for name in found}
        except URLError:
            pass  # not up yet
        assert time.monotonic() < deadline, "Flower knows no worker"
        time.sleep(0.2)
