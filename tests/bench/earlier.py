"""Batchline's own code at an earlier commit, to be run beside the present one.

The earlier code had its packages at the top (`producers`, `worker`); both versions are filled and
drained by their own command line, with the same settings and the same file of messages.
"""

import io
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

from tests.bench.batchline import account, check_counters, write_settings
from tests.bench.drain import Load, Place, Progress, Worker
from tests.bench.processes import ROOT, running
from tests.bench.sink import Role

#: The commit before the one that the present speed came with.
COMMIT = "ed54de3"


class NotInThisClone(Exception):
    """The earlier commit cannot be had: git is missing, or the clone is shallow."""


@dataclass(frozen=True)
class Code:
    """A version of the code: where it is, and the module that is its command line."""

    folder: Path
    module: str


PRESENT = Code(ROOT, "batchline")


def check_out(folder: Path) -> Code:
    """The earlier code, unpacked into `folder`; raises `NotInThisClone`."""
    argv = ["git", "archive", "--format=tar", COMMIT]
    try:
        archive = subprocess.run(argv, cwd=ROOT, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise NotInThisClone(f"commit {COMMIT} is not in this clone") from error
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as tar:
        tar.extractall(folder, filter="data")
    return Code(folder, "worker")


@dataclass(frozen=True)
class FileLoad(Load):
    """Messages of a file, enqueued and delivered by a version of the code."""

    name: str
    code: Code
    #: Lines of `batchline enqueue`.
    file: Path
    messages: int
    role: Role
    #: Messages that travel inside another one's item.
    merged: int = 0

    @property
    def items(self) -> int:
        return self.messages - self.merged

    def fill(self, place: Place, progress: Progress) -> None:
        command = self._command(place, "enqueue", "--quiet", str(self.file))
        log = place.folder / "enqueue.log"
        with running(self.name, command.argv, log, command.env, command.cwd) as child:
            child.wait()

    def worker(self, place: Place) -> Worker:
        return self._command(place, "worker", "--loglevel", "WARNING")

    def check(self, place: Place) -> None:
        check_counters(self.name, place.redis_url, self.messages, self.merged)

    def _command(self, place: Place, *arguments: str) -> Worker:
        accounts = {"default": account(place.sink_url)}
        file = write_settings(place.folder / "batchline.toml", place.redis_url, accounts)
        env = {"BATCHLINE_CONFIG": str(file), "PYTHONPATH": str(self.code.folder)}
        argv = [sys.executable, "-m", self.code.module, *arguments]
        return Worker(argv, env, self.code.folder)
