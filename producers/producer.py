"""`Producer` puts messages into their lanes. Thread-safe and fork-safe: make one per process."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Unpack, overload

from redis.exceptions import NoScriptError, RedisError

from batchline.producers import answers, enqueue, publishing
from batchline.producers.accepted import Accepted
from batchline.producers.answers import Tries, address, with_patience
from batchline.producers.callers import Callers
from batchline.producers.connections import Connections
from batchline.producers.enqueue import Call
from batchline.producers.errors import EnqueueError, Suppressed
from batchline.producers.frames import without_values
from batchline.producers.neutral import Neutral
from batchline.producers.outgoing import Copy, Outgoing, SendOptions, checked_id, extras_of
from batchline.producers.pause import PauseOf
from batchline.producers.redis_client import connect
from batchline.producers.routes import DEFAULT_ACCOUNT, Answer, Copies, several
from batchline.producers.settings import Settings
from batchline.producers.suppression import Screen
from batchline.systems.message import Message, Sendable


class Producer:
    """Puts messages into their lanes: one round trip for a message, one for a thousand.

    `settings` default to `batchline.toml` and the environment. Nothing connects before the first
    send. While Redis does not answer, a call fails after `enqueue_timeout`, and the next ones of
    the process at once, for a pause (`enqueue_pause`). With `patience`, as for an import, a call
    waits for Redis for so many seconds instead, and knows no pause.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        redis_url: str | None = None,
        *,
        patience: float | None = None,
    ) -> None:
        """Raises InvalidSettings or BadArgument."""
        self.settings = with_patience(settings, patience)
        self._url = address(redis_url)
        self._pause = PauseOf(self._url, self.settings) if patience is None else None
        self._connections: Connections | None = None
        self._callers = Callers()
        self._targets = enqueue.Targets(self.settings)
        self._screen = Screen()

    @overload
    def send(self, message: Sendable, *, account: str, **options: Unpack[SendOptions]) -> str: ...

    @overload
    def send(self, message: Message, **options: Unpack[SendOptions]) -> str: ...

    @overload
    def send(
        self, message: Sendable, *, accounts: Sequence[str], **options: Unpack[SendOptions]
    ) -> dict[str, str]: ...

    @overload
    def send(self, message: Neutral, **options: Unpack[SendOptions]) -> dict[str, str]: ...

    @overload
    def send(self, message: Sendable, **options: Unpack[SendOptions]) -> Answer: ...

    @without_values
    def send(
        self,
        message: Sendable,
        *,
        account: str | None = None,
        accounts: Sequence[str] | None = None,
        idempotency_key: str | None = None,
        delay: float | timedelta | None = None,
        at: datetime | int | None = None,
        anew: bool = False,
    ) -> Answer:
        """Enqueue one message; returns its id, such as `default:event.add:0@1795248000000-0`.

        A message of a system goes to `account` ("default"). With `accounts`, each account gets a
        copy of the message, and the call returns account -> id. A `Contact` or `Event` is mapped
        for each account; where the call names no account, it goes to the accounts of its route.

        The message enters its lane after `delay` (seconds) or at `at` (aware datetime or UNIX ms).
        A second send with the same `idempotency_key` within `idempotency_window` (seconds) returns
        the first id and enqueues nothing. The key counts per account and operation, so a fan-out
        that failed half-way is safe to repeat. A second send raises Duplicate where the first
        message is a dead letter or was purged; with `anew`, the second is then enqueued, and the
        dead letter is marked: no replay sends it beside the second.

        Raises LaneFull, Duplicate, Suppressed, RedisUnavailable (NotTried during a pause),
        OutcomeUnknown, NotReplicated, MadeForAnother, UnknownAccount, WrongSystem, MessageTooLarge,
        NoRoute, CannotMap or BadArgument. Where settings drop messages for suppressed contacts, the
        id is "" for them.
        """
        extras = extras_of(idempotency_key, delay, at, anew)
        if accounts is None and isinstance(message, Message):
            name = DEFAULT_ACCOUNT if account is None else account
            return self._send_one(Copy(message, name, *extras))
        copies = Copies(self.settings)
        copies.add(message, account, accounts, extras)
        return self._send_copies(copies)[0]

    @overload
    def send_many(self, messages: Iterable[Sendable], *, account: str) -> list[str]: ...

    @overload
    def send_many(self, messages: Iterable[Message]) -> list[str]: ...

    @overload
    def send_many(
        self, messages: Iterable[Sendable], *, accounts: Sequence[str]
    ) -> list[dict[str, str]]: ...

    @overload
    def send_many(self, messages: Iterable[Neutral]) -> list[dict[str, str]]: ...

    @overload
    def send_many(self, messages: Iterable[Sendable]) -> Sequence[Answer]: ...

    @without_values
    def send_many(
        self,
        messages: Iterable[Sendable],
        *,
        account: str | None = None,
        accounts: Sequence[str] | None = None,
    ) -> Sequence[Answer]:
        """Enqueue messages of any operations, in order, a thousand to a call; returns their ids.

        The calls are not one transaction: when a later one fails, the error's `accepted` has the
        ids of the messages that are enqueued. A full lane refuses its own messages only.
        """
        copies = Copies(self.settings)
        for message in several(messages):
            copies.add(message, account, accounts)
        return self._send_copies(copies)

    @without_values
    def send_all(self, outgoing: Iterable[Outgoing]) -> list[Any]:
        """`send_many` for messages that differ in account, idempotency key or time.

        Returns an id for each element; for a `Contact` or `Event` that names no account, and so
        goes to the accounts of its route, account -> id.
        """
        copies = Copies(self.settings)
        copies.add_all(outgoing)
        return self._send_copies(copies)

    def _send_copies(self, copies: Copies) -> list[Answer]:
        """The answer for each message. An error's `accepted` has the same shape."""
        try:
            return copies.answers(self._send_each(copies.copies))
        except EnqueueError as error:
            error.accepted = copies.accepted(error.accepted)
            raise

    def _send_each(self, copies: list[Copy]) -> list[str]:
        accepted = Accepted(len(copies))
        for call in list(enqueue.calls(copies, self._targets)):
            try:
                if accepted.wants(call):
                    accepted.note(call, self._call(call))
            except EnqueueError as error:
                accepted.failed(call, error)
        return accepted.ids()

    @without_values
    def check(
        self,
        message: Sendable,
        *,
        account: str | None = None,
        accounts: Sequence[str] | None = None,
    ) -> None:
        """Raise what `send` would raise of the message itself; Redis is asked nothing.

        For a place where a bad value must still end a transaction: a `Contact` or `Event` is mapped
        for its accounts only when it is sent. Raises UnknownAccount, WrongSystem, MessageTooLarge,
        NoRoute or CannotMap.
        """
        copies = Copies(self.settings)
        copies.add(message, account, accounts)
        for copy in copies.copies:
            enqueue.call_of(copy, self._targets)

    @without_values
    def api_id(self, message_id: str) -> str | None:
        """The API's own id of the object that it made from a message, such as an eventId.

        The id is known for `remember_ids` seconds after the message was delivered. None before and
        after, and where the API gives no id. Raises RedisUnavailable
        or BadArgument.
        """
        key = self.settings.keys.api_id(checked_id(message_id))
        tries = self._tries()
        try:
            (api_id,) = self._open().send(["GET", key])
        except RedisError as error:
            raise tries.not_asked(error) from error
        tries.answered()
        return answers.text(api_id)

    def close(self) -> None:
        """Close the connections; a later send opens new ones."""
        if self._connections is not None:
            self._connections.close()

    def __enter__(self) -> Producer:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _send_one(self, one: Copy) -> str:
        """`send_all` of one message, without the bookkeeping for several."""
        call = enqueue.call_of(one, self._targets)
        try:
            return self._call(call)[0]
        except EnqueueError as error:
            accepted = Accepted(1)
            accepted.failed(call, error)
            return accepted.ids()[0]

    def _call(self, call: Call) -> list[str]:
        span = publishing.begin(call)
        if span is None:
            return self._enqueue(call)
        with span:
            return self._enqueue(call)

    def _enqueue(self, call: Call) -> list[str]:
        connections, caller = self._open(), self._callers.borrow()
        arguments = enqueue.script_arguments(call, caller, self.settings, self._screen.key)
        wait = answers.wait_command(self.settings)
        tries = self._tries()
        while True:
            try:
                replies = _evaluate(connections, arguments, wait)
                if not self._screen.wants(replies):
                    break
                key = self._screen.key
                arguments = enqueue.script_arguments(call, caller, self.settings, key)
            except RedisError as error:
                tries.failed(error)
                time.sleep(answers.RETRY_PAUSE)
        tries.answered()
        self._callers.give_back(caller)
        try:
            return answers.outcome(call, replies, self.settings)
        except Suppressed as error:
            if self.settings.suppressed != "drop":
                raise
            return answers.without_suppressed(error)

    def _tries(self) -> Tries:
        return Tries(self.settings, self._pause.this_process() if self._pause else None)

    def _open(self) -> Connections:
        if self._connections is None:
            url = self._url or self.settings.lanes_url()
            timeout = answers.answer_timeout(self.settings)
            client = connect(url, timeout, ca_file=self.settings.redis_ca_file)
            self._connections = Connections(client)
        return self._connections


@cache
def default_producer() -> Producer:
    """The producer that the plain helpers use: one per process, from the settings in force."""
    return Producer()


def _evaluate(
    connections: Connections, arguments: list[str | bytes | int], wait: list[str | int]
) -> list[Any]:
    """The answers of the script, and of WAIT if there is one.

    Both go on one connection: WAIT waits for the writes of its own connection.
    """
    waits = [wait] if wait else []
    try:
        return connections.send(["EVALSHA", enqueue.SHA, *arguments], *waits)
    except NoScriptError:
        return connections.send(["EVAL", enqueue.SCRIPT, *arguments], *waits)
