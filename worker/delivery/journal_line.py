"""The line of a batch in the journal. Pure."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from batchline.worker.delivery.batch import BatchResult
from batchline.worker.store.batch import Batch


def of_batch(batch: Batch, result: BatchResult, count: Counter[str], attempts: int) -> list[str]:
    """The batch's line in the journal, as [field, value, ...].

    `worker/inspection/outcomes.py` works out from such lines what became of a message.
    """
    ledger = result.ledger
    line: dict[str, Any] = {
        "lane": batch.lane,
        "first": batch.ids[0].decode(),
        "last": batch.ids[-1].decode(),
        "messages": len(batch),
        "requests": result.requests,
        "delivered": count["delivered"],
        "merged": ledger.merged,
        "parked": count["parked"],
        "dead": count["dead"],
        "kept": len(ledger.open()),
        "ms": round(result.seconds * 1000),
        "attempt": attempts + 1,
        "error": ledger.stop.detail if ledger.stop else "",
        "returned": json.dumps([meta.id for meta in batch.metas.values()]),
    }
    if count["erased"]:
        line["erased"] = count["erased"]
    if ledger.miscounted:
        line["miscount"] = ledger.miscount()
    return [str(part) for pair in line.items() for part in pair]
