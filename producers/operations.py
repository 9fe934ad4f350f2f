"""The table of operations: what each one is called, what it takes, and how it waits and batches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from producers.models import salesmanago
from producers.models.base import Message

#: The API's limit on one batch (batchupsertv2 upsertDetails, batchAddContactExtEvent events).
SALESMANAGO_BATCH = 1000


#: resend: at least once. hold: at most once, a dead letter for a person to decide. verify: the API
#: is asked, and what it has not taken is sent again: exactly once.
Ambiguous = Literal["resend", "hold", "verify"]


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
    #: What to do when it is not known whether the API took a message.
    ambiguous: Ambiguous
    #: Whether the API can be asked, so that `ambiguous` may be "verify".
    verifiable: bool = False

    @property
    def name(self) -> str:
        return self.message.operation

    @property
    def system(self) -> str:
        return self.message.system


OPERATIONS: dict[str, Operation] = {
    operation.name: operation
    for operation in (
        #         message          linger  size  largest  ambiguous
        Operation(salesmanago.ContactUpsert, 2.0, 1000, SALESMANAGO_BATCH, "resend"),
        # Later than the upsert that was enqueued with it, so that a new contact is there.
        Operation(salesmanago.ExternalEvent, 5.0, 1000, SALESMANAGO_BATCH, "verify", True),
        # Equal pushes to many contacts become one sendMass; other pushes are one call each.
        Operation(salesmanago.Push, 0.5, 200, 1000, "hold"),
        Operation(salesmanago.CustomPush, 0.5, 200, 1000, "hold"),
        Operation(salesmanago.MassPush, 0.1, 20, 100, "hold"),
        Operation(salesmanago.CustomMassPush, 0.1, 20, 100, "hold"),
        # One call each: small batches, so that a crash leaves few of them in doubt.
        Operation(salesmanago.CouponRedemption, 0.1, 50, 200, "verify", True),
    )
}
