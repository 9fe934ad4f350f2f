"""What integration tests drive: settings, a producer, workers, and waiting until all is at rest."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import redis

from batchline.producers import Producer, Settings
from batchline.producers.lanes import Lane
from batchline.sandbox.runner import Sandbox
from batchline.worker.devstack.processes import Child
from batchline.worker.devstack.sandbox import sandbox_account, sandbox_settings
from batchline.worker.inspection import status
from batchline.worker.inspection.status import LaneStatus, Status
from batchline.worker.store.batch import Entry, entries
from batchline.worker.store.store import Store
from tests import forked
from tests.waiting import PATIENCE, until

#: An account of the sandbox with every wait shortened, but for those of a busy machine: for an
#: answer of the API or of Redis. Tests about these shorten them.
CONFIG = """
redis_url = "{redis_url}"
dispatch_every = 0.05
enqueue_timeout = 60
enqueue_pause = {{first = 0}}

[accounts.default]
system = "salesmanago"
url = "{sandbox_url}"
client_id = "{client_id}"
api_key = "test-key"
api_secret = "{api_secret}"
owner = "{owner}"
timeout = {{connect = 1, read = 6}}
lease = 8
backoff = {{first = 0.1, factor = 2, max = 0.5}}
replay = {{every = 0.5, until = 1.5}}
verify_after = 0.2
jobs = {{poll = 0.3, until = 3}}
breaker = {{streak = 5, open = 0.5}}

[accounts.default.operations."contact.upsert"]
linger = 0.1
[accounts.default.operations."event.add"]
linger = 0.1
"""


def waiting_in(store: Store, lane: Lane) -> list[Entry]:
    """The messages in a lane."""
    return entries(store.client.xrange(store.keys.stream(lane)))


class Stack:
    """The parts of one test; ends the workers that it started."""

    def __init__(self, folder: Path, redis_url: str, store: Store, sandbox: Sandbox) -> None:
        self.folder = folder
        self.store = store
        self.keys = store.keys
        self.sandbox = sandbox
        self.config = folder / "batchline.toml"
        self._redis_url = redis_url
        self._workers: list[Child] = []
        self.configure()

    def __enter__(self) -> Stack:
        return self

    def __exit__(self, *error: object) -> None:
        for worker in self._workers:
            if worker.is_running():
                worker.kill()

    def configure(self, *changes: tuple[str, str]) -> None:
        """Write the settings anew, with these pieces of `CONFIG` replaced by others."""
        text = CONFIG.format(
            redis_url=self._redis_url,
            sandbox_url=self.sandbox.url,
            client_id=self.sandbox.client.client_id,
            api_secret=self.sandbox.client.api_secret,
            owner=min(self.sandbox.client.owners),
        )
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        self.config.write_text(text)

    def account(self, system: str, more: str) -> None:
        """Settings with one account, of the sandbox's API of that system; `more`: its lines."""
        top = f'redis_url = "{self._redis_url}"\ndispatch_every = 0.05\nenqueue_timeout = 60'
        account = sandbox_account(self.sandbox, "default", system, more)
        self.config.write_text(sandbox_settings(top, account))

    def add_account(self, name: str, system: str) -> None:
        """One account more in the settings, of the sandbox's API of that system."""
        account = sandbox_account(self.sandbox, name, system)
        self.config.write_text(f"{self.config.read_text()}\n{account}")

    @property
    def client(self) -> redis.Redis:
        """A bare connection."""
        return self.store.client

    @property
    def settings(self) -> Settings:
        return Settings.load()

    def producer(self) -> Producer:
        return Producer(self.settings)

    def worker(self, name: str = "worker", *options: str) -> Child:
        log = self.folder / f"{name}.log"
        worker = forked.worker(self.config, log, "-c", "4", *options, name=name)
        self._workers.append(worker)
        return worker

    def status(self) -> Status:
        return status.read(self.store)

    def lane(self, operation: str) -> LaneStatus:
        wanted = str(Lane("default", operation))
        return next(lane for lane in self.status().lanes if lane.lane == wanted)

    def entries(self, lane: Lane) -> list[Entry]:
        """The messages in a lane."""
        return waiting_in(self.store, lane)

    def until(self, condition, timeout: float = PATIENCE) -> Status:
        """Wait until the condition holds of the status; the status then."""

        def found() -> list[Status]:
            now = self.status()
            return [now] if condition(now) else []

        return until(found, self._told, timeout)[0]

    def until_at_rest(self, timeout: float = PATIENCE) -> dict[str, int]:
        """Wait until nothing waits and nothing is parked; the totals, which must add up."""
        found = self.until(
            lambda now: now.totals["backlog"] == 0 and now.totals["parked"] == 0, timeout
        )
        totals = found.totals
        names = ("delivered", "parked", "dead", "purged", "erased", "backlog")
        ended = sum(totals[name] for name in names)
        assert totals["accepted"] == ended
        return totals

    def _told(self) -> str:
        """How things stand, for a wait that was in vain."""
        logs = "\n".join(path.read_text()[-3000:] for path in self.folder.glob("*.log"))
        return f"{self.status().totals}\n{logs}"

    def run(self, *arguments: str, stdin: bytes | None = None) -> subprocess.CompletedProcess:
        """A `batchline` command, to its end."""
        return forked.run(arguments, self.folder, stdin)

    def run_json(self, *arguments: str):
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr.decode()
        return json.loads(done.stdout)
