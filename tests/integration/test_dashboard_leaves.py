"""The end of the dashboard's process."""

from __future__ import annotations

import signal
import socket
import sys

import pytest

from batchline.worker.devstack.processes import Child
from tests.flower import until_up
from tests.ports import free_port
from tests.waiting import PATIENCE


@pytest.fixture
def silent():
    """A server that takes connections and answers nothing, as one behind a cut network."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        server.settimeout(PATIENCE)
        yield server


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_on_a_signal_while_calls_wait_for_a_broker_that_does_not_answer(
    stack, silent, number
):
    port, log = free_port(), stack.folder / "flower.log"
    host, at = silent.getsockname()
    # Its calls wait for longer than the test does.
    lines = f'broker_url = "redis://{host}:{at}/0"\nredis_timeout = 60\n'
    stack.configure(("dispatch_every", f"{lines}dispatch_every"))
    flower = Child(
        "flower", [sys.executable, "-m", "batchline", "flower", f"--port={port}"], {}, log
    )
    try:
        until_up(f"http://127.0.0.1:{port}/healthcheck")
        connections = [silent.accept()[0] for _ in range(2)]  # one hears events
        flower.send_signal(number)
        assert flower.wait(PATIENCE) == 0
    finally:
        flower.kill()
    for connection in connections:
        connection.close()
    assert "Traceback" not in log.read_text()
