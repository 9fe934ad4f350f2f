"""Connections to Redis: each call under way has one, and it stays open afterwards.

A command straight on a connection takes two thirds of its time through redis-py's client, whose
retries and metrics are not needed here. Answers keep Redis' own shape: XRANGE answers
[[id, [field, value, ...]], ...], where the client would make a dict of every entry.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from typing import Any

import redis
from hiredis import pack_command
from redis.exceptions import RedisError, ResponseError

from batchline.producers.forks import this_process
from batchline.producers.redis_client import NO_REDIS, checked, no_redis

#: Seconds without use after which a connection is checked: the server may have closed it.
IDLE = 1.0

Command = Sequence[str | bytes | int]


class Connection:
    """One connection; used by one call at a time."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        #: Monotonic seconds of the last answer; 0: it is not open yet.
        self._used = 0.0

    def send(self, *commands: Command) -> list[Any]:
        """The answers to these commands; raises the first error among them."""
        self.begin(*commands)
        return [self.read()] if len(commands) == 1 else self._read_all(len(commands))

    def begin(self, *commands: Command) -> None:
        """Send commands whose answers are read later."""
        if time.monotonic() - self._used > IDLE:
            self._close_if_stale()
        pack: Any = pack_command  # its stub takes tuples of one element
        packed = [pack(tuple(command)) for command in commands]
        try:
            self._connection.send_packed_command(packed)  # connects before, where it has to
        except NO_REDIS as error:
            raise no_redis(error) from error

    def read(self) -> Any:
        """The answer to the oldest command without one; raises RedisError for Redis' refusal."""
        answer = self._connection.read_response()
        self._used = time.monotonic()
        return answer

    def close(self) -> None:
        """Close the connection; the next command opens it again."""
        self._used = 0.0
        self._connection.disconnect()

    def leave(self) -> None:
        """Close a child's end of its parent's connection; the parent's own stays open."""
        # redis-py would shut down a connection of its own process for both.
        self._connection.pid = 0
        self._connection.disconnect()

    def _read_all(self, count: int) -> list[Any]:
        answers: list[Any] = []
        for _ in range(count):
            try:
                answers.append(self.read())
            except ResponseError as error:  # the refusal of one command
                answers.append(error)
        return checked(answers)

    def _close_if_stale(self) -> None:
        """Close a connection that the server has closed; the next command opens it again."""
        if not self._used:
            return
        try:
            if self._connection.can_read(timeout=0):
                self._connection.disconnect()
        except RedisError:
            self._connection.disconnect()


class Connections:
    """Idle connections to borrow. A forked child opens its own."""

    def __init__(self, client: redis.Redis) -> None:
        """The connections have the settings of `client`, and are none of its own pool."""
        self._pool: Any = client.connection_pool
        self._idle: deque[Connection] = deque()
        self._process = this_process()

    def borrow(self) -> Connection:
        """A connection that nobody else uses until it is given back."""
        self._leave_parents()
        try:
            return self._idle.pop()
        except IndexError:
            return Connection(self._pool.connection_class(**self._pool.connection_kwargs))

    def give_back(self, connection: Connection) -> None:
        """Return a connection; only when every command that was sent on it is answered."""
        self._idle.append(connection)

    def send(self, *commands: Command) -> list[Any]:
        """The answers to these commands, sent in one go; raises the first error among them."""
        connection = self.borrow()
        try:
            answers = connection.send(*commands)
        except BaseException:
            connection.close()
            raise
        self.give_back(connection)
        return answers

    def close(self) -> None:
        """Close the idle connections."""
        self._leave_parents()
        while self._idle:
            self._idle.pop().close()

    def _leave_parents(self) -> None:
        """Leave the connections that were opened before a fork to the parent."""
        if (process := this_process()) != self._process:
            of_parent, self._idle, self._process = self._idle, deque(), process
            for connection in of_parent:
                connection.leave()
