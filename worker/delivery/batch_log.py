"""The line of a settled batch in the log: numbers and names of ours, no payload and no address."""

from __future__ import annotations

import logging
from typing import Any

from batchline.worker.delivery.batch import BatchResult
from batchline.worker.delivery.change import Change
from batchline.worker.store.batch import Batch
from batchline.worker.store.lease import Lease
from batchline.worker.troubles.words import http_status

log = logging.getLogger(__name__)

#: The ends of a message that are counted, in the order in which they are named.
ENDS = ("delivered", "parked", "dead", "kept")


def write(
    lease: Lease, batch: Batch, result: BatchResult, change: Change, trace_id: str = ""
) -> None:
    """Write the line. INFO however it ended: what is wrong is told once, as a trouble."""
    if log.isEnabledFor(logging.INFO):
        fields = fields_of(lease, batch, result, change)
        if trace_id:
            fields["trace"] = trace_id
        log.info("%s", text_of(fields), extra={"fields": fields})


def fields_of(lease: Lease, batch: Batch, result: BatchResult, change: Change) -> dict[str, Any]:
    """What the line says, by its keys (docs/logs.md)."""
    lane, ledger = batch.lane, result.ledger
    fields: dict[str, Any] = {
        "event": "batch",
        "account": lane.account,
        "operation": lane.operation,
        "lane": str(lane),
        "first": batch.ids[0].decode(),
        "last": batch.ids[-1].decode(),
        "messages": len(batch),
        "requests": result.requests,
        "delivered": ledger.delivered,
        "merged": ledger.merged,
        "parked": change.count["parked"],
        "dead": change.count["dead"],
        "kept": len(ledger.open()),
        "ms": round(result.seconds * 1000),
        "attempt": lease.attempts + 1,
    }
    if ledger.stop is not None:
        fields["stop"] = type(ledger.stop).__name__
        status = http_status(ledger.stop.detail)
        if status is not None:
            fields["status"] = status
    if change.letters:
        fields["reasons"] = sorted({one.reason for one in change.letters})
    return fields


def text_of(fields: dict[str, Any]) -> str:
    """The line in words, as in "batch of default:event.add:0: 98 delivered, 2 dead, 45 ms"."""
    counts = [f"{fields[name]:,} {name}" for name in ENDS if fields[name]]
    why = fields.get("stop", "")
    if "status" in fields:
        why = f"{why}, HTTP {fields['status']}"
    parts = [why, *counts, f"{fields['requests']:,} requests", f"{fields['ms']:,} ms"]
    return f"batch of {fields['lane']}: {', '.join(part for part in parts if part)}"
