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
        #: Stream ids, where all are delivered and none has been in a lane before; else times.
        self._ids: Sequence[bytes] | None = None
        self._times: list[int] = []
        if ledger.delivered == len(batch) and not batch.metas:
            self._ids = batch.ids
        else:
            times = list(map(_millis, batch.ids))
            for index in batch.metas:
                times[index] = now - age(batch, index, now)
            self._times = sorted(
                time for index, time in enumerate(times) if ledger.is_delivered(index)
            )

    def __len__(self) -> int:
        return len(self._times if self._ids is None else self._ids)

    def longer_than(self, millis: float) -> int:
        """How many messages took longer than that."""
        moment = self._now - millis
        if self._ids is None:
            return bisect_left(self._times, moment)
        return bisect_left(self._ids, moment, key=_millis)

    def sum(self) -> float:
        """About how many ms they took together."""
        size = len(self)
        if not size:
            return 0.0
        step = max(1, size // SAMPLED)
        of = self._times[::step] if self._ids is None else list(map(_millis, self._ids[::step]))
        return sum(self._now - one for one in of) * size / len(of)


def counted(batch: Batch, ledger: Ledger, now: int) -> dict[str, int]:
    """What a lane counts of the batch for its metrics, but for zeros."""
    late = Latencies(batch, ledger, now).longer_than(LATE) if ledger.delivered else 0
    failed = ledger.failed + ledger.unreachable
    counts = {"late": late, "failed_requests": failed}
    return {name: count for name, count in counts.items() if count}


def _millis(stream_id: bytes) -> int:
    return int(stream_id.partition(b"-")[0])
