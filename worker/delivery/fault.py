"""A fault of ours, or of a plug-in: an exception while a batch is delivered.

The lane shows the exception's class and place as its error and backs off. After the third time its
head is delivered in halves, until the guilty message is alone and becomes a dead letter.
"""

from __future__ import annotations

import random
import sysconfig
import traceback
from dataclasses import replace
from pathlib import Path

from batchline.systems.operation import EffectiveOperation
from batchline.systems.verdicts import Dead, DestinationFailed
from batchline.worker.delivery import change as changes
from batchline.worker.delivery import settle
from batchline.worker.delivery.batch import BatchResult
from batchline.worker.delivery.blame import Finding
from batchline.worker.delivery.context import AccountContext
from batchline.worker.delivery.ledger import Ledger, Step
from batchline.worker.store import redis_clock
from batchline.worker.store.batch import Batch
from batchline.worker.store.lease import Lease

#: Failures in a row after which the head of the lane is delivered in halves.
HALVED_AFTER = 3
STANDARD_LIBRARY = (sysconfig.get_path("stdlib"), "<")


def set_back(
    context: AccountContext,
    operation: EffectiveOperation,
    lease: Lease,
    batch: Batch,
    error: Exception,
) -> None:
    """Settle a batch whose delivery raised this error; what may have been sent stays uncertain."""
    account, store = context.account, context.store
    ledger = Ledger(len(batch), account.flood_guard)
    attempts = lease.attempts + 1
    if len(batch) == 1 and attempts > HALVED_AFTER:
        ledger.settle((0,), Dead("unprocessable", place_of(error)))
    else:
        ledger.apply(Step(stop=DestinationFailed(place_of(error))))
    finding = Finding(lease.suspicion)
    result = BatchResult(ledger, requests=0, mark="", seconds=0.0, finding=finding)
    now, length = redis_clock.now(store), context.results_length
    change = changes.decide(lease, batch.as_text(), result, account, store.keys, now, length)
    change.sending = None
    if ledger.stop is not None:
        change.trouble = ("fault" if batch.fault is None else "unreadable", place_of(error))
    if ledger.stop is not None and (attempts >= HALVED_AFTER or lease.alone):
        # By themselves: the fault of one message is the fault of its whole batch.
        change.alone = max(1, len(batch) // 2)
    following = changes.next_for(lease, result, account, ends=True, random=random.random)
    if operation.ambiguous == "verify":
        # The API is asked about uncertain messages when it has had time to finish their request.
        following = replace(following, seconds=max(following.seconds, account.verify_after))
    settle.settle(store, lease, change, following, operation, context.journal_length)


def place_of(error: Exception) -> str:
    """Class and place of an exception: its own text may hold personal data."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if not frame.filename.startswith(STANDARD_LIBRARY)]
    frame = (ours or frames)[-1]
    file = "/".join(Path(frame.filename).parts[-3:])
    return f"a fault of ours: {type(error).__name__} at {file}:{frame.lineno}"
