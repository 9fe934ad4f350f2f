"""What `Producer` and `AsyncProducer` have in common: from messages to script calls, and back.

Nothing here touches Redis. A call of the script carries messages of one lane; it is numbered by its
`Caller`, and the script remembers the caller's last number and answer: so a call whose answer was
lost can be sent again, and enqueues once.
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
    EnqueueError,
    LaneFull,
    NotReplicated,
    OutcomeUnknown,
    RedisUnavailable,
    WrongSystem,
)
from batchline.producers.lanes import Lane, partition_of
from batchline.producers.letter_body import letter_body
from batchline.producers.redis_client import is_full, is_read_only
from batchline.producers.settings import Settings
from batchline.systems.message import LARGEST_MILLIS, Message
from batchline.systems.operation import EffectiveOperation

#: The script that appends messages to a lane (its header says what it takes and answers).
SCRIPT = (files("batchline.producers") / "lua" / "enqueue.lua").read_text()
SHA = hashlib.sha1(SCRIPT.encode(), usedforsecurity=False).hexdigest()

#: What redis-py raises when a call got no answer.
NO_ANSWER = (RedisConnectionError, RedisTimeoutError)

#: Messages and bytes in one call of the script at most: a call blocks Redis for a few ms.
CALL_MESSAGES = 1000
CALL_BYTES = 1_000_000
#: A call waits this share of `enqueue_timeout` for one answer: then a repeat, on a new connection,
#: still finds time. The old one may lead nowhere any more.
ANSWER_SHARE = 0.5
#: Seconds between two tries of a call that got no answer.
RETRY_PAUSE = 0.1
#: Characters of an idempotency key.
LONGEST_KEY = 512


class Outgoing(NamedTuple):
    """One message and how it is to be enqueued."""

    message: Message
    account: str = "default"
    #: A second send with the same key (per account and operation) returns the first one's id.
    idempotency_key: str | None = None
    #: UNIX ms before which the message does not enter its lane.
    not_before: int | None = None


class SendOptions(TypedDict, total=False):
    """How `Producer.send` enqueues a message; its docstring says what each means."""

    idempotency_key: str | None
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


@dataclass(frozen=True, slots=True)
class Target:
    """An account as a message meets it."""

    operation: EffectiveOperation
    #: By partition.
    lanes: Sequence[Lane]
    assigns_external_id: bool

    @classmethod
    def of(cls, message: Message, account_name: str, settings: Settings) -> Target:
        """Where messages of this one's operation go; UnknownAccount or WrongSystem if nowhere."""
        if not isinstance(account_name, str):
            raise TypeError("account must be a text: the name of an account in the settings")
        account = settings.account(account_name)
        if account.system != message.system:
            raise WrongSystem(message.operation, message.system, account_name, account.system)
        operation = account.operation(message.operation)
        of_lane = (str(account_name), message.lane_operation())
        partitions = [Lane(*of_lane, number) for number in range(operation.partitions)]
        return cls(operation, partitions, account.assigns_external_id())

    def stored(self, message: Message) -> Stored:
        """The message as its lane will hold it."""
        contact = message.contact_key()
        lane = self.lanes[partition_of(contact, len(self.lanes))]
        if self.assigns_external_id:
            message = message.with_external_id()
        return Stored(lane, contact, message.options(), message.payload())


class Targets:
    """The targets under these settings, each worked out once."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._known: dict[tuple[str, str], Target] = {}

    def of(self, message: Message, account_name: str) -> Target:
        """As `Target.of`."""
        name = (str(account_name), message.operation)
        target = self._known.get(name)
        if target is None:
            target = Target.of(message, account_name, self._settings)
            self._known[name] = target
        return target


@dataclass(slots=True)
class Call:
    """One call of the script: messages of one lane, and their places in the caller's sequence."""

    lane: Lane
    operation: EffectiveOperation
    indexes: list[int] = field(default_factory=list)
    #: The entry's field and the payload of each message.
    messages: list[str | bytes] = field(default_factory=list)
    #: What the script is told besides: [index from 1 on, hashed key or "", UNIX ms or 0, body].
    special: list[tuple[int, str, int, str]] = field(default_factory=list)
    size: int = 0

    def add(self, index: int, one: Outgoing, stored: Stored) -> None:
        """One message more, with its place in the caller's sequence."""
        _, contact, options, payload = stored
        self.indexes.append(index)
        self.messages += (entry.field_name(contact, options), payload)
        self.size += len(payload)
        if one.idempotency_key is not None or one.not_before is not None:
            at, body = one.not_before or 0, ""
            if at:
                parts = (stored.contact, stored.options, stored.payload.decode())
                body = letter_body(str(self.lane), *parts, meta="", reason="delayed")
            self.special.append((len(self.indexes), _once(one), at, body))

    def is_full(self) -> bool:
        return len(self.indexes) >= CALL_MESSAGES or self.size >= CALL_BYTES


def after_failure(error: RedisError, sent: bool, started: float, timeout: float) -> bool:
    """Whether a call may have been sent by now (`sent`: before this try), which failed.

    Raises what the application gets when there is no other try: `timeout` seconds after `started`
    (monotonic), or where the error is an answer.
    """
    sent = sent or may_have_been_sent(error)
    is_over = time.monotonic() + RETRY_PAUSE - started >= timeout
    if is_over or not is_worth_repeating(error):
        raise failure(error, sent) from error
    return sent


def not_before(delay: float | timedelta | None, at: datetime | int | None) -> int | None:
    """UNIX ms from `delay` (seconds or timedelta) or `at` (aware datetime or UNIX ms)."""
    if delay is not None and at is not None:
        raise ValueError("delay and at: give one of the two")
    if delay is not None:
        seconds = delay.total_seconds() if isinstance(delay, timedelta) else delay
        if not _is_number(seconds) or not 0 <= seconds < 10**10:
            raise ValueError("delay must be a number of seconds from 0 on, or a timedelta")
        return round((time.time() + seconds) * 1000)
    if isinstance(at, datetime):
        if at.tzinfo is None:
            raise ValueError("at has no time zone: give one, such as datetime.now(timezone.utc)")
        return round(at.timestamp() * 1000)
    if at is not None and (not _is_number(at) or not 0 <= at <= LARGEST_MILLIS):
        raise ValueError("at must be a datetime with a time zone, or UNIX milliseconds")
    return None if at is None else round(at)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def call_of(one: Outgoing, targets: Targets) -> Call:
    """The call for this message alone."""
    target = targets.of(one.message, one.account)
    stored = target.stored(one.message)
    call = Call(stored.lane, target.operation)
    call.add(0, one, stored)
    return call


def calls(outgoing: Iterable[Outgoing], targets: Targets) -> Iterator[Call]:
    """The calls for these messages, in an order that keeps the messages of one lane in theirs."""
    open_calls: dict[Lane, Call] = {}
    for index, one in enumerate(outgoing):
        target = targets.of(one.message, one.account)
        stored = target.stored(one.message)
        call = open_calls.get(stored.lane)
        if call is None:
            call = open_calls[stored.lane] = Call(stored.lane, target.operation)
        call.add(index, one, stored)
        if call.is_full():
            yield open_calls.pop(call.lane)
    yield from open_calls.values()


def _once(one: Outgoing) -> str:
    """The idempotency key as stored: hashed, for it may hold personal data."""
    if one.idempotency_key is None:
        return ""
    key = one.idempotency_key
    if not isinstance(key, str) or not 0 < len(key) <= LONGEST_KEY:
        raise ValueError(f"idempotency_key must be a text of 1 to {LONGEST_KEY} characters")
    scoped = f"{one.account}\0{one.message.operation}\0{key}"
    # Half a surrogate pair is no character, and as good a key as any.
    return hashlib.blake2b(scoped.encode(errors="surrogatepass"), digest_size=16).hexdigest()


def script_arguments(call: Call, caller: Caller, settings: Settings) -> list[str | bytes | int]:
    """What follows EVALSHA and the script's name: the number of keys, the keys, the arguments."""
    keys, operation = settings.keys, call.operation
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
        _special(call, settings) if call.special else "",
        *call.messages,
    ]


def _special(call: Call, settings: Settings) -> str:
    keys = settings.keys
    special = {
        "messages": call.special,
        "parked": keys.parked,
        "parked_body": keys.parked_body,
        "once": keys.once,
        "window": settings.idempotency_window,
    }
    return json.dumps(special)


def wait_command(settings: Settings) -> list[str | int]:
    """The WAIT that follows a call on its connection; empty when no replicas are waited for."""
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
    """The message ids of a call's messages, from the answers of the script and of WAIT."""
    reply, *replicas = replies
    given = ids(call, reply)
    if replicas and replicas[0] < settings.wait_replicas:
        raise NotReplicated(given, replicas[0], settings.wait_replicas, settings.wait_timeout)
    return given


def ids(call: Call, reply: bytes) -> list[str]:
    """The message ids of a call's messages, from the script's answer."""
    what, *parts = reply.decode().split(" ")
    start = f"{call.lane}@"
    if what == "run":
        millis, _, number = parts[0].partition("-")
        first, start = int(number), f"{start}{millis}-"
        return [f"{start}{first + n}" for n in range(int(parts[1]))]
    if what == "ids":
        return [known if "@" in known else start + known for known in parts]
    if what == "full":
        raise LaneFull(str(call.lane), int(parts[0]), call.operation.backlog_limit)
    raise OutcomeUnknown("the answer to this call was lost, and another call followed it")


def may_have_been_sent(error: RedisError) -> bool:
    """False only when the call was not carried out for certain: not written, or refused."""
    return "connecting to" not in str(error) and not isinstance(error, BusyLoadingError)


def is_worth_repeating(error: RedisError) -> bool:
    """True when Redis gave no answer at all; its refusals and a wrong password are answers."""
    return isinstance(error, NO_ANSWER) and not isinstance(error, AuthenticationError)


def failure(error: RedisError, sent: bool) -> EnqueueError:
    """What the application gets to see of the last error of a call."""
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
        return RedisUnavailable(f"Redis refused the call, nothing was enqueued: {error}")
    if not sent:
        return RedisUnavailable(f"Redis cannot be reached, nothing was enqueued: {error}")
    return OutcomeUnknown(
        f"Redis did not answer, the messages may or may not be enqueued: {error}. Sending again "
        "with the same idempotency_key is safe."
    )
