"""Ports for processes that can only be told a number: none that the kernel gives to another."""

from __future__ import annotations

import random
import socket

#: Below the ports that Linux gives to whoever asks for any, and to connections that go out.
PORTS = range(12_000, 32_000)
_DICE = random.SystemRandom()


def free_port() -> int:
    """A port on loopback that nobody listens at; another process does not come by it by chance."""
    while True:
        port = _DICE.choice(PORTS)
        try:
            with socket.create_server(("127.0.0.1", port)):
                return port
        except OSError:
            continue
