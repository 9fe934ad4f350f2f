"""The sandbox as a server in this process."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import sys

import uvicorn

from batchline.sandbox.app import build
from batchline.sandbox.salesmanago.auth import Client
from batchline.sandbox.settings import Settings

#: Where `batchline sandbox` listens unless told otherwise.
DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8025
#: Connections that may wait to be accepted.
BACKLOG = 2048
#: Seconds that an idle connection is kept: longer than any client's pool keeps it.
KEEP_ALIVE_SECONDS = 120
#: Seconds that requests under way are given at the end; some may hang on purpose.
GRACE_SECONDS = 1

_PR_SET_PDEATHSIG = 1


def listen(host: str = DEFAULT_HOST, port: int = 0) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises `OSError` when it is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    # Accepted sockets inherit it. asyncio sets it only where the socket names its protocol, and
    # without it head and body of an answer, written apart, lie 40 ms apart.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def address(listener: socket.socket) -> str:
    """The URL of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(listener: socket.socket, client: Client, settings: Settings) -> None:
    """Serve the sandbox on the socket until SIGTERM or SIGINT. Blocks."""
    config = uvicorn.Config(
        build(settings, client),
        http="httptools",
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    uvicorn.Server(config).run(sockets=[listener])


def die_with(parent: int) -> None:
    """End this process when its parent does, however that ends. Linux only; elsewhere nothing.

    It is the parent's *thread* that counts: start the sandbox from one that lives on.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
