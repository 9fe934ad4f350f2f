"""Turns messages into calls of the script, for both producers.

Nothing here touches Redis. A call of the script carries messages of one lane. Its `Caller` numbers
it, and the script remembers the caller's last number and answer: so a call whose answer was lost
can be sent again, and enqueues once (`answers.py`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import NamedTuple

from batchline.producers import entry, suppression
from batchline.producers.callers import Caller
from batchline.producers.errors import MessageTooLarge, TooManyAtOnce, WrongSystem
from batchline.producers.lanes import Lane, partition_of
from batchline.producers.letter_body import letter_body
from batchline.producers.outgoing import Copy, hashed_key
from batchline.producers.settings import Settings
from batchline.systems.message import Message
from batchline.systems.operation import EffectiveOperation

_LUA = files("batchline.producers") / "lua"
#: Batchline's clock, which stands before every script.
CLOCK = (_LUA / "clock.lua").read_text()
#: The script that appends messages to a lane; its header lists its arguments and its answers.
SCRIPT = CLOCK + (_LUA / "enqueue.lua").read_text()
SHA = hashlib.sha1(SCRIPT.encode(), usedforsecurity=False).hexdigest()

#: The most messages and bytes in one call of the script: a call blocks Redis for a few ms.
CALL_MESSAGES = 1000
CALL_BYTES = 1_000_000
#: Seconds for which a caller's call is remembered, beside those for which it is repeated: after its
#: last try it may still be on its way to Redis.
REMEMBERED = 900


class Stored(NamedTuple):
    """A message as its lane holds it."""

    lane: Lane
    contact: str
    options: str
    payload: bytes
    #: The key by which the contact is known afterwards, and the lane of messages about it; "" if
    #: the contact keeps its key.
    next_contact: str = ""
    next_lane: Lane | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """The lanes and the settings of one operation at one account."""

    operation: EffectiveOperation
    #: The lane of each partition.
    lanes: Sequence[Lane]
    #: Whether messages get an identifier by which the API can be asked about them.
    assigns_external_id: bool
    #: Warns of a message that may be a mistake; None where there is nothing to look at.
    warn_of: Callable[[Message, str], None] | None = None

    @classmethod
    def of(cls, message: Message, account_name: str, settings: Settings) -> Target:
        """The target of messages of this operation. Raises UnknownAccount or WrongSystem."""
        account = settings.account(account_name)
        if account.system != message.system:
            raise WrongSystem(message.operation, message.system, account_name, account.system)
        operation = account.operation(message.operation)
        name, lane_operation = str(account_name), message.lane_operation()
        lanes = [Lane(name, lane_operation, number) for number in range(operation.partitions)]
        warn_of = account.warn_of if message.operation in account.doubtful else None
        return cls(operation, lanes, account.assigns_external_id(), warn_of)

    def stored(self, message: Message) -> Stored:
        """The message as its lane will hold it. Raises MessageTooLarge."""
        contact = message.contact_key()
        lane = self._lane_of(contact)
        if self.warn_of is not None:
            self.warn_of(message, lane.account)
        if self.assigns_external_id:
            message = message.with_external_id()
        next_contact = message.next_contact_key()
        next_lane = self._lane_of(next_contact) if next_contact else None
        options, payload = message.options(), message.payload()
        size, limit = len(payload) + len(options), self.operation.message_bytes
        if size > limit:
            raise MessageTooLarge(lane.account, lane.operation, size, limit)
        return Stored(lane, contact, options, payload, next_contact, next_lane)

    def _lane_of(self, contact: str) -> Lane:
        return self.lanes[partition_of(contact, len(self.lanes))]


class Targets:
    """The targets under these settings; each is made once."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._known: dict[tuple[str, str, str], Target] = {}

    def of(self, message: Message, account_name: str) -> Target:
        """The target of the message's operation. Raises UnknownAccount or WrongSystem."""
        # Systems have operations of the same name.
        key = (str(account_name), message.system, message.operation)
        target = self._known.get(key)
        if target is None:
            target = Target.of(message, account_name, self._settings)
            self._known[key] = target
        return target


@dataclass(slots=True)
class Call:
    """One call of the script: messages of one lane, and their indexes in the caller's sequence."""

    lane: Lane
    operation: EffectiveOperation
    indexes: list[int] = field(default_factory=list)
    #: Two elements for each message: its entry's field name and its payload.
    messages: list[str | bytes] = field(default_factory=list)
    #: Messages with a key or a time, or with another key of their contact: [number in the call from
    #: 1 on, hashed key or "", ms to wait or 0, UNIX ms or 0, body while the message waits, anew,
    #: the contact's next key or "", the lane of that or "" if it is this one].
    special: list[tuple[int, str, int, int, str, int, str, str]] = field(default_factory=list)
    #: Number in the call -> idempotency key, where the application is told the results.
    told: dict[int, str] = field(default_factory=dict)
    #: The line of the sampled trace that the call is a part of (`traceparent.py`); "": of none.
    trace: str = ""
    #: Bytes of the payloads together; messages without an idempotency key, which are all new.
    size: int = 0
    without_key: int = 0

    def add(self, index: int, copy: Copy, stored: Stored) -> None:
        """Add a message; `index` is its index in the caller's sequence."""
        _, contact, options, payload, next_contact, next_lane = stored
        self.indexes.append(index)
        self.without_key += copy.idempotency_key is None
        self.messages += (entry.field_name(contact, options), payload)
        self.size += len(payload)
        wait, at = copy.delay, copy.not_before or 0
        if wait or at or copy.idempotency_key is not None or next_contact:
            body = ""
            if wait or at:
                parts = (contact, options, payload.decode())
                body = letter_body(str(self.lane), *parts, meta="", reason="delayed")
                self.size += len(body)
            other = "" if next_lane in (None, self.lane) else str(next_lane)
            key, anew = hashed_key(copy), int(copy.anew)
            number = len(self.indexes)
            if self.operation.results and copy.idempotency_key is not None:
                # Lua's JSON reads no lone surrogate.
                self.told[number] = copy.idempotency_key.encode(errors="replace").decode()
            self.special.append((number, key, wait, at, body, anew, next_contact, other))

    def is_full(self) -> bool:
        return len(self.indexes) >= CALL_MESSAGES or self.size >= CALL_BYTES


def call_of(copy: Copy, targets: Targets) -> Call:
    """The call for this message alone."""
    target = targets.of(copy.message, copy.account)
    stored = target.stored(copy.message)
    call = Call(stored.lane, target.operation)
    call.add(0, copy, stored)
    return call


def calls(sequence: Iterable[Copy], targets: Targets) -> Iterator[Call]:
    """The calls for these messages; the messages of each lane keep their order.

    A message after which its contact is of another lane comes between what is before it in that
    lane, and what is behind it there.
    """
    open_calls: dict[Lane, Call] = {}
    for index, copy in enumerate(sequence):
        target = targets.of(copy.message, copy.account)
        stored = target.stored(copy.message)
        is_link = stored.next_lane not in (None, stored.lane)
        if is_link and stored.next_lane in open_calls:
            yield open_calls.pop(stored.next_lane)
        call = open_calls.get(stored.lane)
        if call is None:
            call = open_calls[stored.lane] = Call(stored.lane, target.operation)
        call.add(index, copy, stored)
        if is_link or call.is_full():
            yield open_calls.pop(call.lane)
    yield from open_calls.values()


def script_arguments(
    call: Call, caller: Caller, settings: Settings, key: str | None = None
) -> list[str | bytes | int]:
    """The arguments of EVALSHA behind the hash: the number of keys, the keys, the arguments.

    `key`: the suppression list's, where the script has asked for hashes.

    Raises TooManyAtOnce.
    """
    keys, operation = settings.keys, call.operation
    if call.without_key > operation.backlog_limit:
        raise TooManyAtOnce(str(call.lane), len(call.indexes), operation.backlog_limit)
    lane = str(call.lane)
    return [
        5,
        keys.stream(lane),
        keys.state(lane),
        keys.due,
        keys.lanes,
        keys.caller(caller.name),
        lane,
        caller.number,
        round(operation.linger * 1000),
        operation.batch_size,
        operation.backlog_limit,
        settings.account(call.lane.account).system,
        round(REMEMBERED + settings.enqueue_timeout + settings.wait_timeout) * 1000,
        _special(call, settings) if call.special or call.trace else "",
        suppression.screen(call, key, settings) if key else "",
        *call.messages,
    ]


def _special(call: Call, settings: Settings) -> str:
    keys = settings.keys
    special: dict[str, object] = {
        "messages": call.special,
        "parked": keys.parked,
        "parked_body": keys.parked_body,
        "blocking": keys.parked_blocking(call.lane.account),
        "streams": keys.stream(""),
        "dead_body": keys.dead_body,
        "purged": keys.purged,
        "once": keys.once,
        "window": settings.idempotency_window * 1000,
    }
    if call.trace:
        special["trace"] = call.trace
    if call.told:
        special |= {"key_of": keys.key_of, "told": call.told}
    return json.dumps(special)
