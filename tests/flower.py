"""A real Flower, and what its API answers."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import requests

from batchline.worker.devstack.processes import Child
from tests.ports import free_port
from tests.waiting import PATIENCE, until


@contextmanager
def running_flower(
    environment: Mapping[str, str],
    log: Path,
    python: Sequence[str] = (sys.executable,),
    command: Sequence[str] = ("-m", "celery", "-A", "batchline.app", "flower"),
) -> Iterator[str]:
    """Flower on a free loopback port; its URL. It is killed when the block is left."""
    port = free_port()
    line = [*python, *command, "--address=127.0.0.1", f"--port={port}"]
    flower = Child("flower", line, {**environment, "FLOWER_UNAUTHENTICATED_API": "1"}, log)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        flower.kill()


def until_up(url: str) -> requests.Response:
    """The page at this address, once Flower answers."""

    def answer() -> list[requests.Response]:
        with suppress(requests.ConnectionError):
            return [requests.get(url, timeout=PATIENCE)]
        return []

    (found,) = until(answer, "Flower answers")
    return found


def workers(url: str) -> set[str]:
    """The names (before the @) of the workers that Flower knows, once it knows one."""

    def known() -> list[str]:
        with (
            suppress(URLError),  # not up yet
            urlopen(f"{url}/api/workers?refresh=1", timeout=PATIENCE) as answer,
        ):
            return list(json.load(answer))
        return []

    return {name.partition("@")[0] for name in until(known, "Flower knows a worker")}
