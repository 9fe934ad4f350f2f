"""What delivering an account's messages needs of its surroundings."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from batchline.systems.account import BaseAccount
from batchline.systems.contract import System
from batchline.worker.delivery.http import Http
from batchline.worker.store.store import Store


@dataclass(frozen=True)
class AccountContext:
    """One account in one process."""

    store: Store
    account: BaseAccount
    system: System[Any]
    http: Http
    pool: ThreadPoolExecutor
    #: Seconds that one `deliver` goes on with the batches of a lane.
    budget: float
    journal_length: int
    #: True once the worker is told to end: the batch in flight is the last.
    stopping: Callable[[], bool]
