"""How many messages the next batch has, after one that lost to a rate limit what it had learned.

Pure.
"""

from __future__ import annotations

from batchline.worker.delivery.batch import BatchResult
from batchline.worker.store.batch import Batch
from batchline.worker.store.lease import Lease


def next_cut(lease: Lease, batch: Batch, result: BatchResult, size: int) -> int:
    """Messages of which the next batch has at most so many; 0: `size`.

    A batch that a rate limit stops has been halved, or has asked, for nothing: what it has learned
    is lost. Where it settled no message the next one is half as large, so that one comes to its end
    within the limit at last. The next is twice as large then.
    """
    ledger = result.ledger
    if ledger.stop is None:
        return lease.cut * 2 if lease.cut * 2 < size else 0
    has_settled = len(ledger.open()) < len(batch)
    if ledger.is_throttled and ledger.unsaved and not has_settled and not lease.suspicion.window:
        return max(1, min(len(batch), size) // 2)
    return lease.cut
