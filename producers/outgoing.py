"""A message on its way to a lane, and the options with which it is sent."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import NamedTuple, TypedDict

from batchline.producers.errors import BadArgument
from batchline.systems.message import LARGEST_MILLIS, Message, Sendable

#: The most characters of an idempotency key.
LONGEST_KEY = 512


class Outgoing(NamedTuple):
    """One message, its account, and how it is to be enqueued."""

    message: Sendable
    #: If left out: `default`; for a Contact or an Event the accounts of its route, each of which
    #: gets a copy.
    account: str | None = None
    #: A second send with the same key (per account and operation) returns the id of the first.
    idempotency_key: str | None = None
    #: UNIX ms before which the message does not enter its lane.
    not_before: int | None = None
    #: Milliseconds that the message waits before it enters its lane; not beside `not_before`.
    delay: int = 0
    #: Whether it is enqueued although the message of its key is dead or purged.
    anew: bool = False


class Copy(NamedTuple):
    """An account's own copy of an `Outgoing`: a message of the account's system."""

    message: Message
    account: str
    idempotency_key: str | None = None
    not_before: int | None = None
    delay: int = 0
    anew: bool = False


class Extras(NamedTuple):
    """The fields of `Outgoing` behind its account."""

    idempotency_key: str | None = None
    not_before: int | None = None
    delay: int = 0
    anew: bool = False


#: Those of a message that has none.
NO_EXTRAS = Extras()


class SendOptions(TypedDict, total=False):
    """Options of `Producer.send`, which its docstring explains."""

    idempotency_key: str | None
    anew: bool
    #: Seconds, or a timedelta.
    delay: float | timedelta | None
    #: An aware datetime, or UNIX ms.
    at: datetime | int | None


def extras_of(
    idempotency_key: str | None,
    delay: float | timedelta | None,
    at: datetime | int | None,
    anew: bool,
) -> Extras:
    """The options of `Producer.send` as `Outgoing` takes them. Raises BadArgument."""
    if idempotency_key is None and delay is None and at is None and anew is False:
        return NO_EXTRAS
    if delay is not None and at is not None:
        raise BadArgument("delay and at: give one of the two")
    if anew and idempotency_key is None:
        raise BadArgument("anew is about the message of an idempotency_key: give that too")
    extras = Extras(idempotency_key, not_before(at), _millis(delay), anew)
    check(extras)
    return extras


def check(extras: Extras, where: str = "") -> None:
    """Raise BadArgument, with `where` before it, for a value that cannot be."""
    key, at, delay, anew = extras
    if key is not None and (not isinstance(key, str) or not 0 < len(key) <= LONGEST_KEY):
        raise BadArgument(f"{where}idempotency_key must be a text of 1 to {LONGEST_KEY} characters")
    if at is not None and (not _is_whole(at) or at > LARGEST_MILLIS):
        raise BadArgument(f"{where}not_before must be UNIX milliseconds, a whole number")
    if not _is_whole(delay) or not 0 <= delay < 10**13:
        raise BadArgument(f"{where}delay must be a whole number of milliseconds from 0 on")
    if not isinstance(anew, bool):
        raise BadArgument(f"{where}anew must be True or False")


def _millis(delay: float | timedelta | None) -> int:
    """Milliseconds of `delay` (seconds or a timedelta)."""
    seconds = delay.total_seconds() if isinstance(delay, timedelta) else delay
    if seconds is None:
        return 0
    if not _is_number(seconds) or not 0 <= seconds < 10**10:
        raise BadArgument("delay must be a number of seconds from 0 on, or a timedelta")
    return round(seconds * 1000)


def not_before(at: datetime | int | None) -> int | None:
    """UNIX ms of `at` (an aware datetime or UNIX ms)."""
    if isinstance(at, datetime):
        if at.tzinfo is None:
            raise BadArgument("at has no time zone: give one, such as datetime.now(timezone.utc)")
        return round(at.timestamp() * 1000)
    if at is not None and (not _is_number(at) or not 0 <= at <= LARGEST_MILLIS):
        raise BadArgument("at must be a datetime with a time zone, or UNIX milliseconds")
    return None if at is None else round(at)


def checked_id(message_id: str) -> str:
    """The id of a message, as a caller gives it. Raises BadArgument."""
    if not isinstance(message_id, str) or not message_id.isascii():
        raise BadArgument("message_id must be an id such as send returned")
    return message_id


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def hashed_key(copy: Copy) -> str:
    """The idempotency key as stored; "" for none."""
    key = copy.idempotency_key
    return "" if key is None else hashed(key, copy.account, copy.message.operation)


def hashed(key: str, account: str, operation: str) -> str:
    """A key of this account and operation as stored: hashed, for it may hold personal data."""
    scoped = f"{account}\0{operation}\0{key}"
    # A lone surrogate cannot be encoded strictly, and is as good a key as any.
    return hashlib.blake2b(scoped.encode(errors="surrogatepass"), digest_size=16).hexdigest()
