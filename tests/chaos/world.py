"""What runs while there is chaos: Redis, the sandbox, the workers; and how each is hurt."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from pathlib import Path
from urllib.parse import urlsplit

import redis

from batchline.producers import Settings
from batchline.sandbox.faults import MATCH_FIELDS
from batchline.sandbox.runner import Sandbox
from batchline.worker.devstack.processes import Child
from batchline.worker.devstack.redis_server import EmbeddedRedis
from batchline.worker.inspection import status
from batchline.worker.inspection.status import Status
from batchline.worker.store.store import Store
from tests.chaos import policies
from tests.chaos.oracle import OWNERS
from tests.chaos.plan import MOVED_WORKER, NEWER_WORKER, WORKERS
from tests.chaos.worker import NEWER, RELEASE, STOP_AT
from tests.moved_clock import MovedClock
from tests.proxy import LossyProxy

#: Seconds from an upsert's answer to its contact.
CREATE_DELAY = 0.1
#: Seconds for a worker that was told to leave; then it is killed, and that is noted.
LEAVE_SECONDS = 20.0


class World:
    """Everything in one folder; `with` starts and stops it. Not for use from several threads:
    workers die with the thread that started them."""

    def __init__(self, folder: Path, note: Callable[[str], None]) -> None:
        self.folder = folder
        self.sandbox = Sandbox(create_delay=CREATE_DELAY, log=folder / "sandbox.log")
        self.redis = EmbeddedRedis(folder / "redis", fsync="always")
        #: Messages that the product should not need: workers that ended by themselves.
        self.deaths: list[str] = []
        #: The clocks that can be moved: of Redis, and of one worker. None without a compiler.
        self.clocks = _clocks(folder)
        self._config = folder / "batchline.toml"
        self._workers: dict[str, Child] = {}
        self._note = note
        self._stack = ExitStack()

    def __enter__(self) -> World:
        with ExitStack() as stack:
            with self._clock("redis"):
                stack.enter_context(self.redis)
            stack.enter_context(self.sandbox)
            for name in policies.ACCOUNTS:
                self.sandbox.control.add_client(f"chaos-{name}", "chaos-secret", OWNERS)
            self._front = stack.enter_context(LossyProxy.before(self.sandbox.url))
            self._config.write_text(self._settings())
            stack.callback(_restore, os.environ.get("BATCHLINE_CONFIG"))
            os.environ["BATCHLINE_CONFIG"] = str(self._config)
            self.settings = Settings.load()
            self.store = Store.open(self.settings, timeout=2)
            stack.callback(self.store.client.close)
            stack.callback(self._end_workers)
            for name in WORKERS:
                self.start_worker(name)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def _settings(self) -> str:
        urls = dict.fromkeys(policies.ACCOUNTS, self.sandbox.url)
        urls[policies.ALONE] = self._front.url(self.sandbox.url)
        files = urlsplit(self.sandbox.url).netloc
        return policies.settings(self.redis.url, urls, files, OWNERS[0])

    def status(self) -> Status | None:
        """None while Redis does not answer."""
        with suppress(redis.RedisError):
            return status.read(self.store)
        return None

    # Workers

    def missing_workers(self) -> int:
        """How many have not told Redis yet that they are there."""
        with suppress(redis.RedisError):
            return len(WORKERS) - int(self.store.client.zcard(self.store.keys.workers))
        return len(WORKERS)

    def start_worker(self, name: str) -> None:
        log = self.folder / f"{name}.log"
        environment = {
            "BATCHLINE_CONFIG": str(self._config),
            STOP_AT: str(self._stop_file(name)),
            RELEASE: NEWER if name == NEWER_WORKER else "",
        }
        command = [sys.executable, "-m", "tests.chaos.worker", "-c", "6", "--hostname"]
        with self._clock(name):
            self._workers[name] = Child(name, [*command, f"{name}@%h"], environment, log)

    def log_lines(self) -> list[str]:
        """What all workers have logged."""
        logs = [(self.folder / f"{name}.log").read_text(errors="replace") for name in WORKERS]
        return [line for log in logs for line in log.splitlines()]

    def stop_at(self, name: str, step: str) -> None:
        """Let the worker stop itself at that step of its next delivery."""
        new = self._stop_file(name).with_suffix(".new")
        new.write_text(step)
        new.rename(self._stop_file(name))

    def go_on(self, name: str) -> None:
        """Let the worker go on, if it has stopped itself."""
        self._stop_file(name).unlink(missing_ok=True)
        self.signal_worker(name, signal.SIGCONT)

    def _stop_file(self, name: str) -> Path:
        return self.folder / f"{name}.stop"

    def kill_worker(self, name: str) -> None:
        self._workers[name].kill()

    def signal_worker(self, name: str, number: signal.Signals) -> None:
        self._workers[name].send_signal(number)

    def has_left(self, name: str) -> bool:
        return not self._workers[name].is_running()

    def revive(self, name: str) -> None:
        """Start a worker that ended without having been told to, and remember that."""
        worker = self._workers[name]
        exit_status = worker.wait(0)
        self.deaths.append(f"{name} ended by itself with status {exit_status}: see {worker.log}")
        self._note(self.deaths[-1])
        self.start_worker(name)

    def _end_workers(self) -> None:
        for worker in self._workers.values():
            with suppress(ProcessLookupError):
                worker.send_signal(signal.SIGCONT)
                worker.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + LEAVE_SECONDS
        for worker in self._workers.values():
            try:
                worker.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                worker.kill()

    # Redis

    def begin_redis(self, how: str) -> None:
        """One of the plan's `redis.` faults."""
        match how:
            case "kill":
                self.redis.kill()
            case "restart":
                self.redis.stop()
            case "stop":
                self._signal_redis(signal.SIGSTOP)
            case "cut":
                self.store.client.client_kill_filter(_type="normal", skipme=False)
            case "forget":
                self.store.client.script_flush()

    def end_redis(self, how: str) -> None:
        if how in ("kill", "restart"):
            with self._clock("redis"):
                self.redis.start()
        elif how == "stop":
            self._signal_redis(signal.SIGCONT)

    def _signal_redis(self, number: signal.Signals) -> None:
        assert self.redis.pid is not None
        os.kill(self.redis.pid, number)

    # Clocks

    def move_clock(self, target: str, seconds: int) -> None:
        """Let the clock of Redis or of a worker step, to so many seconds ahead of the machine's."""
        if target in self.clocks:
            self.clocks[target].move(seconds)

    def _clock(self, target: str) -> AbstractContextManager[None]:
        clock = self.clocks.get(target)
        return clock.given() if clock else nullcontext()

    # The sandbox

    def set_host_down(self, down: bool) -> None:
        """Let the host of the account `ALONE` refuse connections, or take them again."""
        if down:
            self._front.refuse()
        else:
            self._front.serve_again()

    def begin_fault(self, kind: str, account: str, fault: Mapping[str, object]) -> int:
        """Put a fault of the sandbox in force; its number."""
        fields = dict(fault)
        match = {name: str(fields.pop(name)) for name in MATCH_FIELDS if name in fields}
        if account != "*":
            match["client_id"] = f"chaos-{account}"
        return self.sandbox.control.fault(kind, match, **fields)


def _clocks(folder: Path) -> dict[str, MovedClock]:
    if not (shutil.which("gcc") or shutil.which("cc")):
        return {}
    clocks = {}
    for name in ("redis", MOVED_WORKER):
        (folder / f"clock-{name}").mkdir()
        clocks[name] = MovedClock(folder / f"clock-{name}")
    return clocks


def _restore(config: str | None) -> None:
    if config is None:
        os.environ.pop("BATCHLINE_CONFIG", None)
    else:
        os.environ["BATCHLINE_CONFIG"] = config
