"""Runs a sandbox in a process of its own, for as long as a `with` block lasts."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from batchline.sandbox.control_client import Control
from batchline.sandbox.control_connection import SandboxError
from batchline.sandbox.salesmanago.auth import Client
from batchline.sandbox.server import listen

#: Seconds that the process has to answer, and to end after SIGTERM.
START_SECONDS = 60.0
STOP_SECONDS = 5.0


class Sandbox:
    """Starts a sandbox on a free loopback port, and stops this process and no other.

        with Sandbox(create_delay=0.2) as sandbox:
            requests.post(sandbox.url + "/api/contact/upsert", json=...)
            sandbox.control.summary()

    The sandbox dies with the thread that started it, however the thread ends (Linux).
    """

    def __init__(
        self,
        client: Client | None = None,
        port: int = 0,
        log: Path | None = None,
        **settings: object,
    ) -> None:
        """`client`: the accepted credentials. `log`: a file for its output; None: this process's.

        `settings`: fields of `batchline.sandbox.settings.Settings`.
        """
        self.client = client or Client()
        self._log = log
        self._settings = settings
        self._port = port
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address, such as `http://127.0.0.1:40123`; it stays after a stop and a start."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def control(self) -> Control:
        return Control(self.url)

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the sandbox and wait until it answers. Raises SandboxError if it does not."""
        # The child inherits a socket that listens already, so no other process can take its port.
        with listen(port=self._port) as listener:
            self._port = listener.getsockname()[1]
            self._process = self._spawn(listener.fileno())
        self._wait()

    def stop(self) -> None:
        """Stop the sandbox if it runs, by SIGTERM, then by SIGKILL."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def __enter__(self) -> Sandbox:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _spawn(self, fd: int) -> subprocess.Popen[bytes]:
        argv = [
            sys.executable,
            "-m",
            "batchline.sandbox",
            "--fd",
            str(fd),
            "--die-with",
            str(os.getpid()),
        ]
        argv += ["--client-id", self.client.client_id, "--api-secret", self.client.api_secret]
        for owner in sorted(self.client.owners):
            argv += ["--owner", owner]
        for name, value in self._settings.items():
            argv += [f"--{name.replace('_', '-')}", str(value)]
        with ExitStack() as stack:
            output = None
            if self._log:
                output = stack.enter_context(open(self._log, "ab", opener=_private))
            return subprocess.Popen(
                argv, pass_fds=[fd], stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )

    def _wait(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + START_SECONDS
        while self._process.poll() is None and time.monotonic() < deadline:
            try:
                Control(self.url, timeout=START_SECONDS).health()
            except SandboxError:
                time.sleep(0.02)
            else:
                return
        status = self._process.poll()
        self.stop()
        reason = "did not answer in time" if status is None else f"ended with status {status}"
        raise SandboxError(f"the sandbox {reason}")


def _private(path: str, flags: int) -> int:
    """Open a file that only its owner may read: requests hold personal data."""
    return os.open(path, flags, 0o600)
