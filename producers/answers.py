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
    BadArgument,
    Duplicate,
    Ended,
    EnqueueError,
    LaneFull,
    MadeForAnother,
    NotReplicated,
    OutcomeUnknown,
    RedisUnavailable,
    Suppressed,
    TooManyAtOnce,
)
from batchline.producers.pause import Pause
from batchline.producers.redis_address import problem
from batchline.producers.redis_client import described, is_full, is_read_only
from batchline.producers.settings import Settings, settings_or_those_in_force

#: The errors that redis-py raises when a call got no answer.
NO_ANSWER = (RedisConnectionError, RedisTimeoutError)
#: A call waits this share of `enqueue_timeout` for one answer. So there is time left to repeat it
#: on a new connection, where the old one leads nowhere any more.
ANSWER_SHARE = 0.5
#: Seconds between two tries of a call that got no answer.
RETRY_PAUSE = 0.1
#: Stands in the script's answer behind the state of a message that is dead or purged.
ENDED = "!"
#: The state of a message that is not enqueued, for its contact is suppressed.
SUPPRESSED = "suppressed"
#: What stands for the id of a message that is dropped without a word.
NO_ID = ""


class Known(str):
    """The id of a message that its idempotency key stood for already: none was enqueued."""

    __slots__ = ()


def wait_command(settings: Settings) -> list[str | int]:
    """The WAIT that follows a call on its connection; empty when no replica is waited for."""
    if not settings.wait_replicas:
        return []
    return ["WAIT", settings.wait_replicas, round(settings.wait_timeout * 1000)]


def with_patience(settings: Settings | None, seconds: float | None) -> Settings:
    """The settings, under which a call waits so many seconds for Redis; None: as they say.

    Without settings, those in force. Raises BadArgument.
    """
    settings = settings_or_those_in_force(settings)
    if seconds is None:
        return settings
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds < 10**6:
        raise BadArgument("patience must be a number of seconds above 0")
    return settings.model_copy(update={"enqueue_timeout": float(seconds)})


def address(url: str | None) -> str | None:
    """The address that a producer is given in place of the settings' one. Raises BadArgument."""
    if url is not None and (not isinstance(url, str) or problem(url) is not None):
        raise BadArgument(
            "redis_url must be the address of a Redis, with options that redis-py takes, such as "
            "redis://127.0.0.1:6379/0"
        )
    return url


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
    Suppressed, or Duplicate, for keys whose messages are dead or purged.
    """
    reply, *replicas = replies
    try:
        message_ids = ids(call, reply)
    except (AttributeError, LookupError, ValueError) as error:
        raise OutcomeUnknown(
            "the answer is none of ours: is it a Redis that redis_url leads to? The messages may "
            "or may not be enqueued"
        ) from error
    if len(message_ids) != len(call.indexes):
        raise OutcomeUnknown(
            "the answer is of another call: the messages may or may not be enqueued"
        )
    if replicas and replicas[0] < settings.wait_replicas:
        raise NotReplicated(message_ids, replicas[0], settings.wait_replicas, settings.wait_timeout)
    enqueued = [message_id for message_id in message_ids if message_id is not None]
    if len(enqueued) < len(message_ids):
        raise _not_enqueued(message_ids, duplicates(reply))
    return enqueued


def without_suppressed(error: Suppressed) -> list[str]:
    """The ids of a call whose suppressed messages are dropped without a word: theirs are "".

    Raises Duplicate where keys of others stand for dead or purged messages.
    """
    dropped = set(error.suppressed)
    kept = [NO_ID if n in dropped else one for n, one in enumerate(error.ids)]
    if error.duplicates:
        raise Duplicate(kept, error.duplicates)
    return [one for one in kept if one is not None]


def _not_enqueued(message_ids: list[str | None], ended: dict[int, Ended]) -> EnqueueError:
    """The error of a call of which some messages are not enqueued."""
    suppressed = [index for index, one in ended.items() if one.state == SUPPRESSED]
    if not suppressed:
        return Duplicate(message_ids, ended)
    others = {index: one for index, one in ended.items() if one.state != SUPPRESSED}
    return Suppressed(message_ids, suppressed, others)


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


def text(reply: object) -> str | None:
    """The text that Redis has under a key; None for none. Raises RedisUnavailable."""
    if reply is None or isinstance(reply, bytes):
        return reply.decode(errors="replace") if reply else None
    raise RedisUnavailable("the answer is no text: is it a Redis that redis_url leads to?")


def may_have_been_sent(error: RedisError) -> bool:
    """Whether Redis may have carried the call out: not if it was never written, or refused."""
    return "connecting to" not in str(error) and not isinstance(error, BusyLoadingError)


def is_worth_repeating(error: RedisError) -> bool:
    """Whether Redis gave no answer at all; a refusal and a wrong password are answers."""
    return isinstance(error, NO_ANSWER) and not isinstance(error, AuthenticationError)


def is_refused(error: RedisError) -> bool:
    """Whether no connection came about, and that was said at once: nobody listens, no such host."""
    return "connecting to" in str(error) and not isinstance(error, RedisTimeoutError)


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


def no_connection(connections: int, seconds: float) -> RedisUnavailable:
    """The error of a call that got none of the loop's connections within so many seconds."""
    return RedisUnavailable(
        f"all {connections} connections of this event loop were in use for {seconds:g} s "
        "(enqueue_timeout), nothing was enqueued: send fewer at once, such as with send_many"
    )


class Tries:
    """The tries of one call: whether it may have been sent, and whether it is tried again."""

    def __init__(self, settings: Settings, pause: Pause | None, began: float | None = None) -> None:
        """Without a pause, a connection that is refused is tried again too, as at Redis' restart.

        `began`: monotonic seconds at which the call began; None: now. Raises NotTried.
        """
        if pause is not None:
            pause.admit()
        self._pause = pause
        self._seconds = call_timeout(settings)
        self._began = time.monotonic() if began is None else began
        self._over = self._began + self._seconds
        self._sent = self._writing = False

    def writes(self) -> None:
        """Note that the call is about to be written to a connection that stands."""
        self._writing = True

    def failed(self, error: RedisError) -> None:
        """Note a failed try. Raises the application's EnqueueError when it was the last one.

        Where Redis' error is an answer it is the last one. So it is where no connection came about
        and nothing was sent before: then nobody is there to wait for.
        """
        self._sent = self._sent or may_have_been_sent(error)
        self._writing = False
        is_over = time.monotonic() + RETRY_PAUSE >= self._over
        is_in_vain = is_refused(error) and not self._sent and self._pause is not None
        if is_over or is_in_vain or not is_worth_repeating(error):
            self._note(is_worth_repeating(error))
            raise failure(error, self._sent) from error

    def over(self) -> EnqueueError:
        """Note that the time of the call is over while a try is under way; its error."""
        self._note(True)
        silent = RedisTimeoutError(f"no answer within {self._seconds:g} s")
        return failure(silent, self._sent or self._writing)

    def not_asked(self, error: RedisError) -> RedisUnavailable:
        """Note a failed question that changes nothing, and is not tried again; its error."""
        self._note(is_worth_repeating(error))
        return RedisUnavailable(f"Redis cannot be asked: {described(error)}")

    def answered(self) -> None:
        """Note that Redis answered the call."""
        self._note(False)

    def _note(self, unanswered: bool) -> None:
        if self._pause is not None:
            self._pause.begin(self._began) if unanswered else self._pause.end()

    def cancelled(self) -> OutcomeUnknown | None:
        """The error of a call that is cancelled now; None where nothing was sent."""
        if not (self._sent or self._writing):
            return None
        return OutcomeUnknown(
            "the call was cancelled while it was under way, the messages may or may not be "
            "enqueued. Sending again with the same idempotency_key is safe."
        )
