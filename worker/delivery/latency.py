"""How long messages took until they were delivered, counted for a whole batch at once. Pure.

The ids of a batch are in the order of their times: so a bisection counts how many are older.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from batchline.worker.delivery.batch import age
from batchline.worker.delivery.ledger import Ledger
from batchline.worker.store.batch import Batch

#: Milliseconds after which a delivery counts as late.
LATE = 60_000
#: Messages of a batch from which its sum of latencies is estimated.
SAMPLED = 16


class Latencies:
    """The latencies of the delivered messages of a batch, in ms."""

    def __init__(self, batch: Batch, ledger: Ledger, now: int) -> None:
        """`now`: UNIX ms."""
        self._now = now
        metas, every = batch.metas, range(len(batch))
        is_whole = ledger.delivered == len(batch)
        #: Stream ids of those that were in a lane once, in the order of their times.
        self._ids: Sequence[bytes] = batch.ids
        if metas or not is_whole:
            delivered = every if is_whole else filter(ledger.is_delivered, every)
            self._ids = [batch.ids[index] for index in delivered if index not in metas]
        #: Times (UNIX ms) of the others, of which a batch has few.
        self._times = sorted(
            now - age(batch, index, now) for index in metas if ledger.is_delivered(index)
        )

    def __len__(self) -> int:
        return len(self._ids) + len(self._times)

    def longer_than(self, millis: float) -> int:
        """How many messages took longer than that."""
        moment = self._now - millis
        return bisect_left(self._times, moment) + bisect_left(self._ids, moment, key=_millis)

    def sum(self) -> float:
        """About how many ms they took together."""
        took = float(sum(self._now - one for one in self._times))
        step = max(1, len(self._ids) // SAMPLED)
        sampled = [self._now - _millis(one) for one in self._ids[::step]]
        if sampled:
            took += sum(sampled) * len(self._ids) / len(sampled)
        return took


def counted(batch: Batch, ledger: Ledger, now: int) -> dict[str, int]:
    """What a lane counts of the batch for its metrics, but for zeros."""
    late = Latencies(batch, ledger, now).longer_than(LATE) if ledger.delivered else 0
    failed = ledger.failed + ledger.unreachable
    counts = {"late": late, "failed_requests": failed}
    return {name: count for name, count in counts.items() if count}


def _millis(stream_id: bytes) -> int:
    return int(stream_id.partition(b"-")[0])
