"""The record of an operation: its messages, its batching, and the API's promises about it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from batchline.systems.columns import Columns, Item
from batchline.systems.message import Message
from batchline.systems.requests import Endpoint, Request
from batchline.systems.section import Section

#: The policy for a message of which nobody knows whether the API took it. resend: it is sent again,
#: at least once. hold: it becomes a dead letter for a person to decide, at most once. verify: the
#: API is asked, and the message is sent again if the API has not taken it, exactly once.
AmbiguousPolicy = Literal["resend", "hold", "verify"]

#: The default of `message_bytes`: the largest attachment (5,000,000 bytes) fits in base64.
LARGEST_MESSAGE = 8_000_000


class EffectiveOperation(Section):
    """The settings of one operation of one account, defaults filled in."""

    linger: float
    batch_size: int
    batch_bytes: int
    partitions: int
    backlog_limit: int
    ambiguous: AmbiguousPolicy = "resend"
    #: Whether the settings name the policy; then it holds for every message.
    ambiguous_is_set: bool = False
    message_bytes: int = LARGEST_MESSAGE
    #: Whether the application is told what became of each message (`batchline.results`).
    results: bool = False


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation of one system: its messages, its defaults, and its requests.

    The settings can change the defaults for each account.
    """

    #: The class of its messages; it carries the operation's and the system's name.
    message: type[Message]
    #: Seconds that a lane waits for more messages before it sends a partial batch.
    linger: float
    #: The most messages taken from the head of the lane at once.
    batch_size: int
    #: The most that `batch_size` may be set to.
    largest_batch: int
    #: What happens to a message when nobody knows whether the API took it.
    ambiguous: AmbiguousPolicy
    #: How the messages are batched, the API's limit on one call, and what that costs, for people.
    batching: str
    #: Whether the API is in the same state after two deliveries of a message as after one.
    idempotent: bool
    #: Whether an older message that arrives after a newer one of its contact would undo it. Then a
    #: message from the dead letters is not sent if a newer one was delivered.
    ordered: bool = False
    #: Payloads -> index of a payload, and the key by which its contact is known after the message.
    #: Only for messages that give their contact another key, such as a new address.
    next_contacts: Callable[[Sequence[bytes]], Mapping[int, str]] | None = None
    #: Messages of a batch whose second delivery matters, although the operation is idempotent: such
    #: as one that makes the API send an e-mail. They are held where the settings name no policy.
    repeats_matter: Callable[[Columns, Any], Collection[int]] | None = None
    #: Which messages `repeats_matter` finds, for people.
    repeats: str = ""
    #: Whether the API refuses a message that it has taken already, such as a used coupon. Then a
    #: refusal after an ambiguous try does not say that the message was not taken.
    refuses_repeats: bool = False
    #: How the API is asked whether it took ambiguous messages, for people; "" where it cannot be
    #: asked: then `ambiguous` may not be "verify".
    verified: str = ""

    #: The API's methods that take the messages, the usual one first.
    endpoints: tuple[Endpoint, ...] = ()
    #: Merges items that the API can take as one; set for the operation that names the lane.
    merge: Callable[[Sequence[Item]], Sequence[Item]] | None = None
    #: Makes waves of requests of the lane's items: the requests of a wave may go at once, the waves
    #: go in order. Set for the operation that names the lane; None for one that shares its lane.
    plan: Callable[[Sequence[Item], EffectiveOperation, Any], list[list[Request]]] | None = None
    #: Makes requests that ask the API whether it took these items.
    verify: Callable[[Sequence[Item]], list[Request]] | None = None

    @property
    def name(self) -> str:
        return self.message.operation

    @property
    def system(self) -> str:
        return self.message.system

    @property
    def lane(self) -> str:
        """The operation whose lane it shares, for the sake of order; usually itself."""
        return self.message.lane_operation()
