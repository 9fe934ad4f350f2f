"""Commands of `batchline` in processes forked from one that has imported them already.

Importing takes longer than most commands do. What a command then does is the same: it has a process
of its own, with its own folder, environment and files, and none has connected to anything before.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import pkgutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from batchline.worker import cli

#: Seconds that a command may take.
PATIENCE = 120
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    [__name__, *(found.name for found in pkgutil.walk_packages(cli.__path__, f"{cli.__name__}."))]
)


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
        process = _CONTEXT.Process(target=_main, args=(arguments, folder, dict(os.environ), names))
        process.start()
        process.join(PATIENCE)
        if process.exitcode is None:
            process.kill()
            raise subprocess.TimeoutExpired(["batchline", *arguments], PATIENCE)
        code = process.exitcode
        process.close()
        return subprocess.CompletedProcess(["batchline", *arguments], code, out.read(), err.read())


def _main(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str], names: Sequence[str]
) -> None:
    """The process of the command."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    _redirect(names)
    sys.argv = ["batchline", *arguments]
    try:
        cli.main()
    finally:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()


def _redirect(names: Sequence[str]) -> None:
    """Open these files as stdin, stdout and stderr."""
    for number, name in enumerate(names):
        opened = os.open(name, os.O_WRONLY if number else os.O_RDONLY)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin = os.fdopen(0, closefd=False)
    sys.stdout = os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", errors="backslashreplace", closefd=False)
