"""Connections to Redis for asyncio: each belongs to one event loop.

An application may have many loops, at once or one after the other: an async view under WSGI,
`async_to_sync`, `asyncio.run` in a task, tests. Each loop gets connections of its own. They are
closed when the loop ends.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Any

import redis.asyncio
from hiredis import pack_command
from redis.exceptions import RedisError, ResponseError

from batchline.producers.connections import IDLE, Command
from batchline.producers.forks import this_process
from batchline.producers.redis_client import NO_REDIS, checked, no_redis

#: The most connections of one loop; further calls wait for one.
MOST = 50


def _nothing() -> None:
    """What is done at a moment that nobody asks about."""


class AsyncConnection:
    """One connection; used by one call at a time."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        #: Monotonic seconds of the last answer.
        self._used = 0.0

    async def send(self, commands: Sequence[Command], writes: Callable[[], None]) -> list[Any]:
        """The answers to these commands; raises the first error among them.

        `writes` is called when the connection stands, and the commands are about to be written.
        """
        if time.monotonic() - self._used > IDLE:
            await self._close_if_stale()
        if not self._connection.is_connected:
            try:
                await self._connection.connect()
            except NO_REDIS as error:
                raise no_redis(error) from error
        pack: Any = pack_command  # its stub takes tuples of one element
        packed = [pack(tuple(command)) for command in commands]
        writes()
        await self._connection.send_packed_command(packed)
        answers = [await self._read() for _ in commands]
        self._used = time.monotonic()
        return checked(answers)

    async def close(self) -> None:
        """Close the connection; the next command opens it again."""
        await self._connection.disconnect(nowait=True)

    async def _read(self) -> Any:
        """The next answer; Redis' refusal of a command is one."""
        try:
            return await self._connection.read_response()
        except ResponseError as error:
            return error

    async def _close_if_stale(self) -> None:
        """Close a connection that the server has closed."""
        if self._connection.is_connected:
            try:
                stale = await _can_read(self._connection)
            except RedisError:
                stale = True
            if stale:
                await self.close()


async def _can_read(connection: Any) -> bool:
    """Whether something can be read where no answer is due: the end of the connection, mostly."""
    # Before redis-py 8 the method has a longer name.
    asked = getattr(connection, "can_read", None) or connection.can_read_destructive
    return bool(await asked())


class AsyncConnections:
    """The idle connections of one event loop, to borrow."""

    def __init__(self, client: redis.asyncio.Redis) -> None:
        """The connections have the settings of `client`, and are none of its own pool."""
        self._pool: Any = client.connection_pool
        self._idle: deque[AsyncConnection] = deque()
        #: A call that is made holds a place here.
        self.room = asyncio.Semaphore(MOST)
        self._closed = False

    async def send(self, *commands: Command, writes: Callable[[], None] = _nothing) -> list[Any]:
        """The answers to these commands, sent in one go; raises the first error among them."""
        connection = self._borrow()
        try:
            answers = await connection.send(commands, writes)
        except BaseException:
            await connection.close()
            raise
        if self._closed:
            await connection.close()
        else:
            self._idle.append(connection)
        return answers

    async def close(self) -> None:
        """Close the idle connections, and those in use when they are given back."""
        self._closed = True
        while self._idle:
            await self._idle.pop().close()

    def _borrow(self) -> AsyncConnection:
        try:
            return self._idle.pop()
        except IndexError:
            return AsyncConnection(self._pool.connection_class(**self._pool.connection_kwargs))


class Loops:
    """The connections of every event loop that uses them. Safe for loops in several threads.

    No lock guards them: a signal handler, or a child that is forked meanwhile, would wait for it.
    """

    def __init__(self, make: Callable[[], AsyncConnections]) -> None:
        self._make = make
        #: By loop and process: a forked child leaves the connections of its parent alone.
        self._opened: dict[tuple[asyncio.AbstractEventLoop, tuple[int, int]], _Opened] = {}

    async def current(self) -> AsyncConnections:
        """The connections of the running loop."""
        key = asyncio.get_running_loop(), this_process()
        opened = self._opened.get(key)
        if opened is None:
            opened = _Opened(self._make(), lambda: self._forget(key))
            self._drop_closed()
            self._opened[key] = opened
            await opened.begin()
        return opened.connections

    async def close(self) -> None:
        """Close the connections of the running loop, and of loops that run in other threads.

        A loop that does not run now keeps its own until it ends.
        """
        own, process = asyncio.get_running_loop(), this_process()
        self._drop_closed()
        for (loop, opener), opened in list(self._opened.items()):
            if opener != process or not loop.is_running():
                continue
            if loop is own:
                await opened.end()
            else:
                asyncio.run_coroutine_threadsafe(opened.end(), loop)

    def _forget(self, key: tuple[asyncio.AbstractEventLoop, tuple[int, int]]) -> None:
        self._opened.pop(key, None)

    def _drop_closed(self) -> None:
        """Forget loops that were closed without a word (`asyncio.run` says one)."""
        for key in list(self._opened):
            if key[0].is_closed():
                self._opened.pop(key, None)


class _Opened:
    """Connections of one loop, which end with it.

    A loop that ends in an orderly way (`asyncio.run` does) closes the asynchronous generators that
    were begun in it. So a generator that waits for its end sees the loop's.
    """

    def __init__(self, connections: AsyncConnections, forget: Callable[[], None]) -> None:
        self.connections = connections
        self._forget = forget
        self._until_the_end = self._hold()

    async def begin(self) -> None:
        await anext(self._until_the_end)

    async def end(self) -> None:
        await self._until_the_end.aclose()

    async def _hold(self) -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            self._forget()
            await self.connections.close()
