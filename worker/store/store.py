"""The store: a connection to the Redis that holds the lanes, and the keys there."""

from __future__ import annotations

from typing import Any

import redis

from batchline.producers.keys import Keys
from batchline.producers.redis_client import connect
from batchline.producers.settings import Settings


class Store:
    """What code that reads or changes lanes is given, instead of a bare connection."""

    def __init__(self, client: redis.Redis, keys: Keys) -> None:
        self.client = client
        self.keys = keys
        #: The same connections; XRANGE answers as Redis does, [[id, [field, value, ...]], ...],
        #: where the client would make a dict of every entry.
        self.raw = redis.Redis(connection_pool=client.connection_pool)
        self.raw.set_response_callback("XRANGE", _as_it_comes)

    @classmethod
    def open(cls, settings: Settings, timeout: float) -> Store:
        """The settings' store; one command waits `timeout` seconds at most. NoRedis if none."""
        return cls(connect(settings.lanes_url(), timeout), settings.keys)


def _as_it_comes(reply: Any, **options: Any) -> Any:
    return reply
