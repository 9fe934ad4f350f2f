"""`Producer`: puts messages into their lanes. Thread-safe and fork-safe; make one per process."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import redis
from redis.exceptions import NoScriptError, RedisError

from producers import enqueue
from producers.enqueue import Call, Outgoing
from producers.errors import EnqueueError
from producers.models.base import Message
from producers.redis_client import connect
from producers.settings import Settings


class Producer:
    """Puts messages into their lanes: one round trip for a message, one for a thousand.

    `settings` default to `batchline.toml` and the environment. Nothing connects before the first
    send.
    """

    def __init__(self, settings: Settings | None = None, redis_url: str | None = None) -> None:
        self.settings = settings or Settings.load()
        self._url = redis_url
        self._redis: redis.Redis | None = None
        self._callers = enqueue.Callers()

    def send(
        self,
        message: Message,
        *,
        account: str = "default",
        idempotency_key: str | None = None,
        delay: float | timedelta | None = None,
        at: datetime | int | None = None,
    ) -> str:
        """Enqueue one message; returns its id, such as `default:event.add:0@1795248000000-0`.

        `delay` (seconds) or `at` (aware datetime or UNIX ms) keep it back. A second send with the
        same `idempotency_key` within the window returns the first id and enqueues nothing.
        Raises LaneFull, RedisUnavailable, OutcomeUnknown, UnknownAccount or WrongSystem.
        """
        outgoing = Outgoing(message, account, idempotency_key, enqueue.not_before(delay, at))
        return self.send_all([outgoing])[0]

    def send_many(self, messages: Iterable[Message], *, account: str = "default") -> list[str]:
        """Enqueue messages of any operations, in order, a thousand to a call; returns their ids.

        Not one transaction: when a later call fails, the error's `accepted` says what is in.
        """
        return self.send_all([Outgoing(message, account) for message in messages])

    def send_all(self, outgoing: list[Outgoing]) -> list[str]:
        """`send_many` for messages that differ in account, idempotency key or time."""
        accepted: list[str | None] = [None] * len(outgoing)
        for call in list(enqueue.calls(outgoing, self.settings)):
            try:
                given = self._call(call)
            except EnqueueError as error:
                error.accepted = accepted
                raise
            for place, message_id in zip(call.places, given, strict=True):
                accepted[place] = message_id
        return [message_id for message_id in accepted if message_id is not None]

    def close(self) -> None:
        """Close the connections; a later send opens new ones."""
        if self._redis is not None:
            self._redis.close()
            self._redis = None

    def __enter__(self) -> Producer:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _call(self, call: Call) -> list[str]:
        client = self._client()
        caller = self._callers.borrow()
        arguments = enqueue.script_arguments(call, caller, self.settings)
        attempts = enqueue.Attempts(self.settings.enqueue_timeout)
        while True:
            try:
                reply = _evaluate(client, arguments)
                break
            except RedisError as error:
                attempts.failed(error)
                time.sleep(enqueue.RETRY_PAUSE)
        self._callers.give_back(caller)
        return enqueue.ids(call, reply)

    def _client(self) -> redis.Redis:
        if self._redis is None:
            url = self._url or self.settings.lanes_url()
            self._redis = connect(url, self.settings.enqueue_timeout)
        return self._redis


@cache
def default_producer() -> Producer:
    """The producer that the plain helpers use: one per process, from the settings in force."""
    return Producer()


def _evaluate(client: redis.Redis, arguments: list[Any]) -> Any:
    try:
        return client.evalsha(enqueue.SHA, *arguments)
    except NoScriptError:
        return client.eval(enqueue.SCRIPT, *arguments)
