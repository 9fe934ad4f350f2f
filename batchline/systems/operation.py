"""What an operation is: what it takes, how it waits and batches, and what its API promises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from batchline.systems.message import Message

#: resend: at least once. hold: at most once, a dead letter for a person to decide. verify: the API
#: is asked, and what it has not taken is sent again: exactly once.
AmbiguousPolicy = Literal["resend", "hold", "verify"]


@dataclass(frozen=True)
class Operation:
    """One operation of one system and its defaults, which the settings can change per account."""

    #: The class of its messages; it carries the operation's and the system's name.
    message: type[Message]
    #: Seconds that a lane waits for more messages before a partial batch goes.
    linger: float
    #: Messages taken from the head of the lane at once.
    batch_size: int
    #: The most that `batch_size` may be set to.
    largest_batch: int
    #: What to do when it is not known whether the API took a message.
    ambiguous: AmbiguousPolicy
    #: In how few calls its messages travel, and the API's limit on one, for people.
    batching: str
    #: Whether the API is in the same state after two deliveries of a message as after one.
    idempotent: bool
    #: How the API is asked what became of messages in doubt; "" where it cannot be asked, so that
    #: `ambiguous` may not be "verify".
    verified: str = ""
    #: Whether an old one that arrives after a newer one of the same contact would undo it: then
    #: one that comes back from the dead letters is not sent if a newer one was delivered.
    ordered: bool = False

    @property
    def name(self) -> str:
        return self.message.operation

    @property
    def system(self) -> str:
        return self.message.system

    @property
    def lane(self) -> str:
        """The operation whose lane it travels in, for the sake of order: its own, as a rule."""
        return self.message.lane_operation()
