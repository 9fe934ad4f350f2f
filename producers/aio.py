"""`AsyncProducer` is `Producer` with await, for one event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Unpack, overload

import redis.asyncio
from redis.exceptions import NoScriptError, RedisError

from batchline.producers import answers, enqueue
from batchline.producers.accepted import Accepted
from batchline.producers.callers import Callers
from batchline.producers.enqueue import Call
from batchline.producers.errors import EnqueueError, RedisUnavailable
from batchline.producers.frames import without_values
from batchline.producers.neutral import Neutral
from batchline.producers.outgoing import Outgoing, SendOptions, extras_of
from batchline.producers.redis_client import checked, connect_async, described
from batchline.producers.routes import DEFAULT_ACCOUNT, Answer, Copies, several, several_outgoing
from batchline.producers.settings import Settings
from batchline.systems.message import Message


class AsyncProducer:
    """`Producer` with await: the same arguments, ids and errors.

    `settings` default to `batchline.toml` and the environment. Nothing connects before the first
    send.
    """

    def __init__(self, settings: Settings | None = None, redis_url: str | None = None) -> None:
        self.settings = settings or Settings.load()
        self._url = redis_url
        self._redis: redis.asyncio.Redis | None = None
        self._callers = Callers()
        self._targets = enqueue.Targets(self.settings)

    @overload
    async def send(
        self, message: Message | Neutral, *, account: str, **options: Unpack[SendOptions]
    ) -> str: ...

    @overload
    async def send(self, message: Message, **options: Unpack[SendOptions]) -> str: ...

    @overload
    async def send(
        self, message: Message | Neutral, *, accounts: Sequence[str], **options: Unpack[SendOptions]
    ) -> dict[str, str]: ...

    @overload
    async def send(self, message: Neutral, **options: Unpack[SendOptions]) -> dict[str, str]: ...

    @without_values
    async def send(
        self,
        message: Message | Neutral,
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
        the first id and enqueues nothing. The key counts per account, so a fan-out that failed
        half-way is safe to repeat. A second send raises Duplicate where the first message is a dead
        letter or was purged; with `anew`, the second is then enqueued.

        Raises LaneFull, Duplicate, RedisUnavailable, OutcomeUnknown, NotReplicated, UnknownAccount,
        WrongSystem, MessageTooLarge, NoRoute or CannotMap.
        """
        extras = extras_of(idempotency_key, delay, at, anew)
        if accounts is None and isinstance(message, Message):
            name = DEFAULT_ACCOUNT if account is None else account
            return await self._send_one(Outgoing(message, name, *extras))
        copies = Copies(self.settings)
        copies.add(message, account, accounts, extras)
        return copies.answers(await self.send_all(copies.outgoing))[0]

    @overload
    async def send_many(
        self, messages: Iterable[Message | Neutral], *, account: str
    ) -> list[str]: ...

    @overload
    async def send_many(self, messages: Iterable[Message]) -> list[str]: ...

    @overload
    async def send_many(
        self, messages: Iterable[Message | Neutral], *, accounts: Sequence[str]
    ) -> list[dict[str, str]]: ...

    @overload
    async def send_many(self, messages: Iterable[Neutral]) -> list[dict[str, str]]: ...

    @without_values
    async def send_many(
        self,
        messages: Iterable[Message | Neutral],
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
        return copies.answers(await self.send_all(copies.outgoing))

    @without_values
    async def send_all(self, outgoing: list[Outgoing]) -> list[str]:
        """`send_many` for messages that differ in account, idempotency key or time."""
        every = several_outgoing(outgoing)
        accepted = Accepted(len(every))
        for call in list(enqueue.calls(every, self._targets)):
            try:
                if accepted.wants(call):
                    accepted.note(call, await self._call(call))
            except EnqueueError as error:
                accepted.failed(call, error)
        return accepted.ids()

    @without_values
    async def api_id(self, message_id: str) -> str | None:
        """The API's own id of the object that it made from a message: see `Producer.api_id`."""
        try:
            api_id: Any = await self._client().get(self.settings.keys.api_id(message_id))
        except RedisError as error:
            raise RedisUnavailable(f"Redis cannot be asked: {described(error)}") from error
        return api_id.decode() if api_id else None

    async def close(self) -> None:
        """Close the connections; a later send opens new ones."""
        if self._redis is not None:
            await self._redis.aclose()
            self._redis = None

    async def __aenter__(self) -> AsyncProducer:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    async def _send_one(self, one: Outgoing) -> str:
        """`send_all` of one message, without the bookkeeping for several."""
        call = enqueue.call_of(one, self._targets)
        try:
            return (await self._call(call))[0]
        except EnqueueError as error:
            accepted = Accepted(1)
            accepted.failed(call, error)
            return accepted.ids()[0]

    async def _call(self, call: Call) -> list[str]:
        client = self._client()
        caller = self._callers.borrow()
        arguments = enqueue.script_arguments(call, caller, self.settings)
        wait = answers.wait_command(self.settings)
        sent, started = False, time.monotonic()
        while True:
            try:
                replies = await _evaluate(client, arguments, wait)
                break
            except RedisError as error:
                timeout = answers.call_timeout(self.settings)
                sent = answers.after_failure(error, sent, started, timeout)
                await asyncio.sleep(answers.RETRY_PAUSE)
        self._callers.give_back(caller)
        return answers.outcome(call, replies, self.settings)

    def _client(self) -> redis.asyncio.Redis:
        if self._redis is None:
            url = self._url or self.settings.lanes_url()
            timeout = answers.answer_timeout(self.settings)
            self._redis = connect_async(url, timeout, self.settings.redis_ca_file)
        return self._redis


async def _evaluate(
    client: redis.asyncio.Redis, arguments: list[Any], wait: list[str | int]
) -> list[Any]:
    """The answers of the script, and of WAIT if there is one."""
    try:
        return await _pipelined(client, ["EVALSHA", enqueue.SHA, *arguments], wait)
    except NoScriptError:
        return await _pipelined(client, ["EVAL", enqueue.SCRIPT, *arguments], wait)


async def _pipelined(
    client: redis.asyncio.Redis, script: list[Any], wait: list[str | int]
) -> list[Any]:
    """Send both on one connection: WAIT waits for the writes of its own connection."""
    untyped: Any = client
    if not wait:
        return [await untyped.execute_command(*script)]
    pipeline = untyped.pipeline(transaction=False)
    pipeline.execute_command(*script).execute_command(*wait)
    return checked(await pipeline.execute(raise_on_error=False))
