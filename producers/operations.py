"""The table of operations: what each one is called, what it takes, and how it waits and batches."""

from __future__ import annotations

from dataclasses import dataclass

from producers.models import salesmanago
from producers.models.base import Message

#: The API's limit on one batch (batchupsertv2 upsertDetails, batchAddContactExtEvent events).
SALESMANAGO_BATCH = 1000


@dataclass(frozen=True)
class Operation:
    """One operation and its defaults, each of which the settings can change per account."""

    #: The class of its messages; it carries the operation's and the system's name.
    message: type[Message]
    #: Seconds that a lane waits for more messages before a partial batch goes.
    linger: float
    #: Messages taken from the head of the lane at once.
    batch_size: int
    #: The most that `batch_size` may be set to.
    largest_batch: int

    @property
    def name(self) -> str:
        return self.message.operation

    @property
    def system(self) -> str:
        return self.message.system


OPERATIONS: dict[str, Operation] = {
    operation.name: operation
    for operation in (
        #         message                        linger  size  largest
        Operation(salesmanago.ContactUpsert, 5.0, 1000, SALESMANAGO_BATCH),
        Operation(salesmanago.ExternalEvent, 2.0, 1000, SALESMANAGO_BATCH),
        # Equal pushes to many contacts become one sendMass; other pushes are one call each.
        Operation(salesmanago.Push, 0.5, 200, 1000),
        Operation(salesmanago.CustomPush, 0.5, 200, 1000),
        Operation(salesmanago.MassPush, 0.1, 20, 100),
        Operation(salesmanago.CustomMassPush, 0.1, 20, 100),
        # One call each: small batches, so that a crash leaves few of them in doubt.
        Operation(salesmanago.CouponRedemption, 0.1, 50, 200),
    )
}
