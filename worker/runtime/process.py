"""The state that the threads of a worker process share: store, accounts, the order to stop."""

from __future__ import annotations

import gc
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache

from batchline.producers.settings import Settings
from batchline.systems.registry import systems
from batchline.worker.delivery import confirmations
from batchline.worker.delivery.context import AccountContext
from batchline.worker.delivery.http import Http
from batchline.worker.delivery.meter import Meter
from batchline.worker.delivery.tracing import Tracer
from batchline.worker.runtime import measuring, spans
from batchline.worker.runtime.heartbeat import Heartbeat
from batchline.worker.runtime.shares import Shares
from batchline.worker.store.store import Store

#: New objects after which the garbage collector looks through them (Python's own: 700).
GARBAGE_THRESHOLD = 50_000
#: Lanes of one account that one worker delivers at once; their threads mostly wait for HTTP.
LANES_AT_ONCE = 32
#: Seconds until a lane that was dispatched, and that nobody has claimed, is dispatched again.
GRACE = 30.0


@dataclass
class Process:
    """The shared state of this process; created on first use, so after any fork."""

    settings: Settings
    store: Store
    #: Set once the worker is to shut down: nothing new is begun.
    stopping: threading.Event = field(default_factory=threading.Event)
    #: Set when the dispatcher is to look at the due lanes at once.
    look: threading.Event = field(default_factory=threading.Event)
    #: What this process delivers of each account, and which jobs of it it asks about.
    lanes: Shares = field(init=False)
    jobs: Shares = field(init=False)
    #: What probes read; None: nobody probes this process.
    heartbeat: Heartbeat | None = None
    #: Who measures the deliveries; None: nobody.
    meter: Meter | None = None
    #: Who begins the spans of batches.
    tracer: Tracer = field(default_factory=Tracer)
    #: UNIX seconds at which this process last looked for due lanes, and Redis answered; 0: not yet.
    dispatched_at: float = 0.0
    _contexts: dict[str, AccountContext] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.share(LANES_AT_ONCE)

    def share(self, lanes: int) -> None:
        """Deliver so many lanes of one account at once; called before anything is dispatched."""
        self.lanes = Shares(lanes, GRACE, self.look.set)
        self.jobs = Shares(max(1, lanes // 4), confirmations.GRACE, self.look.set)

    def context(self, account_name: str) -> AccountContext:
        """The context of an account: one pool of connections for all its lanes."""
        with self._lock:
            if account_name not in self._contexts:
                self._contexts[account_name] = self._new_context(account_name)
            return self._contexts[account_name]

    def break_off(self) -> None:
        """End the HTTP requests under way: their deliveries settle, and release their lanes."""
        with self._lock:
            contexts = list(self._contexts.values())
        for context in contexts:
            context.http.break_off()

    def close_idle(self) -> None:
        """Close the HTTP connections that nobody has used for a while."""
        with self._lock:
            contexts = list(self._contexts.values())
        for context in contexts:
            context.http.close_idle()

    def _new_context(self, account_name: str) -> AccountContext:
        account = self.settings.account(account_name)
        # Enough for every lane at once: none waits for another's requests, with its lease running.
        requests = self.lanes.most * account.parallel
        return AccountContext(
            store=self.store,
            account=account,
            system=systems()[account.system].adapter,
            http=Http(account.timeout, requests, account.proxy, account.ca_file),
            pool=ThreadPoolExecutor(requests, f"{account_name}-requests"),
            budget=self.settings.deliver_budget,
            journal_length=self.settings.journal_length,
            results_length=self.settings.results_length,
            stopping=self.stopping.is_set,
            keep_requests=self.settings.keep_requests,
            meter=self.meter,
            tracer=self.tracer,
        )


@cache
def this_process() -> Process:
    """The state of this process, from the settings in force."""
    settings = Settings.load()
    process = Process(settings, Store.open(settings, settings.redis_timeout))
    process.meter = measuring.meter_of(settings)
    process.tracer = spans.tracer_of(settings)
    # The objects of now stay for good, and a batch makes some thousand objects and no cycles: the
    # collector need not look through them several times a batch.
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_THRESHOLD)
    return process
