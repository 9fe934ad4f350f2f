"""Child processes that end with the bench: through their handle, or with it when it is killed."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.bench.errors import BenchError

#: The folder that holds `tests/`: children run there, so that `-m tests.bench...` works.
ROOT = Path(__file__).resolve().parents[2]
#: Seconds that a child may take to leave after SIGTERM before it is killed.
STOP_SECONDS = 20.0

_PR_SET_PDEATHSIG = 1
# Loaded here, before any fork: loading between fork and exec could deadlock.
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def _die_with_parent() -> None:
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Child:
    """A running child process and its log."""

    def __init__(self, name: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self.name = name
        self.process = process
        self.log = log

    def check(self) -> None:
        """The child still runs; else `BenchError` with the end of its log."""
        if self.process.poll() is not None:
            raise self.failure(f"ended with status {self.process.returncode}")

    def failure(self, what: str) -> BenchError:
        """An error that says what happened and shows the child's last words."""
        tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])
        return BenchError(f"{self.name}: {what}\n{tail}")

    def wait(self) -> None:
        """The child ends by itself; `BenchError` unless its status is 0."""
        if self.process.wait():
            raise self.failure(f"ended with status {self.process.returncode}")

    def stop(self) -> None:
        """The child gets SIGTERM, and SIGKILL `STOP_SECONDS` later."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


@contextmanager
def running(
    name: str,
    argv: Sequence[str],
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
) -> Iterator[Child]:
    """A child that runs `argv` in `cwd`, its output in `log`; stopped when the block is left."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            list(argv),
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=_die_with_parent,
        )
    child = Child(name, process, log)
    try:
        yield child
    finally:
        child.stop()


def free_port() -> int:
    """A loopback port on which nobody listens just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_port(port: int, child: Child, seconds: float = 10.0) -> None:
    """`child` accepts connections on `port` when this returns; `BenchError` if it never does."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        child.check()
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise child.failure(f"no answer on port {port} within {seconds:.0f} s")
