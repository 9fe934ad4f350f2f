"""Finds the embedded Redis of a data folder, for processes that did not start it.

`batchline.worker.devstack.redis_server` starts the server and leaves two files in the folder:

    redis.json   {"url", "pid", "started"}, mode 0600: the URL holds the password
    redis.lock   locked by the server process for as long as it lives: a redis.json that a crash
                 left behind is not believed, even if its pid or its port is in use again
"""

from __future__ import annotations

import json
import socket
import sys
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

if sys.platform != "win32":  # no server is embedded there, but this module is imported
    import fcntl

RECORD = "redis.json"
LOCK = "redis.lock"
#: Seconds that the server has to accept a connection.
CONNECT_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Running:
    """A running embedded server."""

    #: The server's address; it holds the password.
    url: str = field(repr=False)
    pid: int
    #: When the server started: ISO 8601, UTC.
    started: str


def find(data_dir: Path) -> str | None:
    """The URL of the embedded Redis that runs in `data_dir`; None if none does.

    The search takes `CONNECT_SECONDS` at most, usually far less than a millisecond.
    """
    server = running(data_dir)
    return server.url if server else None


def running(data_dir: Path) -> Running | None:
    """The embedded Redis that runs in `data_dir` and accepts connections; None if none does."""
    server = _recorded(data_dir / RECORD)
    if server and _locked(data_dir / LOCK) and _accepts_connections(server.url):
        return server
    return None


def _recorded(file: Path) -> Running | None:
    try:
        server = Running(**json.loads(file.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None
    return server if isinstance(server.url, str) else None


def _locked(file: Path) -> bool:
    """Whether a server holds the lock; a starting server waits until this check is over."""
    if sys.platform == "win32":
        return False
    try:
        with file.open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _accepts_connections(url: str) -> bool:
    try:
        address = urlsplit(url)
        with socket.create_connection((address.hostname, address.port or 0), CONNECT_SECONDS):
            return True
    except (OSError, ValueError):
        return False
