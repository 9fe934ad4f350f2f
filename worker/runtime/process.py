"""What one worker process shares between its threads: connections, engines, the order to leave."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache

import redis

from batchline.producers.redis_client import connect
from batchline.producers.settings import Settings
from batchline.systems.registry import systems
from batchline.worker.delivery.context import AccountContext
from batchline.worker.delivery.http import Http


@dataclass
class Process:
    """The shared parts of this process; made on first use, so after any fork."""

    settings: Settings
    redis: redis.Redis
    stopping: threading.Event = field(default_factory=threading.Event)
    _contexts: dict[str, AccountContext] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def context(self, account_name: str) -> AccountContext:
        """The engine of an account: one pool of connections for all its lanes."""
        with self._lock:
            if account_name not in self._contexts:
                self._contexts[account_name] = self._new_context(account_name)
            return self._contexts[account_name]

    def break_off(self) -> None:
        """End the HTTP requests under way: what carries them settles, and gives its lane back."""
        with self._lock:
            contexts = list(self._contexts.values())
        for context in contexts:
            context.http.break_off()

    def _new_context(self, account_name: str) -> AccountContext:
        account = self.settings.account(account_name)
        return AccountContext(
            redis=self.redis,
            account=account,
            system=systems()[account.system].adapter,
            http=Http(account.timeout, connections=4 * account.parallel),
            pool=ThreadPoolExecutor(account.parallel, f"{account_name}-requests"),
            budget=self.settings.deliver_budget,
            journal_length=self.settings.journal_length,
            stopping=self.stopping.is_set,
        )


@cache
def this_process() -> Process:
    """The one of this process, from the settings in force."""
    settings = Settings.load()
    return Process(settings, connect(settings.lanes_url(), settings.redis_timeout))
