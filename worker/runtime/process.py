"""What one worker process shares between its threads: connections, accounts, the order to leave."""

from __future__ import annotations

import gc
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache

from batchline.producers.settings import Settings
from batchline.systems.registry import systems
from batchline.worker.delivery.context import AccountContext
from batchline.worker.delivery.http import Http
from batchline.worker.store.store import Store

#: Objects more than there were after which the garbage collector looks (Python's own: 700).
GARBAGE_THRESHOLD = 50_000


@dataclass
class Process:
    """The shared parts of this process; made on first use, so after any fork."""

    settings: Settings
    store: Store
    stopping: threading.Event = field(default_factory=threading.Event)
    _contexts: dict[str, AccountContext] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def context(self, account_name: str) -> AccountContext:
        """The context of an account: one pool of connections for all its lanes."""
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
            store=self.store,
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
    process = Process(settings, Store.open(settings, settings.redis_timeout))
    # What stands now stands for good, and a batch makes some thousand objects and no cycles: the
    # collector need not look through them several times a batch.
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_THRESHOLD)
    return process
