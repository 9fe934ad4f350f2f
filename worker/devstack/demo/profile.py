"""A profile of the demo: the messages that a shop sends to one system, and the check of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from batchline.producers import Message
from batchline.producers.outgoing import Copy
from batchline.sandbox.control_client import Control

#: A message's id, and the message.
Sent = tuple[str, Copy]


@dataclass(frozen=True)
class Profile:
    """One system's demo."""

    system: str
    #: Messages when `--messages` does not say.
    messages: int
    #: Number of messages, seed -> the messages, in the order of the shop's code.
    outgoing: Callable[[int, int], list[Copy]]
    #: The sandbox's control, messages sent, ids of dead letters -> every disagreement.
    unaccounted: Callable[[Control, Sequence[Sent], set[str]], Iterator[str]]
    #: Lines of the account's settings: waits shortened, so that the demo shows in seconds what
    #: takes hours.
    account: str = ""
    #: The most messages that the demo's time is enough for; None: any number.
    most: int | None = None


def of(sent: Sequence[Sent], operation: str) -> list[Sent]:
    """The messages of one operation."""
    return [(id_, out) for id_, out in sent if out.message.operation == operation]


def applied(control: Control, operation: str) -> Counter[str]:
    """How often each item of an operation took effect at the sandbox, by its id there."""
    rows = control.ledger(operation=operation)
    return Counter(row["id"] for row in rows if row["applied"])


def once(
    control: Control,
    sent: Sequence[Sent],
    dead: set[str],
    operation: str,
    name: Callable[[Message], str],
) -> Iterator[str]:
    """A sentence for every message that did not take effect exactly once at the sandbox.

    `name` gives a message's id in the sandbox's ledger. A dead letter may have taken effect too: it
    is held because its answer was lost.
    """
    received = applied(control, operation)
    for message_id, outgoing in of(sent, operation):
        times = received[name(outgoing.message)]
        if times > 1 or (times == 0 and message_id not in dead):
            yield f"{operation} {message_id} took effect {times} times"
