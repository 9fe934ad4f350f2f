"""Serves the sandbox in this process."""

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

#: The address at which `batchline sandbox` listens by default.
DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8025
#: The most connections that wait to be accepted.
BACKLOG = 2048
#: Seconds that an idle connection stays open: longer than in any client's pool.
KEEP_ALIVE_SECONDS = 120
#: Seconds that requests under way have at the end; some may hang on purpose.
GRACE_SECONDS = 1

_PR_SET_PDEATHSIG = 1


def listen(host: str = DEFAULT_HOST, port: int = 0) -> socket.socket:
    """A listening socket; port 0 takes a free port. Raises OSError if the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    # Accepted sockets inherit TCP_NODELAY. asyncio sets it only on sockets that name their
    # protocol. Without it the body of an answer arrives 40 ms after the head, which is written
    # separately.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def address(listener: socket.socket) -> str:
    """The URL of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(listener: socket.socket, client: Client, settings: Settings) -> None:
    """Serve the sandbox on the socket; returns after SIGTERM or SIGINT."""
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
    """End this process when its parent ends, however it ends. Does nothing outside of Linux.

    Linux looks at the parent's *thread*: start the sandbox from a thread that lives on.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
