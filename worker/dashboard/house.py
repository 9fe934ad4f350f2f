"""What the handlers of one dashboard share: settings, the store, users, and threads for Redis."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any, TypeVar

from redis.exceptions import RedisError
from tornado.options import options

from batchline.producers.settings import Settings
from batchline.systems.errors import BatchlineError
from batchline.worker.dashboard.access import Access, decide, users_file
from batchline.worker.dashboard.attempts import Attempts
from batchline.worker.dashboard.users import Users
from batchline.worker.store import acts
from batchline.worker.store.store import Store

log = logging.getLogger(__name__)

T = TypeVar("T")

#: Seconds that a page waits for Redis.
REDIS_TIMEOUT = 5.0
#: Seconds for which what was read is given to others too.
SHARED_FOR = 1.0
#: Reads of Redis at once, and passwords at once: each takes 32 MB.
READERS, HASHERS = 8, 2
#: Passwords that are compared, or wait for it, at once.
MOST_COMPARED = 20


class _Shared:
    """An answer for several who ask for the same; it may be under way."""

    def __init__(self, answer: asyncio.Future[Any]) -> None:
        self.answer = answer
        self._read_at: float | None = None
        answer.add_done_callback(self._note)

    def is_good(self, now: float) -> bool:
        """Whether it is under way, or was read a moment ago."""
        return self._read_at is None or now - self._read_at <= SHARED_FOR

    def _note(self, answer: asyncio.Future[Any]) -> None:
        self._read_at = answer.get_loop().time()


class House:
    """One dashboard. Tornado's settings hold it under `NAME`."""

    #: The key of Tornado's settings.
    NAME = "batchline"

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.users = Users(users_file(settings))
        self.attempts = Attempts()
        #: Checks of accounts that are under way here.
        self.checks = 0
        self._store: Store | None = None
        self._shared: dict[Hashable, _Shared] = {}
        self._comparing = 0
        self._readers = ThreadPoolExecutor(READERS, "batchline-read")
        self._hashers = ThreadPoolExecutor(HASHERS, "batchline-hash")

    @cached_property
    def access(self) -> Access:
        """The way in; asked for by the first request, when every option of Flower has been read."""
        return decide(options, self.users)

    @property
    def store(self) -> Store:
        """The store, opened when it is first asked for. Raises NoRedis."""
        if self._store is None:
            self._store = Store.open(self.settings, REDIS_TIMEOUT)
        return self._store

    async def read(self, read: Callable[[Store], T]) -> T:
        """What `read` returns of the store, in a thread: Tornado's loop never waits for Redis."""
        return await _in(self._readers, lambda: read(self.store))

    async def shared(self, key: Hashable, read: Callable[[Store], T]) -> T:
        """The same for all who ask for the same at once, or within a second: one read for all."""
        now = asyncio.get_running_loop().time()
        self._shared = {name: one for name, one in self._shared.items() if one.is_good(now)}
        if key not in self._shared:
            self._shared[key] = _Shared(asyncio.ensure_future(self.read(read)))
        return await asyncio.shield(self._shared[key].answer)

    async def act(self, do: Callable[[Store], T]) -> T:
        """Change something in the store; whoever reads afterwards sees it."""
        try:
            return await self.read(do)
        finally:
            self._shared.clear()

    async def compare(self, name: str, password: str) -> Any:
        """The user whose password this is, or None, in a thread."""
        self._comparing += 1
        try:
            return await _in(self._hashers, lambda: self.users.with_password(name, password))
        finally:
            self._comparing -= 1

    def is_comparing_many(self) -> bool:
        """Whether so many passwords are being compared that the next one would wait for long."""
        return self._comparing >= MOST_COMPARED

    def note(self, who: str, what: str, on: str) -> None:
        """Keep an act of Flower's own, in a thread; nobody waits for it."""

        def write() -> None:
            try:
                acts.write(self.store, who, what, on)
            except (RedisError, BatchlineError):
                log.exception("an act was not kept: %s, %s, %s", who, what, on)

        self._readers.submit(write)

    def close(self) -> None:
        """End the threads, and close the store's connections that are idle."""
        self._readers.shutdown(wait=False)
        self._hashers.shutdown(wait=False)
        if self._store is not None:
            self._store.connections.close()
            self._store.client.close()


async def _in(threads: ThreadPoolExecutor, call: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(threads, call)
