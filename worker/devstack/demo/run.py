"""The demo's course: start everything, enqueue, watch, and wait until all is at rest."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, MutableMapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console, Group
from rich.live import Live

from batchline.producers import Outgoing, Producer, Settings
from batchline.producers.outgoing import Copy
from batchline.sandbox.runner import Sandbox
from batchline.systems.errors import BatchlineError
from batchline.worker.devstack import processes
from batchline.worker.devstack.demo.profile import Profile, Sent
from batchline.worker.devstack.private_files import open_private, private_folder
from batchline.worker.devstack.processes import Child
from batchline.worker.devstack.redis_server import EmbeddedRedis
from batchline.worker.devstack.sandbox import sandbox_account, sandbox_settings
from batchline.worker.inspection import status
from batchline.worker.inspection.status import Status
from batchline.worker.inspection.status_table import status_table
from batchline.worker.store.store import Store

#: Messages enqueued between two looks at the state.
CHUNK = 2000
#: Answers 500 in the burst; the share of the messages that is enqueued before it.
BURST = 8
BURST_AT = 0.4
#: Seconds from an upsert's answer to its contact: events outrun contacts, as in life.
CREATE_DELAY = 1.0
#: Seconds after which the demo gives up waiting.
PATIENCE = 120.0

TOP = "dispatch_every = 0.1"
ACCOUNT = """\
timeout = {connect = 2, read = 5}
lease = 15
backoff = {first = 0.2, factor = 2, max = 2}
breaker = {open = 1}
verify_after = 2
jobs = {poll = 2, until = 30}
"""


class DemoFailed(BatchlineError):
    """The demo did not come to its end; the message says why."""


@dataclass
class Course:
    """The course of a run, for the closing table and the check."""

    sent: list[Sent] = field(default_factory=list)
    #: Seconds of enqueueing, and from the first message to the first empty backlog after the last.
    enqueue_seconds: float = 0.0
    drain_seconds: float = 0.0
    total_seconds: float = 0.0


@dataclass(frozen=True)
class Surroundings:
    """Everything that runs while the demo lasts."""

    settings: Settings
    store: Store
    sandbox: Sandbox
    worker: Child
    config: Path


@contextmanager
def surroundings(
    folder: Path, environment: MutableMapping[str, str], console: Console, profile: Profile
) -> Iterator[Surroundings]:
    """Start Redis, sandbox and worker in a folder that is emptied first; stop them at the end."""
    for name in [name for name in environment if name.startswith("BATCHLINE_")]:
        del environment[name]  # else 54,000 invented messages could go to a real account
    shutil.rmtree(folder, ignore_errors=True)
    private_folder(folder)
    with ExitStack() as stack:
        server = stack.enter_context(EmbeddedRedis(folder))
        sandbox = stack.enter_context(
            Sandbox(create_delay=CREATE_DELAY, log=folder / "sandbox.log")
        )
        config = folder / "batchline.toml"
        top = f'redis_url = "{server.url}"\n{TOP}'
        account = sandbox_account(sandbox, "default", profile.system, ACCOUNT + profile.account)
        with open_private(config) as file:
            file.write(sandbox_settings(top, account))
        environment["BATCHLINE_CONFIG"] = str(config)
        settings = Settings.load()
        store = Store.open(settings, timeout=10)
        stack.callback(store.client.close)
        worker = processes.worker(config, folder / "worker.log")
        stack.callback(worker.stop, 20)
        console.print(f"Redis, sandbox and worker run; their logs are in {folder}")
        yield Surroundings(settings, store, sandbox, worker, config)


def run(around: Surroundings, outgoing: list[Copy], console: Console) -> Course:
    """Enqueue the shop's messages and watch until nothing waits and nothing is parked."""
    course = Course()
    started = time.monotonic()
    with Live(console=console, refresh_per_second=4) as live:
        with Producer(around.settings, patience=PATIENCE) as producer:
            for start in range(0, len(outgoing), CHUNK):
                if start <= BURST_AT * len(outgoing) < start + CHUNK:
                    around.sandbox.control.fault("status", status=500, times=BURST)
                chunk = outgoing[start : start + CHUNK]
                began = time.monotonic()
                ids = producer.send_all(Outgoing(*one) for one in chunk)
                course.sent += zip(ids, chunk, strict=True)
                course.enqueue_seconds += time.monotonic() - began
                live.update(_picture(around, len(course.sent), len(outgoing)))
        _wait(around, course, live, started, len(outgoing))
    course.total_seconds = time.monotonic() - started
    return course


def _wait(around: Surroundings, course: Course, live: Live, started: float, messages: int) -> None:
    while True:
        now = status.read(around.store)
        live.update(_picture(around, len(course.sent), messages, now))
        if now.totals["backlog"] == 0 and not course.drain_seconds:
            course.drain_seconds = time.monotonic() - started
        open_jobs = sum(lane.confirming for lane in now.lanes)
        if now.totals["backlog"] == now.totals["parked"] == open_jobs == 0:
            return
        if not around.worker.is_running():
            raise DemoFailed(f"the worker ended; its log: {around.worker.log}")
        if time.monotonic() - started > PATIENCE:
            raise DemoFailed(f"not at rest after {PATIENCE:.0f} s: {now.totals}")
        time.sleep(0.25)


def _picture(
    around: Surroundings, enqueued: int, messages: int, now: Status | None = None
) -> Group:
    received = around.sandbox.control.summary().values()
    requests, items = (sum(tally[name] for tally in received) for name in ("requests", "items"))
    return Group(
        f"enqueued {enqueued:,} of {messages:,}; the sandbox has received {items:,} items in "
        f"{requests:,} requests",
        "",
        status_table(now or status.read(around.store)),
    )
