"""A profile of the demo: what a shop sends to one system, and what must be found there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from batchline.producers import Message, Outgoing
from batchline.sandbox.control_client import Control

#: A message's id, and the message.
Sent = tuple[str, Outgoing]


@dataclass(frozen=True)
class Profile:
    """One system's demo."""

    system: str
    #: Messages when `--messages` does not say.
    messages: int
    #: From the number of messages and a seed to the messages, in the order of the shop's code.
    outgoing: Callable[[int, int], list[Outgoing]]
    #: From the sandbox's control, what was sent, and the ids of dead letters: every disagreement.
    unaccounted: Callable[[Control, Sequence[Sent], set[str]], Iterator[str]]
    #: Lines of the account's settings: waits shortened, so that the demo shows in seconds what
    #: takes hours.
    account: str = ""
    #: The most that end in the demo's time; None: any number.
    most: int | None = None


def of(sent: Sequence[Sent], operation: str) -> list[Sent]:
    """What was sent of one operation."""
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
    """Messages that took effect at the sandbox another number of times than once.

    `name` is what the sandbox's ledger calls a message. A dead letter may have been taken too: one
    that is held since its answer was lost.
    """
    received = applied(control, operation)
    for message_id, outgoing in of(sent, operation):
        times = received[name(outgoing.message)]
        if times > 1 or (times == 0 and message_id not in dead):
            yield f"{operation} {message_id} took effect {times} times"
