"""Processes that a command starts and stops: workers, Flower."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from batchline.worker.devstack.private_files import open_private

#: prctl(2): the signal that this process gets when its parent dies.
PR_SET_PDEATHSIG = 1
#: Seconds that a child may take to end after SIGTERM.
STOP_SECONDS = 60.0


class Child:
    """A process that this one started; on Linux it is killed when this one dies."""

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path
    ) -> None:
        self.name = name
        self.log = log
        with open_private(log, "ab") as output:
            self._process = subprocess.Popen(
                list(command),
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                preexec_fn=die_with_parent if sys.platform == "linux" else None,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def is_running(self) -> bool:
        return self._process.poll() is None

    def send_signal(self, number: int) -> None:
        self._process.send_signal(number)

    def wait(self, timeout: float) -> int:
        """The exit status; raises `subprocess.TimeoutExpired` after `timeout` seconds."""
        return self._process.wait(timeout)

    def stop(self, timeout: float = STOP_SECONDS) -> None:
        """End the process by SIGTERM; by SIGKILL if it still runs after `timeout` seconds."""
        if not self.is_running():
            return
        self._process.terminate()
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End the process by SIGKILL, now."""
        self._process.kill()
        self._process.wait()


def worker(config: Path | None, log: Path, *options: str, name: str = "worker") -> Child:
    """Start a worker with the settings of the file `config`, or with the settings in force."""
    command = [sys.executable, "-m", "batchline", "worker", "--hostname", f"{name}@%h", *options]
    return Child(name, command, {"BATCHLINE_CONFIG": str(config)} if config else {}, log)


def flower(log: Path, port: int) -> Child:
    """Start the dashboard on loopback, with the settings in force."""
    options = ["--address=127.0.0.1", f"--port={port}"]
    command = [sys.executable, "-m", "batchline", "flower", *options]
    return Child("flower", command, {}, log)


def die_with_parent() -> None:
    """Let the kernel kill this process when its parent dies; Linux only."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
