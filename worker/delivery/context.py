"""What delivering needs of its surroundings."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import redis

from batchline.producers.settings import Account
from batchline.systems.contract import System
from batchline.worker.delivery.http import Http


@dataclass(frozen=True)
class AccountContext:
    """One account in one process."""

    redis: redis.Redis
    account: Account
    system: System[Any]
    http: Http
    pool: ThreadPoolExecutor
    #: Seconds that one `deliver` goes on with the batches of a lane.
    budget: float
    journal_length: int
    #: True once the worker is told to leave: the batch in flight is the last.
    stopping: Callable[[], bool]
