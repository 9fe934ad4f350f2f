"""The surroundings of an account's deliveries: store, settings, system, connections."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from batchline.systems.account import BaseAccount
from batchline.systems.contract import System
from batchline.worker.delivery.http import Http
from batchline.worker.delivery.job_contacts import JobContacts
from batchline.worker.delivery.meter import Meter
from batchline.worker.delivery.tracing import Tracer
from batchline.worker.store.store import Store
from batchline.worker.store.suppression import Known


@dataclass(frozen=True)
class AccountContext:
    """One account, as one worker process delivers its messages."""

    store: Store
    account: BaseAccount
    system: System[Any]
    http: Http
    pool: ThreadPoolExecutor
    #: Seconds after which one `deliver` begins no further batch of its lane.
    budget: float
    #: Lines that the journal keeps at most.
    journal_length: int
    #: Results that are kept at most, about, for the application to read.
    results_length: int
    #: True once the worker is to shut down: the batch in flight is the last.
    stopping: Callable[[], bool]
    job_contacts: JobContacts = field(default_factory=JobContacts)
    #: The last requests of the account that are kept for people; 0: none.
    keep_requests: int = 0
    #: The suppression list as this process has last read it.
    suppressed: Known = field(default_factory=Known)
    #: Who measures the deliveries; None: nobody.
    meter: Meter | None = None
    #: Who begins the spans of batches.
    tracer: Tracer = field(default_factory=Tracer)
