"""What an operation is: one record of what it takes, how it travels, and what its API promises."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from batchline.systems.columns import Item
from batchline.systems.message import Message
from batchline.systems.requests import Endpoint, Request
from batchline.systems.section import Section

#: resend: at least once. hold: at most once, a dead letter for a person to decide. verify: the API
#: is asked, and what it has not taken is sent again: exactly once.
AmbiguousPolicy = Literal["resend", "hold", "verify"]


class EffectiveOperation(Section):
    """What holds for one operation of one account after defaults."""

    linger: float
    batch_size: int
    batch_bytes: int
    partitions: int
    backlog_limit: int
    ambiguous: AmbiguousPolicy = "resend"


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation of one system: its messages, its defaults, and how they travel.

    The settings can change the defaults for each account.
    """

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
    #: How its messages are batched, and the API's limit on one call, for people.
    batching: str
    #: Whether the API is in the same state after two deliveries of a message as after one.
    idempotent: bool
    #: Whether an old one that arrives after a newer one of the same contact would undo it: then
    #: one that comes back from the dead letters is not sent if a newer one was delivered.
    ordered: bool = False
    #: How the API is asked what became of ambiguous messages, for people; "" where it cannot be
    #: asked, so that `ambiguous` may not be "verify".
    verified: str = ""

    #: The API's methods by which its messages travel, the usual one first.
    endpoints: tuple[Endpoint, ...] = ()
    #: Makes those items one that the API takes as one. Of the lane's operation.
    merge: Callable[[Sequence[Item]], Sequence[Item]] | None = None
    #: Waves of requests for the lane's items: those of a wave may go at once, the waves in order.
    #: Of the lane's operation; an operation in another's lane has none.
    plan: Callable[[Sequence[Item], EffectiveOperation, Any], list[list[Request]]] | None = None
    #: Requests that ask the API what became of these items.
    verify: Callable[[Sequence[Item]], list[Request]] | None = None

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
