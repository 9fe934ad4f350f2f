"""Commands and workers in processes forked from one that has imported Batchline already.

Importing takes longer than most tests do. What a command then does is the same: it has a process of
its own, with its own folder, environment and files, and none has connected to anything before.
Other tests start commands and workers as people do (`test_up.py`, `test_wheel.py`, `make chaos`).
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import pkgutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from batchline.worker import cli, runtime
from batchline.worker.devstack.private_files import open_private
from batchline.worker.devstack.processes import Child, die_with_parent

#: Seconds that a command may take.
PATIENCE = 120
_CONTEXT = multiprocessing.get_context("forkserver")
#: What a worker imports besides.
OF_WORKERS = ["celery.bin.celery", "celery.apps.worker", "kombu.transport.redis"]
_CONTEXT.set_forkserver_preload(
    [
        __name__,
        *OF_WORKERS,
        *(
            found.name
            for package in (cli, runtime)
            for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        ),
    ]
)


class Forked(Child):
    """A `batchline` command that goes on, such as a worker."""

    def __init__(
        self, name: str, arguments: Sequence[str], environment: Mapping[str, str], log: Path
    ) -> None:
        self.name = name
        self.log = log
        open_private(log, "ab").close()
        names = (os.devnull, str(log), str(log))
        self._process = Process(arguments, Path.cwd(), {**os.environ, **environment}, names)


class Process:
    """A forked process as `subprocess.Popen` shows one."""

    def __init__(
        self,
        arguments: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        names: Sequence[str],
    ) -> None:
        """`names`: the files of stdin, stdout and stderr."""
        self.args = ["batchline", *arguments]
        self._process = _CONTEXT.Process(target=_main, args=(self.args, folder, environment, names))
        self._process.start()
        self.pid = self._process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0.0)
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def worker(config: Path, log: Path, *options: str, name: str = "worker") -> Forked:
    """Start a worker as `processes.worker` does."""
    arguments = ["worker", "--hostname", f"{name}@%h", *options]
    return Forked(name, arguments, {"BATCHLINE_CONFIG": str(config)}, log)


def run(
    arguments: Sequence[str], folder: Path, stdin: bytes | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run `batchline` with these arguments in that folder, to its end."""
    with (
        tempfile.NamedTemporaryFile() as given,
        tempfile.NamedTemporaryFile() as out,
        tempfile.NamedTemporaryFile() as err,
    ):
        given.write(stdin or b"")
        given.flush()
        names = (given.name if stdin is not None else os.devnull, out.name, err.name)
        process = Process(arguments, folder, os.environ.copy(), names)
        try:
            code = process.wait(PATIENCE)
        finally:
            process.kill()
        return subprocess.CompletedProcess(process.args, code, out.read(), err.read())


def _main(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str], names: Sequence[str]
) -> None:
    """What the process does: `arguments` is its `sys.argv`."""
    if sys.platform == "linux":
        die_with_parent()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    _redirect(names)
    sys.argv = list(arguments)
    multiprocessing.current_process().name = "MainProcess"  # as it stands in the log
    try:
        cli.main()
    finally:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()


def _redirect(names: Sequence[str]) -> None:
    """Open these files as stdin, stdout and stderr."""
    for number, name in enumerate(names):
        opened = os.open(name, os.O_WRONLY | os.O_APPEND if number else os.O_RDONLY)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin = os.fdopen(0, closefd=False)
    sys.stdout = os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", 1, errors="backslashreplace", closefd=False)
