"""`AsyncProducer` is `Producer` with await, for any event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar, Unpack, overload

from redis.exceptions import NoScriptError, RedisError

from batchline.producers import answers, enqueue, publishing
from batchline.producers.accepted import Accepted
from batchline.producers.aio_connections import MOST, AsyncConnections, Loops
from batchline.producers.answers import Tries, address, with_patience
from batchline.producers.callers import Callers
from batchline.producers.enqueue import Call
from batchline.producers.errors import EnqueueError, Suppressed
from batchline.producers.frames import without_values
from batchline.producers.neutral import Neutral
from batchline.producers.outgoing import Copy, Outgoing, SendOptions, checked_id, extras_of
from batchline.producers.pause import PauseOf
from batchline.producers.redis_client import connect_async
from batchline.producers.routes import DEFAULT_ACCOUNT, Answer, Copies, several
from batchline.producers.settings import Settings
from batchline.producers.suppression import Screen
from batchline.systems.message import Message, Sendable

T = TypeVar("T")


class AsyncProducer:
    """`Producer` with await: the same arguments, ids and errors.

    One serves every event loop of the process, also loops in several threads: each loop has
    connections of its own, which are closed when it ends. A call that is cancelled while it is
    under way raises OutcomeUnknown, for it may have been carried out; before that, nothing was
    enqueued, and it raises CancelledError.
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
        self._loops = Loops(self._connections)
        self._callers = Callers()
        self._targets = enqueue.Targets(self.settings)
        self._screen = Screen()

    @overload
    async def send(
        self, message: Sendable, *, account: str, **options: Unpack[SendOptions]
    ) -> str: ...

    @overload
    async def send(self, message: Message, **options: Unpack[SendOptions]) -> str: ...

    @overload
    async def send(
        self, message: Sendable, *, accounts: Sequence[str], **options: Unpack[SendOptions]
    ) -> dict[str, str]: ...

    @overload
    async def send(self, message: Neutral, **options: Unpack[SendOptions]) -> dict[str, str]: ...

    @overload
    async def send(self, message: Sendable, **options: Unpack[SendOptions]) -> Answer: ...

    @without_values
    async def send(
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
            return await self._send_one(Copy(message, name, *extras))
        copies = Copies(self.settings)
        copies.add(message, account, accounts, extras)
        return (await self._send_copies(copies))[0]

    @overload
    async def send_many(self, messages: Iterable[Sendable], *, account: str) -> list[str]: ...

    @overload
    async def send_many(self, messages: Iterable[Message]) -> list[str]: ...

    @overload
    async def send_many(
        self, messages: Iterable[Sendable], *, accounts: Sequence[str]
    ) -> list[dict[str, str]]: ...

    @overload
    async def send_many(self, messages: Iterable[Neutral]) -> list[dict[str, str]]: ...

    @overload
    async def send_many(self, messages: Iterable[Sendable]) -> Sequence[Answer]: ...

    @without_values
    async def send_many(
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
        return await self._send_copies(copies)

    @without_values
    async def send_all(self, outgoing: Iterable[Outgoing]) -> list[Any]:
        """`send_many` for messages that differ in account, idempotency key or time.

        Returns an id for each element; for a `Contact` or `Event` that names no account, and so
        goes to the accounts of its route, account -> id.
        """
        copies = Copies(self.settings)
        copies.add_all(outgoing)
        return await self._send_copies(copies)

    async def _send_copies(self, copies: Copies) -> list[Answer]:
        """The answer for each message. An error's `accepted` has the same shape."""
        try:
            return copies.answers(await self._send_each(copies.copies))
        except EnqueueError as error:
            error.accepted = copies.accepted(error.accepted)
            raise

    async def _send_each(self, copies: list[Copy]) -> list[str]:
        accepted = Accepted(len(copies))
        for call in list(enqueue.calls(copies, self._targets)):
            try:
                if accepted.wants(call):
                    accepted.note(call, await self._call(call))
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
    async def api_id(self, message_id: str) -> str | None:
        """The API's own id of the object that it made from a message: see `Producer.api_id`."""
        key = self.settings.keys.api_id(checked_id(message_id))
        return await self._in_time(lambda connections, tries: _ask(connections, tries, key))

    async def close(self) -> None:
        """Close the connections of this loop and of those that run in other threads.

        A later send opens new ones.
        """
        await self._loops.close()

    async def __aenter__(self) -> AsyncProducer:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    async def _send_one(self, one: Copy) -> str:
        """`send_all` of one message, without the bookkeeping for several."""
        call = enqueue.call_of(one, self._targets)
        try:
            return (await self._call(call))[0]
        except EnqueueError as error:
            accepted = Accepted(1)
            accepted.failed(call, error)
            return accepted.ids()[0]

    async def _call(self, call: Call) -> list[str]:
        span = publishing.begin(call)
        if span is None:
            return await self._enqueue(call)
        with span:
            return await self._enqueue(call)

    async def _enqueue(self, call: Call) -> list[str]:
        return await self._in_time(
            lambda connections, tries: self._call_on(connections, tries, call)
        )

    async def _in_time(self, do: Callable[[AsyncConnections, Tries], Awaitable[T]]) -> T:
        """Do this on connections of the loop; the wait for one counts as a part of the call.

        Raises the application's error when the time of a call is over, or the call is cancelled.
        """
        connections = await self._loops.current()
        began, seconds = time.monotonic(), answers.call_timeout(self.settings)
        tries: Tries | None = None
        try:
            async with asyncio.timeout(seconds), connections.room:
                tries = self._tries(began)
                return await do(connections, tries)
        except TimeoutError as error:
            raise (
                answers.no_connection(MOST, seconds) if tries is None else tries.over()
            ) from error
        except asyncio.CancelledError as error:
            unknown = None if tries is None else tries.cancelled()
            if unknown is None:
                raise
            raise unknown from error

    async def _call_on(self, connections: AsyncConnections, tries: Tries, call: Call) -> list[str]:
        caller = self._callers.borrow()
        arguments = enqueue.script_arguments(call, caller, self.settings, self._screen.key)
        wait = answers.wait_command(self.settings)
        cancels = _cancels()
        while True:
            try:
                replies = await _evaluate(connections, arguments, wait, tries)
                if not self._screen.wants(replies):
                    break
                key = self._screen.key
                arguments = enqueue.script_arguments(call, caller, self.settings, key)
            except RedisError as error:
                tries.failed(error)
                await asyncio.sleep(answers.RETRY_PAUSE)
        if _cancels() > cancels:
            # Python 3.11's `wait_for`, which the client uses, drops a cancellation that comes
            # in the moment of the answer: then the task would go on.
            raise asyncio.CancelledError
        tries.answered()
        self._callers.give_back(caller)
        try:
            return answers.outcome(call, replies, self.settings)
        except Suppressed as error:
            if self.settings.suppressed != "drop":
                raise
            return answers.without_suppressed(error)

    def _tries(self, began: float) -> Tries:
        return Tries(self.settings, self._pause.this_process() if self._pause else None, began)

    def _connections(self) -> AsyncConnections:
        url = self._url or self.settings.lanes_url()
        timeout = answers.answer_timeout(self.settings)
        return AsyncConnections(connect_async(url, timeout, self.settings.redis_ca_file))


def _cancels() -> int:
    """How often the task that runs was told to end."""
    task = asyncio.current_task()
    return task.cancelling() if task is not None else 0


async def _ask(connections: AsyncConnections, tries: Tries, key: str) -> str | None:
    """The text that Redis has under this key."""
    try:
        (text,) = await connections.send(["GET", key])
    except RedisError as error:
        raise tries.not_asked(error) from error
    tries.answered()
    return answers.text(text)


async def _evaluate(
    connections: AsyncConnections,
    arguments: list[str | bytes | int],
    wait: list[str | int],
    tries: Tries,
) -> list[Any]:
    """The answers of the script, and of WAIT if there is one.

    Both go on one connection: WAIT waits for the writes of its own connection.
    """
    waits = [wait] if wait else []
    try:
        script = ["EVALSHA", enqueue.SHA, *arguments]
        return await connections.send(script, *waits, writes=tries.writes)
    except NoScriptError:
        script = ["EVAL", enqueue.SCRIPT, *arguments]
        return await connections.send(script, *waits, writes=tries.writes)
