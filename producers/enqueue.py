"""Turns messages into calls of the script and answers into ids, for both producers.

Nothing here touches Redis. A call of the script carries messages of one lane. Its `Caller` numbers
it, and the script remembers the caller's last number and answer: so a call whose answer was lost
can be sent again, and enqueues once.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any, NamedTuple, TypedDict

from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    RedisError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from batchline.producers import entry
from batchline.producers.callers import Caller
from batchline.producers.errors import (
    Duplicate,
    Ended,
    EnqueueError,
    LaneFull,
    MadeForAnother,
    MessageTooLarge,
    NotReplicated,
    OutcomeUnknown,
    RedisUnavailable,
    TooManyAtOnce,
    WrongSystem,
)
from batchline.producers.lanes import Lane, partition_of
from batchline.producers.letter_body import letter_body
from batchline.producers.redis_client import described, is_full, is_read_only
from batchline.producers.settings import Settings
from batchline.systems.message import LARGEST_MILLIS, Message
from batchline.systems.operation import EffectiveOperation

_LUA = files("batchline.producers") / "lua"
#: Batchline's clock, which stands before every script.
CLOCK = (_LUA / "clock.lua").read_text()
#: The script that appends messages to a lane; its header lists its arguments and its answers.
SCRIPT = CLOCK + (_LUA / "enqueue.lua").read_text()
SHA = hashlib.sha1(SCRIPT.encode(), usedforsecurity=False).hexdigest()

#: The errors that redis-py raises when a call got no answer.
NO_ANSWER = (RedisConnectionError, RedisTimeoutError)

#: The most messages and bytes in one call of the script: a call blocks Redis for a few ms.
CALL_MESSAGES = 1000
CALL_BYTES = 1_000_000
#: A call waits this share of `enqueue_timeout` for one answer. So there is time left to repeat it
#: on a new connection, where the old one leads nowhere any more.
ANSWER_SHARE = 0.5
#: Seconds between two tries of a call that got no answer.
RETRY_PAUSE = 0.1
#: The most characters of an idempotency key.
LONGEST_KEY = 512
#: Stands in the script's answer behind the state of a message that is dead or purged.
ENDED = "!"


class Outgoing(NamedTuple):
    """One message, its account, and how it is to be enqueued."""

    message: Message
    account: str = "default"
    #: A second send with the same key (per account and operation) returns the id of the first.
    idempotency_key: str | None = None
    #: UNIX ms before which the message does not enter its lane.
    not_before: int | None = None
    #: Milliseconds that the message waits before it enters its lane; not beside `not_before`.
    delay: int = 0
    #: Whether it is enqueued although the message of its key is dead or purged.
    anew: bool = False


class Extras(NamedTuple):
    """The fields of `Outgoing` behind its account."""

    idempotency_key: str | None = None
    not_before: int | None = None
    delay: int = 0
    anew: bool = False


class SendOptions(TypedDict, total=False):
    """Options of `Producer.send`, which its docstring explains."""

    idempotency_key: str | None
    anew: bool
    #: Seconds, or a timedelta.
    delay: float | timedelta | None
    #: An aware datetime, or UNIX ms.
    at: datetime | int | None


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

    @classmethod
    def of(cls, message: Message, account_name: str, settings: Settings) -> Target:
        """The target of messages of this operation. Raises UnknownAccount or WrongSystem."""
        if not isinstance(account_name, str):
            raise TypeError("account must be a text: the name of an account in the settings")
        account = settings.account(account_name)
        if account.system != message.system:
            raise WrongSystem(message.operation, message.system, account_name, account.system)
        operation = account.operation(message.operation)
        name, lane_operation = str(account_name), message.lane_operation()
        lanes = [Lane(name, lane_operation, number) for number in range(operation.partitions)]
        return cls(operation, lanes, account.assigns_external_id())

    def stored(self, message: Message) -> Stored:
        """The message as its lane will hold it. Raises MessageTooLarge."""
        contact = message.contact_key()
        lane = self._lane_of(contact)
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
        self._known: dict[tuple[str, str], Target] = {}

    def of(self, message: Message, account_name: str) -> Target:
        """The target of the message's operation. Raises UnknownAccount or WrongSystem."""
        key = (str(account_name), message.operation)
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
    #: Bytes of the payloads together; messages without an idempotency key, which are all new.
    size: int = 0
    without_key: int = 0

    def add(self, index: int, outgoing: Outgoing, stored: Stored) -> None:
        """Add a message; `index` is its index in the caller's sequence."""
        _, contact, options, payload, next_contact, next_lane = stored
        self.indexes.append(index)
        self.without_key += outgoing.idempotency_key is None
        self.messages += (entry.field_name(contact, options), payload)
        self.size += len(payload)
        wait, at = outgoing.delay, outgoing.not_before or 0
        if wait or at or outgoing.idempotency_key is not None or next_contact:
            body = ""
            if wait or at:
                parts = (contact, options, payload.decode())
                body = letter_body(str(self.lane), *parts, meta="", reason="delayed")
                self.size += len(body)
            other = "" if next_lane in (None, self.lane) else str(next_lane)
            key, anew = _hashed_key(outgoing), int(outgoing.anew)
            number = len(self.indexes)
            self.special.append((number, key, wait, at, body, anew, next_contact, other))

    def is_full(self) -> bool:
        return len(self.indexes) >= CALL_MESSAGES or self.size >= CALL_BYTES


def after_failure(error: RedisError, sent: bool, started: float, timeout: float) -> bool:
    """Whether a call may have been sent, after this failed try; `sent`: whether before it.

    Raises the application's EnqueueError when the call is not tried again: `timeout` seconds after
    `started` (monotonic seconds), or where Redis' error is an answer.
    """
    sent = sent or may_have_been_sent(error)
    is_over = time.monotonic() + RETRY_PAUSE - started >= timeout
    if is_over or not is_worth_repeating(error):
        raise failure(error, sent) from error
    return sent


def extras(
    idempotency_key: str | None,
    delay: float | timedelta | None,
    at: datetime | int | None,
    anew: bool,
) -> Extras:
    """The options of `Producer.send` as `Outgoing` takes them."""
    if delay is not None and at is not None:
        raise ValueError("delay and at: give one of the two")
    if anew and idempotency_key is None:
        raise ValueError("anew is about the message of an idempotency_key: give that too")
    return Extras(idempotency_key, not_before(at), _millis(delay), bool(anew))


def _millis(delay: float | timedelta | None) -> int:
    """Milliseconds of `delay` (seconds or a timedelta)."""
    seconds = delay.total_seconds() if isinstance(delay, timedelta) else delay
    if seconds is None:
        return 0
    if not _is_number(seconds) or not 0 <= seconds < 10**10:
        raise ValueError("delay must be a number of seconds from 0 on, or a timedelta")
    return round(seconds * 1000)


def not_before(at: datetime | int | None) -> int | None:
    """UNIX ms of `at` (an aware datetime or UNIX ms)."""
    if isinstance(at, datetime):
        if at.tzinfo is None:
            raise ValueError("at has no time zone: give one, such as datetime.now(timezone.utc)")
        return round(at.timestamp() * 1000)
    if at is not None and (not _is_number(at) or not 0 <= at <= LARGEST_MILLIS):
        raise ValueError("at must be a datetime with a time zone, or UNIX milliseconds")
    return None if at is None else round(at)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def call_of(outgoing: Outgoing, targets: Targets) -> Call:
    """The call for this message alone."""
    target = targets.of(outgoing.message, outgoing.account)
    stored = target.stored(outgoing.message)
    call = Call(stored.lane, target.operation)
    call.add(0, outgoing, stored)
    return call


def calls(sequence: Iterable[Outgoing], targets: Targets) -> Iterator[Call]:
    """The calls for these messages; the messages of each lane keep their order."""
    open_calls: dict[Lane, Call] = {}
    for index, outgoing in enumerate(sequence):
        target = targets.of(outgoing.message, outgoing.account)
        stored = target.stored(outgoing.message)
        call = open_calls.get(stored.lane)
        if call is None:
            call = open_calls[stored.lane] = Call(stored.lane, target.operation)
        call.add(index, outgoing, stored)
        if call.is_full():
            yield open_calls.pop(call.lane)
    yield from open_calls.values()


def _hashed_key(outgoing: Outgoing) -> str:
    """The idempotency key as stored: hashed, for it may hold personal data; "" for none."""
    key = outgoing.idempotency_key
    if key is None:
        return ""
    if not isinstance(key, str) or not 0 < len(key) <= LONGEST_KEY:
        raise ValueError(f"idempotency_key must be a text of 1 to {LONGEST_KEY} characters")
    scoped = f"{outgoing.account}\0{outgoing.message.operation}\0{key}"
    # A lone surrogate cannot be encoded strictly, and is as good a key as any.
    return hashlib.blake2b(scoped.encode(errors="surrogatepass"), digest_size=16).hexdigest()


def script_arguments(call: Call, caller: Caller, settings: Settings) -> list[str | bytes | int]:
    """The arguments of EVALSHA behind the hash: the number of keys, the keys, the arguments.

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
        _special(call, settings) if call.special else "",
        *call.messages,
    ]


def _special(call: Call, settings: Settings) -> str:
    keys = settings.keys
    special = {
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
    return json.dumps(special)


def wait_command(settings: Settings) -> list[str | int]:
    """The WAIT that follows a call on its connection; empty when no replica is waited for."""
    if not settings.wait_replicas:
        return []
    return ["WAIT", settings.wait_replicas, round(settings.wait_timeout * 1000)]


def call_timeout(settings: Settings) -> float:
    """Seconds that a call may take, repeats included."""
    return settings.enqueue_timeout + (settings.wait_timeout if settings.wait_replicas else 0.0)


def answer_timeout(settings: Settings) -> float:
    """Seconds after which a connection that does not answer is given up."""
    waiting = settings.wait_timeout if settings.wait_replicas else 0.0
    return settings.enqueue_timeout * ANSWER_SHARE + waiting


def outcome(call: Call, replies: Sequence[Any], settings: Settings) -> list[str]:
    """The ids of a call's messages, from the answers of the script and of WAIT.

    Raises LaneFull, OutcomeUnknown, and NotReplicated when too few replicas confirmed; then
    Duplicate, for keys whose messages are dead or purged.
    """
    reply, *replicas = replies
    message_ids = ids(call, reply)
    if replicas and replicas[0] < settings.wait_replicas:
        raise NotReplicated(message_ids, replicas[0], settings.wait_replicas, settings.wait_timeout)
    if None in message_ids:
        raise Duplicate(message_ids, duplicates(reply))
    return [message_id for message_id in message_ids if message_id is not None]


def ids(call: Call, reply: bytes) -> list[str | None]:
    """The ids of a call's messages, from the script's answer; None for each of `duplicates`.

    Raises LaneFull, TooManyAtOnce or OutcomeUnknown.
    """
    kind, *parts = reply.decode().split(" ")
    start = f"{call.lane}@"
    if kind == "run":
        millis, _, number = parts[0].partition("-")
        first, start = int(number), f"{start}{millis}-"
        return [f"{start}{first + n}" for n in range(int(parts[1]))]
    if kind == "ids":
        return [None if ENDED in one else one if "@" in one else start + one for one in parts]
    if kind == "made":
        raise MadeForAnother(str(call.lane), parts[0], int(parts[1]))
    if kind == "full" and len(call.indexes) > call.operation.backlog_limit:
        raise TooManyAtOnce(str(call.lane), len(call.indexes), call.operation.backlog_limit)
    if kind == "full":
        raise LaneFull(str(call.lane), int(parts[0]), call.operation.backlog_limit)
    raise OutcomeUnknown("the answer to this call was lost, and another call followed it")


def duplicates(reply: bytes) -> dict[int, Ended]:
    """Index in the call -> the dead or purged message that the key there stands for."""
    kind, *parts = reply.decode().split(" ")
    ended = {}
    for index, one in enumerate(parts if kind == "ids" else ()):
        state, mark, message_id = one.partition(ENDED)
        if mark:
            ended[index] = Ended(message_id, state)
    return ended


def may_have_been_sent(error: RedisError) -> bool:
    """Whether Redis may have carried the call out: not if it was never written, or refused."""
    return "connecting to" not in str(error) and not isinstance(error, BusyLoadingError)


def is_worth_repeating(error: RedisError) -> bool:
    """Whether Redis gave no answer at all; a refusal and a wrong password are answers."""
    return isinstance(error, NO_ANSWER) and not isinstance(error, AuthenticationError)


def failure(error: RedisError, sent: bool) -> EnqueueError:
    """The application's error for a call's last error; `sent`: whether it may have been sent."""
    if is_full(error):
        return RedisUnavailable(
            "Redis is full (maxmemory), nothing was enqueued. Workers that drain the lanes make "
            "room; if they run, raise maxmemory."
        )
    if is_read_only(error):
        return RedisUnavailable(
            "redis_url leads to a replica, which is read-only: nothing was enqueued"
        )
    if not is_worth_repeating(error):
        return RedisUnavailable(f"Redis refused the call, nothing was enqueued: {described(error)}")
    if not sent:
        return RedisUnavailable(
            f"Redis cannot be reached, nothing was enqueued: {described(error)}"
        )
    return OutcomeUnknown(
        f"Redis did not answer, the messages may or may not be enqueued: {error}. Sending again "
        "with the same idempotency_key is safe."
    )
