"""What a delivery tells of itself to whoever measures it; where nobody does, it tells nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from batchline.producers.lanes import Lane
from batchline.systems.operation import EffectiveOperation
from batchline.systems.requests import HttpCall
from batchline.systems.verdicts import Outcome
from batchline.worker.store.batch import Batch

if TYPE_CHECKING:
    from batchline.worker.delivery.batch import BatchResult


class Meter(Protocol):
    """Called by the threads that deliver; each call is quick, and none of them is per message."""

    def claimed(self, result: str) -> None:
        """A lane was claimed ("claimed"), or was not, for that reason."""

    def settled(
        self, operation: EffectiveOperation, batch: Batch, result: BatchResult, now: int
    ) -> None:
        """A batch was settled; `now`: UNIX ms."""

    def requested(
        self,
        lane: Lane,
        call: HttpCall,
        status: str,
        outcome: Outcome,
        seconds: float,
        trace_id: str = "",
    ) -> None:
        """A request was answered, or was not: `status` is "200", "timeout" and the like.

        `trace_id`: the sampled trace that its batch belongs to; "" for none.
        """

    def limited(self, account: str, seconds: float) -> None:
        """Requests have to wait so long for the account's limits."""
