"""What the answer to a call of the script means: ids, or the application's error. Pure."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    RedisError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from batchline.producers.enqueue import Call
from batchline.producers.errors import (
    Duplicate,
    Ended,
    EnqueueError,
    LaneFull,
    MadeForAnother,
    NotReplicated,
    OutcomeUnknown,
    RedisUnavailable,
    TooManyAtOnce,
)
from batchline.producers.redis_client import described, is_full, is_read_only
from batchline.producers.settings import Settings

#: The errors that redis-py raises when a call got no answer.
NO_ANSWER = (RedisConnectionError, RedisTimeoutError)
#: A call waits this share of `enqueue_timeout` for one answer. So there is time left to repeat it
#: on a new connection, where the old one leads nowhere any more.
ANSWER_SHARE = 0.5
#: Seconds between two tries of a call that got no answer.
RETRY_PAUSE = 0.1
#: Stands in the script's answer behind the state of a message that is dead or purged.
ENDED = "!"


class Known(str):
    """The id of a message that its idempotency key stood for already: none was enqueued."""

    __slots__ = ()


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
        return [
            None if ENDED in one else Known(one) if "@" in one else start + one for one in parts
        ]
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
        f"Redis did not answer, the messages may or may not be enqueued: {described(error)}. "
        "Sending again with the same idempotency_key is safe."
    )


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
